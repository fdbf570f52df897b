"""The container's files agree with each other; its `blender` command refuses what it can't do."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent
CONTAINER = REPOSITORY / "container"
MAIN = str(REPOSITORY / "main.py")


VERSION = "${BLENDER_VERSION}"
"""What stands for the build argument in the Dockerfile."""


def instructions(name: str) -> list[str]:
    """The rest of each of the Dockerfile's lines that begin with this word."""
    lines = (CONTAINER / "Dockerfile").read_text().splitlines()
    return [line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]


def instruction(name: str) -> str:
    """The same of the only one."""
    (line,) = instructions(name)
    return line


def blenders() -> dict[str, str]:
    """Each Blender that the image can be made with, and the Debian below it."""
    *bases, last = instructions("FROM")
    assert last == f"blender-{VERSION}"
    named = (base.split(" AS blender-") for base in bases)
    return {version: debian for debian, version in named}


def test_docker_is_given_what_the_dockerfile_copies_and_nothing_else() -> None:
    *sources, destination = instruction("COPY").split()
    lines = (CONTAINER / "Dockerfile.dockerignore").read_text().splitlines()
    excluded, *given = (line for line in lines if not line.startswith("#"))
    assert excluded == "*"
    assert given == [f"!{source.replace(VERSION, '*')}" for source in sources]
    assert instruction("RUN") == f"sh {destination}install.sh"
    for source in sources:
        for version in blenders():
            assert "*" in source or (REPOSITORY / source.replace(VERSION, version)).is_file()


def test_the_blender_that_is_made_by_itself_is_one_of_those_that_can_be() -> None:
    outside, inside = instructions("ARG")
    assert outside.removeprefix("BLENDER_VERSION=") in blenders()
    assert inside == "BLENDER_VERSION"  # without it a stage does not see the argument


def test_the_user_of_the_image_is_the_one_that_is_made() -> None:
    made = re.findall(r"^USER_ID=(\d+)$", (CONTAINER / "install.sh").read_text(), re.M)
    assert instruction("USER") == f"{made[0]}:{made[0]}"


def test_process_1_is_an_init_and_the_command_can_be_replaced() -> None:
    """AWS Batch's `command` replaces CMD, and leaves ENTRYPOINT."""
    assert json.loads(instruction("ENTRYPOINT")) == ["/usr/bin/tini", "--"]
    assert json.loads(instruction("CMD"))[:3] == ["blender", "-b", "-P"]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param((), id="nothing"),
        pytest.param(("--version",), id="another option first"),
        pytest.param(("-P", MAIN), id="no -b"),
        pytest.param(("-b",), id="no script"),
        pytest.param(("-b", "x.blend"), id="no script after the file"),
        pytest.param(("-b", "", "-P", MAIN), id="an empty file"),
        pytest.param(("-b", "-y", "x.blend", "-P", MAIN), id="another option"),
        pytest.param(("-b", "x.blend", "-a"), id="Blender's own render"),
        pytest.param(("-b", "x.blend", "-P"), id="no name of a script"),
        pytest.param(("-b", "x.blend", "-P", "/no/main.py"), id="no such script"),
        pytest.param(("-b", "x.blend", "-P", MAIN, "plan"), id="no -- before the words"),
    ],
)
def test_what_the_blender_command_does_not_know_is_refused(words: tuple[str, ...]) -> None:
    command = ["sh", str(CONTAINER / "blender"), *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (64, "")
    assert ended.stderr.startswith("blender: ")
