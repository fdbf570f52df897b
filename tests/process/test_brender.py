"""This extension as a project of Brender Studio: its container, its array, its video step."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import brender_container as brender
import pytest
from children import (
    Ended,
    MakeBlend,
    RunChild,
    array_variables,
    clean_environment,
    frames_in,
    record_of,
    verdicts_of,
)

pytestmark = pytest.mark.once

PAGE = Path(__file__).resolve().parents[2] / "docs" / "BRENDER.md"
NOT_UPLOADED = shutil.ignore_patterns(".*", "__pycache__")
CHILDREN = 3
FRAMES = range(1, 7)
FILM = {"end": 6}
NAMES = [f"{frame:05d}.png" for frame in FRAMES]
SLOW = {"width": 320, "height": 180, "samples": 128, "end": 6}
"""Frames of a second or so, so that a kill strikes between the first and the last one."""


class Project:
    """A project folder as Brender Studio has copied it to its shared file system."""

    def __init__(self, folder: Path, extension: Path, blend: Path, blender: Path) -> None:
        self.folder = folder
        self.blend = folder / "shot.blend"
        self.output = folder / "output"
        self.main = extension / "main.py"
        shutil.copytree(PAGE.parent.parent, extension, ignore=NOT_UPLOADED)
        shutil.copy(blend, self.blend)
        self._variables = brender.project_variables(folder, blender, self.main, self.blend)

    def start(self, **variables: str) -> subprocess.Popen[str]:
        """A container of this project; all of it is one group of processes."""
        return subprocess.Popen(
            [sys.executable, brender.__file__],
            env=clean_environment(**{**self._variables, **variables}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )

    def run(self, **variables: str) -> str:
        """A container to its end, which is 0 whatever happens in it; return what it printed."""
        container = self.start(**variables)
        log, _ = container.communicate()
        assert container.returncode == 0, log
        return log

    def run_array(self, job: str = "job", **variables: str) -> list[str]:
        return [
            self.run(**array_variables(CHILDREN, index, job), **variables)
            for index in range(CHILDREN)
        ]

    def video(self) -> list[str]:
        """The pictures that the video step takes, seen to be the video's frames, in order."""
        log = self.run(JOB_ACTION_TYPE="upload_render_output")
        assert "Traceback" not in log, log
        taken = log.splitlines()
        encoded = pictures_of(self.folder / brender.VIDEO)
        assert encoded == [picture for name in taken for picture in pictures_of(self.output / name)]
        assert len(set(encoded)) == len(encoded) == len(taken)
        return taken


MakeProject = Callable[..., Project]


def pictures_of(path: Path) -> list[bytes]:
    """Each picture of a video, or the one of a PNG, as RGB."""
    with av.open(str(path)) as opened:
        planes = [frame.reformat(format="rgb24").planes[0] for frame in opened.decode(video=0)]
    return [_without_padding(plane) for plane in planes]


def _without_padding(plane: av.video.plane.VideoPlane) -> bytes:
    content = bytes(plane)
    starts = range(0, plane.line_size * plane.height, plane.line_size)
    return b"".join(content[start : start + 3 * plane.width] for start in starts)


@pytest.fixture
def make_project(blender_executable: Path, tmp_path: Path) -> MakeProject:
    """Upload the checkout and a .blend: `make_project(blend, inside="", blender=None)`.

    The checkout is the project's folder itself or, where `inside` is told, a folder in it.
    """

    def make(blend: Path, inside: str = "", blender: Path = blender_executable) -> Project:
        folder = tmp_path / "projects" / "shot"
        return Project(folder, folder / inside, blend, blender)

    return make


def test_frames_and_nothing_else_get_into_the_video(
    make_blend: MakeBlend, make_project: MakeProject, run_child: RunChild
) -> None:
    project = make_project(make_blend("film", **FILM))
    project.run_array()
    assert frames_in(project.output) == NAMES
    assert [verdict["exit_code"] for verdict in verdicts_of(project.output)] == [0] * CHILDREN
    assert {verdict["brender"]["BUCKET_KEY"] for verdict in verdicts_of(project.output)} == {"shot"}
    made = run_child(project.blend, project.output, "film", main=project.main)
    assert made.code == 0, made
    assert {"output.mp4", "output-contact-sheet.png"} <= {
        path.name for path in project.folder.iterdir()
    }
    assert project.video() == NAMES


