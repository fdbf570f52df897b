"""The container's image, in a root folder: the Dockerfile's user, entry point and commands.

`make test-container` makes the root folder before. What comes from Docker itself is not tried here.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from children import Ended, array_variables, clean_environment, frames_in, pixels, verdicts_of

MAIN = "/opt/array_chunk_render/main.py"
USER = 1000
LONG = {"width": 640, "height": 360, "samples": 4096, "end": 2}
"""Frames of a minute or so, so that a signal strikes inside the first one."""

MakeBlend = Callable[..., Path]


@pytest.fixture
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the container's user may write to, as a mounted volume is."""
    folder = tmp_path_factory.mktemp("data")
    folder.chmod(0o777)
    return folder


@pytest.fixture
def make_blend(blender_executable: Path, repository: Path, data: Path) -> MakeBlend:
    """A film in that folder, made by a Blender that is no newer than the container's."""

    def make(scene: str = "film", **settings: Any) -> Path:
        path = data / "a film.blend"
        blender = (str(blender_executable), "-b", "--factory-startup", "--python-exit-code", "1")
        scenes = str(repository / "tests" / "process" / "scenes.py")
        subprocess.run(
            [*blender, "-P", scenes, "--", str(path), json.dumps([scene, settings])],
            check=True,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        return path

    return make


StartContainer = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(repository: Path, data: Path) -> StartContainer:
    """As `docker run --volume data:data --env … IMAGE words`: `start(*words, NAME="value")`."""

    def start(*words: str, **variables: str) -> subprocess.Popen[str]:
        script = str(repository / "container" / "try_in_chroot.sh")
        told = [f"{name}={value}" for name, value in variables.items()]
        return subprocess.Popen(
            [script, "run", str(data), *told, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    return start


RunContainer = Callable[..., Ended]


@pytest.fixture
def run(start: StartContainer) -> RunContainer:
    """The same, to its end."""

    def run(*words: str, **variables: str) -> Ended:
        container = start(*words, **variables)
        log, _ = container.communicate()
        return Ended(container.returncode, log, "")

    return run


def output(data: Path) -> dict[str, str]:
    return {"EFS_BLENDER_OUTPUT_FOLDER_PATH": str(data / "frames")}


def test_a_child_of_an_array_as_aws_batch_starts_it(
    make_blend: MakeBlend, run: RunContainer, data: Path
) -> None:
    blend = make_blend(end=6)
    command = ("blender", "-b", str(blend), "-P", MAIN)
    ended = run(*command, **output(data), **array_variables(3, 1))
    assert ended.code == 0, ended
    assert frames_in(data / "frames") == ["00003.png", "00004.png"]
    owners = {path.stat().st_uid for path in (data / "frames").rglob("*")}
    assert owners == {USER}
    assert "Traceback" not in ended.log


def test_the_images_own_command_takes_the_file_from_the_environment(
    make_blend: MakeBlend, run: RunContainer, data: Path
) -> None:
    blend = make_blend()
    ended = run(EFS_BLENDER_FILE_PATH=str(blend), **output(data))
    assert ended.code == 0, ended
    assert len(frames_in(data / "frames")) == 4


def test_lanes_and_the_film(make_blend: MakeBlend, run: RunContainer, data: Path) -> None:
    """Both start further processes by the command that they find themselves started by."""
    command = ("blender", "-b", str(make_blend(end=12, width=160, samples=16)), "-P", MAIN)
    ended = run(*command, "--", "render", "--lanes", "2", **output(data))
    assert ended.code == 0, ended
    assert "lanes: 2 with" in ended.log
    assert len(frames_in(data / "frames")) == 12
    for words in (("verify", "--deep"), ("film",)):
        ended = run(*command, "--", *words, **output(data))
        assert ended.code == 0, ended


def test_eevee_and_a_compositor_draw_by_software(
    make_blend: MakeBlend, run: RunContainer, data: Path
) -> None:
    """By Mesa's EGL, slowly; without an EGL Blender would end with 134 or 139."""
    blend = make_blend("eevee", is_composited=True, end=2, width=16, height=9)
    command = ("blender", "-b", str(blend), "-P", MAIN)
    # The compositor stays on the GPU by USE_GPU, and EEVEE asks for no device of Cycles'.
    ended = run(*command, USE_EEVEE="True", USE_GPU="True", **output(data))
    assert ended.code == 0, ended
    assert frames_in(data / "frames") == ["00001.png", "00002.png"]
    first, second = (pixels(data / "frames" / f"0000{number}.png") for number in (1, 2))
    assert len(set(first)) > 20, "hardly a picture of a cube"
    assert first != second


def test_all_of_a_driver_that_is_lent_may_come_in(run: RunContainer) -> None:
    """What NVIDIA's container toolkit reads; by itself it lends only what computes."""
    assert run("printenv", "NVIDIA_DRIVER_CAPABILITIES").log == "all\n"


def name_of(process: str) -> str:
    """The name of a process; empty where it has ended meanwhile."""
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


@pytest.mark.parametrize(
    "init",
    [
        pytest.param((), id="the image's own init"),
        pytest.param(("tini", "--"), id="one more, as by initProcessEnabled"),
    ],
)
def test_sigterm_to_process_1_ends_the_child_in_order(
    init: tuple[str, ...], make_blend: MakeBlend, start: StartContainer, data: Path
) -> None:
    command = (*init, "blender", "-b", str(make_blend(**LONG)), "-P", MAIN)
    container = start(*command, "--", "--grace", "3", **output(data))
    assert container.stdout is not None
    for line in container.stdout:
        if "threads:" in line:
            break
    children = Path(f"/proc/{container.pid}/task/{container.pid}/children").read_text()
    # The kernel's list may hold more on a busy machine: what is just ending, or one of them twice.
    (process_1,) = {child for child in children.split() if name_of(child) == "tini"}
    os.kill(int(process_1), signal.SIGTERM)
    log, _ = container.communicate(timeout=60)
    assert container.returncode == 75, log
    assert "SIGTERM" in log
    assert [verdict["exit_code"] for verdict in verdicts_of(data / "frames")] == [75]


def test_a_missing_file_ends_with_our_own_code(run: RunContainer, data: Path) -> None:
    ended = run("blender", "-b", "/no/such.blend", "-P", MAIN, **output(data))
    assert ended.code == 66, ended
    assert "/no/such.blend" in ended.log


def test_the_user_cannot_change_the_image(run: RunContainer) -> None:
    written = (
        "touch /opt/x || touch /opt/array_chunk_render/x || touch /usr/x || touch /opt/blender/x"
    )
    assert run("sh", "-c", written).code == 1
    assert run("sh", "-c", 'touch "$HOME/x" && touch /tmp/x && rm "$HOME/x" /tmp/x').code == 0
