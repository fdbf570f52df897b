"""A job bundle, run by `openjd` itself: each task a real Blender, in a session of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.engines.engine import Work
from array_chunk_render.engines.farms import export
from array_chunk_render.engines.open_job_description import FARM
from array_chunk_render.engines.open_job_description.job_bundle import TEMPLATE_FILE, VALUES_FILE
from children import clean_environment, frames_in, verdicts_of

OPENJD = Path(sys.executable).with_name("openjd")
LONG = {"width": 640, "height": 360, "samples": 4096, "end": 2}
"""Frames of a minute or so, so that a signal strikes inside the first one."""

MakeWork = Callable[..., Work]


@pytest.fixture
def make_work(blender_executable: Path, repository: Path, tmp_path: Path) -> MakeWork:
    """The array over a scene of scenes.py with these settings, in folders with a blank in them."""

    def make(size: int, **settings: Any) -> Work:
        blend = tmp_path / "a shot" / "film.blend"
        blend.parent.mkdir()
        blender = (str(blender_executable), "-b", "--factory-startup", "--python-exit-code", "1")
        scenes = str(repository / "tests" / "process" / "scenes.py")
        subprocess.run(
            [*blender, "-P", scenes, "--", str(blend), json.dumps(["film", settings])],
            check=True,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        return Work(
            name="a shot",
            size=size,
            blend=str(blend),
            output=str(blend.parent / "frames"),
            blender=str(blender_executable),
            main=str(repository / "main.py"),
        )

    return make


def start(work: Work, folder: Path, *options: str, **variables: str) -> subprocess.Popen[str]:
    """Run a written job as the documentation says, with the paths that stand beside it."""
    export(FARM.name, {}, work, folder)
    values = json.loads((folder / VALUES_FILE).read_text())["parameterValues"]
    told = json.dumps({each["name"]: each["value"] for each in values})
    return subprocess.Popen(
        [str(OPENJD), "run", str(folder / TEMPLATE_FILE), "--job-param", told, *options],
        env=clean_environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def test_the_bundle_passes_the_check(make_work: MakeWork, tmp_path: Path) -> None:
    work = make_work(3)
    export(FARM.name, {}, work, tmp_path / "bundle")
    words = [str(OPENJD), "check", str(tmp_path / "bundle" / TEMPLATE_FILE)]
    checked = subprocess.run(words, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_whole_job_renders_every_chunk_and_makes_the_film(
    make_work: MakeWork, tmp_path: Path
) -> None:
    work = make_work(3, end=7)
    job = start(work, tmp_path / "bundle", DEADLINE_JOB_ID="job-1")
    log, _ = job.communicate()
    assert job.returncode == 0, log
    output = Path(work.output)
    assert frames_in(output) == [f"{frame:05d}.png" for frame in range(1, 8)]
    verdicts = verdicts_of(output)
    assert [(each["size"], each["index"], each["exit_code"]) for each in verdicts] == [
        (3, 0, 0),
        (3, 1, 0),
        (3, 2, 0),
    ]
    assert {each["render_id"] for each in verdicts} == {"job-1"}
    made = {path.suffix for path in output.parent.iterdir() if path.stem.startswith("frames")}
    assert made & {".mp4", ".mkv"}, made


def test_one_task_renders_its_chunk_alone(make_work: MakeWork, tmp_path: Path) -> None:
    work = replace(make_work(3, end=9), variables={"ARRAY_CHUNK_FRAMES": "1-9x2"})
    task = ("--step", "Render", "--task-param", "Index=1")
    job = start(work, tmp_path / "bundle", *task)
    log, _ = job.communicate()
    assert job.returncode == 0, log
    assert frames_in(Path(work.output)) == ["00005.png", "00007.png"]


def test_a_film_with_gaps_is_refused(make_work: MakeWork, tmp_path: Path) -> None:
    work = make_work(2, end=4)
    first = start(work, tmp_path / "bundle", "--step", "Render", "--task-param", "Index=0")
    assert (first.communicate(), first.returncode)[1] == 0
    film = start(work, tmp_path / "bundle", "--step", "Film", "--no-run-dependencies")
    log, _ = film.communicate()
    assert film.returncode != 0, log
    assert "frames 3,4 are not done" in log
    assert "exited with code: 65" in log


def test_cancelling_lets_a_child_end_in_order(make_work: MakeWork, tmp_path: Path) -> None:
    work = replace(make_work(1, **LONG), variables={"ARRAY_CHUNK_GRACE": "3"})
    (tmp_path / "tmp").mkdir()
    job = start(work, tmp_path / "bundle", TMPDIR=str(tmp_path / "tmp"))
    assert job.stdout is not None
    for line in job.stdout:
        if "threads:" in line:
            break
    os.kill(job.pid, signal.SIGTERM)
    log, _ = job.communicate()
    assert job.returncode != 0, log
    assert "SIGTERM" in log
    (verdict,) = verdicts_of(Path(work.output))
    assert verdict["exit_code"] == 75
    assert frames_in(Path(work.output)) == []
