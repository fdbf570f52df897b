"""A real Blender that has lost what Windows has not got: no machine with Windows is at hand.

It renders, is asked to end, resumes, runs arrays, has lanes and decodes, by the ways of Windows.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from children import (
    Ended,
    MakeBlend,
    RunChild,
    StartChild,
    clean_environment,
    frames_in,
    verdicts_of,
    wait_for,
)
from poor_extension import copy_without_posix
from submitted import wait_for_end
from without_posix import SIGBREAK

LONG = {"width": 640, "height": 360, "samples": 4096, "end": 2}
"""Frames of a minute or so, so that what asks for the end comes inside the first one."""


@pytest.fixture(scope="module")
def poor(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_without_posix(repository, tmp_path_factory.mktemp("extension"))


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    return folder


AS_ON_THE_FARM = """
import sys
from pathlib import Path
extension = Path(sys.argv[-1])
sys.path.insert(0, str(extension / "first"))
import without_posix
without_posix.take_away()
__file__ = str(extension / "main.py")
exec((extension / "first" / "main.py").read_text().partition("if __name__")[0])
load_package()
import bpy
sys.modules["array_chunk_render"].register()
from array_chunk_render.window.chunk_trial import last_run
bpy.context.scene.array_chunk.output = bpy.path.abspath("//frames")
for samples, size, index in ((1, 4, 1), (4096, 1, 0)):
    bpy.context.scene.cycles.samples = samples
    bpy.ops.wm.save_mainfile()
    bpy.ops.render.array_chunk_background(size=size, index=index)
    run = last_run()
    while samples > 1 and run.state == "RUNNING" and not any(
        "threads:" in line for line in run.lines
    ):
        run.wait(0.1)
    if samples > 1:
        bpy.ops.render.array_chunk_background_cancel()
    run.wait()
    print(run.state, run.exit_code, flush=True)
"""
"""Registers all, tests a chunk, and cancels a test of another: by the buttons' own operators."""


def end(child: subprocess.Popen[str]) -> Ended:
    """Send what Ctrl-Break sends, and wait for the end."""
    child.send_signal(SIGBREAK)
    log, errors = child.communicate(timeout=60)
    return Ended(child.returncode, log, errors)


def left_in(temporary: Path) -> list[str]:
    """What of ours is left: Blender's own session folder stays where no /proc tells whose it is."""
    return [path.name for path in temporary.iterdir() if not path.name.startswith("blender_")]


def test_a_chunk(
    poor: Path, temporary: Path, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend("film"), tmp_path / "out", main=poor, TMPDIR=str(temporary))
    assert ended.code == 0, ended.everything
    assert len(frames_in(tmp_path / "out")) == 4
    assert "Traceback" not in ended.everything
    assert left_in(temporary) == []


@pytest.mark.once
def test_an_end_in_a_long_frame(
    poor: Path, temporary: Path, make_blend: MakeBlend, start_child: StartChild, tmp_path: Path
) -> None:
    words = ("--grace", "5")
    blend, variables = make_blend("film", **LONG), {"TMPDIR": str(temporary)}
    child = start_child(blend, tmp_path / "out", *words, main=poor, **variables)
    wait_for(child, "threads:")
    ended = end(child)
    assert ended.code == 75, ended.everything
    assert "SIGBREAK" in ended.log
    assert frames_in(tmp_path / "out") == []
    assert [verdict["exit_code"] for verdict in verdicts_of(tmp_path / "out")] == [75]
    assert "Traceback" not in ended.everything
    assert left_in(temporary) == []


@pytest.mark.once
def test_an_end_between_frames_and_the_rest_of_it(
    poor: Path, make_blend: MakeBlend, start_child: StartChild, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film", width=320, height=180, samples=64, end=6), tmp_path / "out"
    child = start_child(blend, output, main=poor)
    wait_for(child, "frame 2 ·")
    ended = end(child)
    assert ended.code == 75, ended.everything
    done = frames_in(output)
    assert 2 <= len(done) < 6
    again = run_child(blend, output, main=poor)
    assert again.code == 0, again.everything
    assert f"reused: {len(done)} of 6" in again.log
    assert len(frames_in(output)) == 6


@pytest.mark.once
def test_an_array_with_lanes_is_decoded(
    poor: Path, temporary: Path, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output, variables = make_blend("film"), tmp_path / "out", {"TMPDIR": str(temporary)}
    words = ("run-array", "--size", "2", "--jobs", "2", "--lanes", "2")
    ended = run_child(blend, output, *words, main=poor, **variables)
    assert ended.code == 0, ended.everything
    assert len(frames_in(output)) == 4
    decoded = run_child(blend, output, "verify", "--deep", main=poor, **variables)
    assert decoded.code == 0, decoded.everything
    assert "Traceback" not in ended.everything + decoded.everything
    assert left_in(temporary) == []


@pytest.mark.once
def test_the_end_of_an_array(
    poor: Path, make_blend: MakeBlend, start_child: StartChild, tmp_path: Path
) -> None:
    blend = make_blend("film", **LONG)
    words = ("run-array", "--size", "2", "--jobs", "1", "--grace", "5")
    child = start_child(blend, tmp_path / "out", *words, main=poor)
    wait_for(child, "threads:")
    ended = end(child)
    assert ended.code == 75, ended.everything
    assert [verdict["exit_code"] for verdict in verdicts_of(tmp_path / "out")] == [75]


@pytest.mark.once
def test_an_array_in_the_background_is_cancelled(
    poor: Path, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, state = make_blend("film", **LONG), tmp_path / "state"
    told = {"main": poor, "XDG_STATE_HOME": str(state)}
    words = ("submit", "--farm", "local", "--size", "2", "--grace", "5")
    submitted = run_child(blend, tmp_path / "out", *words, **told)
    assert submitted.code == 0, submitted.everything
    (job,) = (path.name for path in (state / "array_chunk_render" / "jobs").iterdir())
    log = state / "array_chunk_render" / "jobs" / job / "0.log"
    while not log.exists() or "threads:" not in log.read_text():
        time.sleep(0.1)
    cancelled = run_child("", None, "cancel", "--job", job, door="named", **told)
    assert cancelled.code == 0, cancelled.everything
    wait_for_end(state, job)
    status = run_child("", None, "status", "--job", job, "--json", door="named", **told)
    assert '"failed": 2' in status.log, status.everything


@pytest.mark.once
def test_the_test_as_on_the_farm(
    poor: Path, blender_executable: Path, make_blend: MakeBlend, tmp_path: Path
) -> None:
    blend = make_blend("film", into=tmp_path / "film.blend", width=640, height=360)
    script = tmp_path / "script.py"
    script.write_text(AS_ON_THE_FARM)
    command = [str(blender_executable), "-b", str(blend), "--python-exit-code", "1"]
    ended = subprocess.run(
        [*command, "-P", str(script), "--", str(poor.parent)],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    said = ended.stdout.splitlines()
    assert {"DONE 0", "CANCELLED 75"} <= {*said}, ended.stdout + ended.stderr
    assert "00002.png" in frames_in(tmp_path / "frames")
