"""A child that is asked to end, hangs or crashes: within the grace, with what is done delivered."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from children import Door, MakeBlend, RunChild, StartChild, frames_in, verdicts_of, wait_for

LONG = {"width": 640, "height": 360, "samples": 4096, "end": 2}
"""Frames of a minute or so, so that a signal strikes inside the first one."""


def notes_in(output: Path) -> list[str]:
    return sorted(path.name for path in (output / ".array_chunk" / "notes").iterdir())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("door", ["file", pytest.param("python", marks=pytest.mark.wheel)])
def test_signal_in_a_long_frame(
    door: str,
    number: signal.Signals,
    make_blend: MakeBlend,
    start_child: StartChild,
    tmp_path: Path,
) -> None:
    (tmp_path / "tmp").mkdir()
    child = start_child(
        make_blend("film", **LONG),
        tmp_path / "out",
        *("--grace", "5"),
        door=door,
        TMPDIR=str(tmp_path / "tmp"),
    )
    wait_for(child, "threads:")
    child.send_signal(number)
    log, errors = child.communicate(timeout=60)
    assert child.returncode == 75, log + errors
    assert number.name in log
    assert frames_in(tmp_path / "out") == []
    (verdict,) = verdicts_of(tmp_path / "out")
    assert verdict["exit_code"] == 75
    assert notes_in(tmp_path / "out") == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert "Traceback" not in log + errors


def test_signal_as_process_1(
    make_blend: MakeBlend, doors: dict[str, Door], repository: Path, tmp_path: Path
) -> None:
    assert os.getuid() == 0, "unshare --pid needs root"
    before = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *doors["file"].before)
    door = Door("process 1", before, takes_file=True)
    blend = make_blend("film", **LONG)
    variables = {"EFS_BLENDER_OUTPUT_FOLDER_PATH": str(tmp_path / "out")}
    child = door.start(repository / "main.py", blend, ("--grace", "5"), variables)
    wait_for(child, "threads:")
    first = subprocess.run(
        ["pgrep", "-P", str(child.pid)], capture_output=True, text=True, check=True
    )
    os.kill(int(first.stdout.split()[0]), signal.SIGTERM)
    log, errors = child.communicate(timeout=60)
    assert child.returncode == 75, log + errors
    assert [verdict["exit_code"] for verdict in verdicts_of(tmp_path / "out")] == [75]


@pytest.mark.once
def test_a_frame_that_fits_the_grace_is_finished_and_the_next_attempt_completes(
    make_blend: MakeBlend, start_child: StartChild, run_child: RunChild, tmp_path: Path
) -> None:
    blend = make_blend("film", width=320, height=180, samples=64, end=6)
    child = start_child(blend, tmp_path / "out")
    wait_for(child, "frame 2 ·")
    child.send_signal(signal.SIGTERM)
    log, errors = child.communicate(timeout=60)
    assert child.returncode == 75, log + errors
    done = frames_in(tmp_path / "out")
    assert "abandoned" not in log
    assert 2 <= len(done) < 6
    again = run_child(blend, tmp_path / "out")
    assert again.code == 0
    assert f"reused: {len(done)} of 6" in again.log
    assert len(frames_in(tmp_path / "out")) == 6


@pytest.mark.once
def test_time_limit(make_blend: MakeBlend, run_child: RunChild, tmp_path: Path) -> None:
    words = ("--time-limit", "8", "--grace", "6")
    ended = run_child(make_blend("film", **LONG), tmp_path / "out", *words)
    assert ended.code == 75, ended
    assert "time limit" in ended.log


@pytest.mark.once
def test_a_frame_that_hangs_is_ended_and_given_up(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film", **LONG), tmp_path / "out"
    words = ("--frames", "1", "--frame-timeout", "1")
    for _ in range(2):
        hung = run_child(blend, output, *words)
        assert hung.code == 70, hung
        assert "Frame 1 was not done after 1 s" in hung.log
    given_up = run_child(blend, output, *words)
    assert given_up.code == 69, given_up
    assert "Frames 1 are given up" in given_up.log


CRASH_IN_FRAME_2 = """
import bpy, ctypes

