"""Whole processes: scenes made by Blender, and children started through each door."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from children import Door, Ended, MakeBlend, RunChild, StartChild, clean_environment

SCENES = Path(__file__).with_name("scenes.py")


@pytest.fixture(scope="session")
def doors(blender_executable: Path) -> dict[str, Door]:
    """The doors of a Blender executable."""
    blender = str(blender_executable)
    return {
        "file": Door("file", (blender, "-b"), takes_file=True),
        "named": Door("named", (blender, "-b")),
    }


@pytest.fixture(scope="session")
def start_child(
    doors: dict[str, Door], repository: Path, request: pytest.FixtureRequest
) -> StartChild:
    """Start main.py: `start_child(blend, output, *words, door=…, main=…, **variables)`."""

    def start(
        blend: Path | str,
        output: Path | None,
        *words: str,
        door: str = "file",
        main: Path = repository / "main.py",
        **variables: str,
    ) -> subprocess.Popen[str]:
        if output is not None:
            variables.setdefault("EFS_BLENDER_OUTPUT_FOLDER_PATH", str(output))
        if door == "python":
            python = Door("python", (str(request.getfixturevalue("bpy_python")),))
            return python.start(main, blend, words, variables)
        return doors[door].start(main, blend, words, variables)

    return start


@pytest.fixture(scope="session")
def run_child(start_child: StartChild) -> RunChild:
    """The same, to its end."""

    def run(*arguments: Any, **named: Any) -> Ended:
        child = start_child(*arguments, **named)
        log, errors = child.communicate()
        return Ended(child.returncode, log, errors)

    return run


@pytest.fixture(scope="session")
def make_blend(blender_executable: Path, tmp_path_factory: pytest.TempPathFactory) -> MakeBlend:
    """Make a .blend by one of the functions in scenes.py: `make_blend("film", start=1, end=4)`.

    The same call gives the same file again; `into` asks for a file of one's own.
    """
    home = tmp_path_factory.mktemp("scenes")

    def make(scene: str, /, into: Path | None = None, **settings: Any) -> Path:
        told = json.dumps([scene, settings])
        path = into or home / f"{scene}-{hashlib.sha256(told.encode()).hexdigest()[:8]}.blend"
        if into is not None or not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(
                [
                    *(str(blender_executable), "-b", "--factory-startup"),
                    *("--python-exit-code", "1", "-P", str(SCENES), "--", str(path), told),
                ],
                check=True,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        return path

    return make