def test_file_output_nodes_stay_out_of_the_video(
    make_blend: MakeBlend, make_project: MakeProject
) -> None:
    project = make_project(make_blend("file_outputs", file_format="PNG", **FILM))
    project.run_array()
    compositor = [name for name in frames_in(project.output) if name.startswith("compositor/")]
    assert len(compositor) == len(NAMES)
    assert all(name.endswith(".png") for name in compositor)
    assert project.video() == NAMES


def test_child_killed_and_run_again(
    make_blend: MakeBlend, make_project: MakeProject, run_child: RunChild
) -> None:
    project = make_project(make_blend("film", **SLOW))
    container = project.start(**array_variables(1, 0), ARRAY_CHUNK_LANES="1")
    assert container.stdout is not None
    for line in container.stdout:
        if line.startswith("frame 2 ·"):
            break
    os.killpg(container.pid, signal.SIGKILL)  # its machine is gone
    container.communicate()
    done = frames_in(project.output)
    assert len(done) in (2, 3)
    assert verdicts_of(project.output) == []
    assert project.video() == done  # whole ones, though files on their way may have been left
    gaps = run_child(project.blend, project.output, "verify", main=project.main)
    assert gaps.code == 65, gaps
    before = record_of(project.output, 1)
    project.run(**array_variables(1, 0, "again"))
    assert project.video() == NAMES
    assert record_of(project.output, 1) == before
    whole = run_child(project.blend, project.output, "verify", "--deep", main=project.main)
    assert whole.code == 0, whole


def test_a_failure_is_swallowed_and_told(
    make_blend: MakeBlend, make_project: MakeProject, run_child: RunChild
) -> None:
    project = make_project(make_blend("film", **FILM))
    script = project.folder / "studio_set_up.py"
    script.write_text(
        "import os\nif os.environ['AWS_BATCH_JOB_ARRAY_INDEX'] == os.environ['STUDIO_BROKEN']:\n"
        "    raise OSError('no licence')\n"
    )
    variables = {"ARRAY_CHUNK_SETUP_SCRIPT": str(script), "STUDIO_BROKEN": "1"}
    logs = project.run_array(**variables)
    assert "fails in line 3: OSError: no licence" in logs[1]
    by_index = {verdict["index"]: verdict for verdict in verdicts_of(project.output)}
    assert {index: verdict["exit_code"] for index, verdict in by_index.items()} == {
        0: 0,
        1: 65,
        2: 0,
    }
    assert "no licence" in by_index[1]["message"]
    assert by_index[0]["setup"]["variables"] == ["STUDIO_BROKEN"]
    gaps = run_child(project.blend, project.output, "verify", main=project.main)
    assert gaps.code == 65, gaps
    assert "missing: 3,4" in gaps.log or "missing: 3-4" in gaps.log
    assert project.video() == [*NAMES[:2], *NAMES[4:]]


def test_a_blender_that_listens_to_pythonpath(
    make_blend: MakeBlend, make_project: MakeProject, blender_executable: Path, tmp_path: Path
) -> None:
    """Each folder of the extension is one of top-level modules there, before Python's own."""
    listening = tmp_path / "blender"
    listening.write_text(
        f'#!/bin/sh\nexec {shlex.quote(str(blender_executable))} --python-use-system-env "$@"\n'
    )
    listening.chmod(0o755)
    script = tmp_path / "look.py"
    script.write_text(
        "import importlib.util, os, queue, types\n"
        "assert importlib.util.find_spec('chunking') is not None, 'PYTHONPATH does not count'\n"
        "assert importlib.util.find_spec('taking') is not None\n"
    )
    project = make_project(make_blend("film", **FILM), blender=listening)
    project.run_array(ARRAY_CHUNK_SETUP_SCRIPT=str(script))
    assert [verdict["message"] for verdict in verdicts_of(project.output)] == [""] * CHILDREN
    assert project.video() == NAMES


def test_commands_of_the_page(
    make_blend: MakeBlend, make_project: MakeProject, blender_executable: Path
) -> None:
    project = make_project(make_blend("film", **FILM), inside="array_chunk_render")
    project.run_array()
    commands = re.findall(r"`(blender -b shot\.blend[^`]*)`", PAGE.read_text(encoding="utf-8"))
    assert {shlex.split(each)[-1] for each in commands} == {"check", "output"}
    for command in commands:
        ended = _in_project(project, [str(blender_executable), *shlex.split(command)[1:]])
        assert ended.code == 0, ended


def _in_project(project: Project, command: list[str]) -> Ended:
    done = subprocess.run(
        command,
        cwd=project.folder,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)
