"""A child with lanes: one child to everybody else, whatever happens to its lanes."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from pathlib import Path

import pytest
from children import MakeBlend, RunChild, StartChild, frames_in, record_of, verdicts_of, wait_for

pytestmark = pytest.mark.once

FRAMES = 8
SLOW = {"width": 320, "height": 180, "samples": 128, "end": FRAMES}
"""Frames of a second or so: both lanes come to render some."""
TWO = ("--lanes", "2")


def processes_below(pid: int) -> list[int]:
    """Process ids of all descendants: between a child and its lanes there may be wrappers."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    children = [int(each) for each in path.read_text().split()] if path.exists() else []
    return [found for child in children for found in (child, *processes_below(child))]


def lane_of(child: subprocess.Popen[str]) -> int:
    """The process id of the child's second lane."""
    (lane,) = (
        pid
        for pid in processes_below(child.pid)
        if b"\0lane\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    return lane


def wait_until_gone(pid: int) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], 60)[0], f"process {pid} lives on"
    finally:
        os.close(descriptor)


def left_in(output: Path) -> list[str]:
    """Claims and notes that are there."""
    private = output / ".array_chunk"
    return [path.name for name in ("claims", "notes") for path in (private / name).iterdir()]


@pytest.mark.parametrize("door", ["file", pytest.param("python", marks=pytest.mark.wheel)])
def test_two_lanes_are_one_child(
    door: str, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    ended = run_child(make_blend("film", **SLOW), output, *TWO, door=door)
    assert ended.code == 0, ended.everything
    assert "lanes: 2 with" in ended.log
    assert "warning" not in ended.log
    assert f"{FRAMES}/{FRAMES} · 100 %" in ended.log
    assert len(frames_in(output)) == FRAMES
    records = [record_of(output, frame) for frame in range(1, FRAMES + 1)]
    assert len({record["process"] for record in records}) == 2
    assert len({record["render_id"] for record in records}) == 1
    (verdict,) = verdicts_of(output)
    assert verdict["rendered"] == f"1-{FRAMES}"
    (log,) = (output / ".array_chunk" / "children").glob("*.log")
    assert all(f"{frame:05d}.png" in log.read_text() for frame in range(1, FRAMES + 1))
    assert left_in(output) == []


def test_a_light_chunk_gets_no_lanes_by_itself(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend("film"), tmp_path / "out")
    assert ended.code == 0
    assert "lanes:" not in ended.log
    assert list((tmp_path / "out" / ".array_chunk" / "claims").iterdir()) == []


def test_lanes_end_with_a_child_that_is_asked_to(
    make_blend: MakeBlend, start_child: StartChild, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film", **{**SLOW, "end": 40}), tmp_path / "out"
    child = start_child(blend, output, *TWO)
    wait_for(child, "frame 3 ·")
    lane = lane_of(child)
    child.send_signal(signal.SIGTERM)
    log, errors = child.communicate(timeout=60)
    assert child.returncode == 75, log + errors
    wait_until_gone(lane)
    assert left_in(output) == []
    (verdict,) = verdicts_of(output)
    assert verdict["exit_code"] == 75
    done = len(frames_in(output))
    assert 3 <= done < 40
    again = run_child(blend, output, *TWO, "--frames", "1-12")
    assert again.code == 0, again.everything
    assert "Traceback" not in log + errors + again.everything


def test_lanes_end_with_a_child_that_is_killed(
    make_blend: MakeBlend, start_child: StartChild, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film", **SLOW), tmp_path / "out"
    child = start_child(blend, output, *TWO)
    wait_for(child, "frame 3 ·")
    lane = lane_of(child)
    for pid in processes_below(child.pid):
        if pid != lane:
            os.kill(pid, signal.SIGKILL)  # a real Blender's wrapper stands before it
    child.kill()
    child.communicate()
    wait_until_gone(lane)
    again = run_child(blend, output, *TWO)
    assert again.code == 0, again.everything
    assert len(frames_in(output)) == FRAMES
    # The kill may come when the record is down and its claim is not released.
    assert set(left_in(output)) <= {f"{frame:05d}" for frame in range(1, FRAMES + 1)}


def test_a_lane_that_dies_is_the_childs_problem(
    make_blend: MakeBlend, start_child: StartChild, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    child = start_child(make_blend("film", **SLOW), output, *TWO)
    wait_for(child, "frame 3 ·")
    os.kill(lane_of(child), signal.SIGKILL)
    log, errors = child.communicate(timeout=120)
    assert child.returncode == 0, log + errors
    assert "lane 2 ended with" in log
    assert len(frames_in(output)) == FRAMES
    (verdict,) = verdicts_of(output)
    assert verdict["rendered"] == f"1-{FRAMES}"
    assert left_in(output) == []