@bpy.app.handlers.persistent
def crash(scene, *_):
    if scene.frame_current == 2:
        ctypes.string_at(0)

bpy.app.handlers.render_pre.append(crash)
"""
KILL_IN_FRAME_2 = CRASH_IN_FRAME_2.replace(
    "ctypes.string_at(0)", "__import__('os').kill(__import__('os').getpid(), 9)"
)


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Killed children leave their stages behind: in a folder that is removed with the test's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("tmp")))
        yield


def run_spoiled(
    script: str, blend: Path, doors: dict[str, Door], main: Path, home: Path
) -> tuple[int, str]:
    """Run a child whose Blender runs another script first."""
    (home / "script.py").write_text(script)
    before = (*doors["file"].before, str(blend), "-P", str(home / "script.py"))
    variables = {"EFS_BLENDER_OUTPUT_FOLDER_PATH": str(home / "out"), "EFS_BLENDER_FILE_PATH": ""}
    child = Door("spoiled", before).start(main, "", (), variables)
    log, errors = child.communicate()
    return child.returncode, log + errors


def test_a_frame_that_always_crashes_is_given_up_by_name(
    make_blend: MakeBlend, doors: dict[str, Door], repository: Path, tmp_path: Path
) -> None:
    blend, main = make_blend("film"), repository / "main.py"
    codes = []
    for _ in range(3):
        code, log = run_spoiled(CRASH_IN_FRAME_2, blend, doors, main, tmp_path)
        codes.append(code)
    assert codes[-1] == 69, log
    assert all(code in (139, -signal.SIGSEGV) for code in codes[:2]), codes
    assert "Frames 2 are given up" in log
    assert frames_in(tmp_path / "out") == ["00001.png", "00003.png", "00004.png"]


@pytest.mark.once
def test_a_healthy_frame_is_never_given_up_for_kills(
    make_blend: MakeBlend,
    doors: dict[str, Door],
    repository: Path,
    run_child: RunChild,
    tmp_path: Path,
) -> None:
    blend, main = make_blend("film"), repository / "main.py"
    for _ in range(10):
        code, log = run_spoiled(KILL_IN_FRAME_2, blend, doors, main, tmp_path)
        assert code in (137, -signal.SIGKILL), log
    ended = run_child(blend, tmp_path / "out")
    assert ended.code == 0, ended
    assert len(frames_in(tmp_path / "out")) == 4
    assert notes_in(tmp_path / "out") == []


OTHER_SIGNAL = """
import bpy, os, signal
signal.signal(signal.SIGUSR1, lambda *told: print("heard"))
bpy.app.handlers.render_pre.append(lambda *told: os.kill(os.getpid(), signal.SIGUSR1))
"""
TAKE_AWAY = """
import bpy, os, signal
def take_away(scene, *more):
    if scene.frame_current == 2:
        os.rename({path!r}, {path!r} + ".away")
        os.kill(os.getpid(), signal.SIGTERM)
bpy.app.handlers.render_pre.append(take_away)
"""


@pytest.mark.once
def test_a_signal_that_the_artist_handles(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    script = tmp_path / "handle.py"
    script.write_text(OTHER_SIGNAL)
    words = ("--setup-script", str(script))
    assert run_child(make_blend("film"), tmp_path / "out", *words).code == 0
    assert len(frames_in(tmp_path / "out")) == 4


@pytest.mark.once
def test_a_folder_that_vanished_is_not_made_again_for_the_verdict(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    output, script = tmp_path / "out", tmp_path / "take_away.py"
    script.write_text(TAKE_AWAY.format(path=str(output)))
    words = ("--setup-script", str(script), "--grace", "6")
    ended = run_child(make_blend("film"), output, *words)
    assert ended.code in (74, 75), ended
    assert "The verdict could not be delivered" in ended.log
    assert "is gone, or another folder is in its place" in ended.log
    assert not output.exists()
