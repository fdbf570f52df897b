"""An array submitted, watched, cancelled and completed from Blender's real window."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from film_window import REPORTS, open_film, show_wide

if TYPE_CHECKING:
    from conftest import Window

STAND_IN = Path(__file__).resolve().parents[1] / "equipment" / "aws_stand_in"
GATED_AWS = """#!/bin/sh
# Where there is a gate, wait until it is closed: a program that takes its time.
if [ -p '{gate}' ]; then cat '{gate}'; fi
exec '{program}' "$@"
"""

PREVIEWS = """
import time
frame_previews = importlib.import_module(extension + ".window.frame_previews")
shown, true_show = [], array_watch.show_film
def timed(look):
    start = time.perf_counter()
    true_show(look)
    shown.append(time.perf_counter() - start)
array_watch.show_film = timed
"""
"""What is shown of frames, and how long the window stood still for it."""


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the window, which is opened after this, keeps what it has submitted."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    REPORTS.mkdir(parents=True, exist_ok=True)
    return tmp_path / "state"


@pytest.fixture(autouse=True)
def gate(tmp_path: Path, state_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stand-in for AWS Batch is the window's `aws`; its first call waits at this gate."""
    programs, gate = tmp_path / "bin", tmp_path / "gate"
    programs.mkdir()
    program = programs / "aws"
    program.write_text(GATED_AWS.format(gate=gate, program=STAND_IN / "aws"))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("AWS_STAND_IN_HOME", str(tmp_path / "batch"))
    monkeypatch.setenv("AWS_STAND_IN_PYTHON", sys.executable)
    return gate


@pytest.fixture(autouse=True)
def nothing_goes_on(gate: Path, window: Window) -> Iterator[None]:
    """End what a test that failed has left behind."""
    yield
    if window.evaluate("'watched' in globals() and watched() and not watched().is_over"):
        window.execute("watched().engine.cancel(watched().submission.ids)")
        window.wait_until("watched().is_over")


def test_return_in_the_dialog_submits_and_the_panel_watches_to_the_film(
    window: Window, blender_executable: Path, tmp_path: Path
) -> None:
    open_film(window, blender_executable, tmp_path, samples=1)
    window.screenshot(REPORTS / "01-nothing.png")
    window.mouse_and_keys("mousemove", 700, 450)
    window.execute("called('submit', 'INVOKE_DEFAULT')")
    window.settle()
    window.screenshot(REPORTS / "02-dialog.png")
    window.mouse_and_keys("key", "Return")
    window.wait_until("state() is not None")
    window.settle()
    window.screenshot(REPORTS / "03-running.png")
    window.wait_until("watched().is_over")
    window.settle()
    window.screenshot(REPORTS / "04-film.png")
    assert window.evaluate("state().film.state.value") == "succeeded"
    assert window.evaluate("[watched().done, watched().wanted]") == [8, 8]
    assert len(list((tmp_path / "out").glob("*.png"))) == 8
    assert (tmp_path / "out.mp4").is_file()
    before = window.evaluate("watched().submission.job")
    window.execute("array_watch.stop()")
    window.execute("called('watch')")  # as after the file was opened again
    window.wait_until("state() is not None")
    assert window.evaluate("watched().submission.job") == before


def test_eevee_on_this_machine_is_tried_and_rendered(
    window: Window, blender_executable: Path, tmp_path: Path
) -> None:
    open_film(window, blender_executable, tmp_path, samples=1)
    window.execute("scene.render.engine, scene.eevee.taa_render_samples = 'BLENDER_EEVEE', 1")
    window.execute("scene.frame_end = 2; bpy.ops.wm.save_mainfile()")
    window.mouse_and_keys("mousemove", 700, 450)
    window.execute("called('submit', 'INVOKE_DEFAULT')")
    window.settle()
    window.screenshot(REPORTS / "12-eevee-tried.png")
    window.mouse_and_keys("key", "Return")
    window.wait_until("state() is not None and watched().is_over")
    assert window.evaluate("[watched().done, watched().wanted]") == [2, 2]
    window.execute("called('submit', 'INVOKE_DEFAULT')")
    window.settle()
    window.screenshot(REPORTS / "13-eevee-drawn.png")
    window.mouse_and_keys("key", "Escape")
    window.settle()


def test_a_child_that_failed_its_log_and_resubmit(
    window: Window, blender_executable: Path, tmp_path: Path
) -> None:
    open_film(window, blender_executable, tmp_path, samples=1)
    (tmp_path / "out" / "00003.png").mkdir(parents=True)  # no file can be put there
    window.execute("called('submit', 'EXEC_DEFAULT')")
    window.wait_until("state() is not None and watched().is_over")
    window.execute("rows = bpy.context.window_manager.array_chunk_failed.rows")
    window.wait_until("len(rows) == 1")
    assert window.evaluate("rows[0].index") == 1
    assert window.evaluate("rows[0].reason").startswith("stage or output could not be written")
    window.execute("called('child_log', index=1)")
    window.wait_until("1 in watched().tails")
    assert "00003.png" in str(window.evaluate("watched().tails[1]"))
    show_wide(window)
    window.screenshot(REPORTS / "05-failed.png")
    (tmp_path / "out" / "00003.png").rmdir()
    first = window.evaluate("watched().submission.job")
    window.execute("called('resubmit')")
    window.wait_until(f"watched().submission.job != {first!r} and watched().is_over")
    assert window.evaluate("watched().submission.frames") == "3"
    assert window.evaluate("state().film.state.value") == "succeeded"
    assert (tmp_path / "out.mp4").is_file()


def test_cancel_ends_all(window: Window, blender_executable: Path, tmp_path: Path) -> None:
    open_film(window, blender_executable, tmp_path, samples=2000)
    window.execute("called('submit', 'EXEC_DEFAULT')")
    window.wait_until("state() is not None and state().state.value == 'running'")
    window.execute("called('cancel')")
    window.wait_until("watched().is_over")
    assert window.evaluate("state().state.value") == "failed"
    window.settle()
    window.screenshot(REPORTS / "06-cancelled.png")
    search = ["pgrep", "-f", str(tmp_path / "film.blend")]
    assert subprocess.run(search, capture_output=True, check=False).stdout == b""


def test_offline_aws_batch_is_refused_and_the_window_lives_on(
    window: Window, blender_executable: Path, tmp_path: Path
) -> None:
    open_film(window, blender_executable, tmp_path, samples=1)
    assert window.evaluate("bpy.app.online_access") is False
    window.execute("called('submit', 'INVOKE_DEFAULT', farm='AWS_BATCH', queue='light')")
    window.settle()
    window.screenshot(REPORTS / "07-offline.png")
    window.mouse_and_keys("key", "Escape")
    window.settle()
    window.execute("called('submit', 'INVOKE_DEFAULT', farm='SLURM', show_all=True)")
    window.settle()
    window.screenshot(REPORTS / "08-slurm.png")
    window.mouse_and_keys("key", "Escape")
    window.settle()
    window.execute(
        "try: called('submit', farm='AWS_BATCH', queue='light')\n"
        "except RuntimeError as error: refused = str(error)"
    )
    assert "online access is off" in window.evaluate("refused")
    assert not (tmp_path / "state").exists()


def test_aws_batch_is_submitted_to_watched_and_completed(
    window: Window, blender_executable: Path, tmp_path: Path, gate: Path
) -> None:
    """A machine is taken away in the middle, and another child's seems to have no GPU."""
    open_film(window, blender_executable, tmp_path, samples=1)
    window.execute("bpy.context.preferences.system.use_online_access = True")
    # Blender itself: what started it may be a wrapper that can't be started from within.
    window.execute("import os; os.environ['BLENDER_EXECUTABLE'] = bpy.app.binary_path")
    window.execute("os.environ['AWS_STAND_IN_RECLAIM'] = '1'")
    window.execute("os.environ['AWS_STAND_IN_CHILD_2'] = 'USE_GPU=True'")
    os.mkfifo(gate)
    window.execute(
        "called('submit', 'EXEC_DEFAULT', farm='AWS_BATCH', queue='light', image='worker:4.2', "
        f"file_system='fs-0123456789abcdef0', mount={str(tmp_path)!r})"
    )
    with gate.open("w"):  # waits until `aws` does
        window.settle()  # the window draws and listens meanwhile
        window.screenshot(REPORTS / "09-sending.png")
        assert window.evaluate("watched()") is None
        assert not window.evaluate("bpy.ops.render.array_chunk_submit.poll()")  # not twice
        gate.unlink()
    window.wait_until("watched() is not None")
    assert window.evaluate("bpy.ops.render.array_chunk_submit.poll()")
    window.execute("watched().seconds = 0.5")
    window.wait_until("watched().is_over")
    window.execute("called('child_log', index=2)")
    window.execute("called('child_log', index=-1)")
    window.wait_until("{2, -1} <= watched().tails.keys()")
    assert "no log of the film's job yet" in str(window.evaluate("watched().tails[-1]"))
    assert "GPU" in str(window.evaluate("watched().tails[2]"))
    show_wide(window)
    window.screenshot(REPORTS / "10-aws-failed.png")
    assert window.evaluate("[child.index for child in state().failed]") == [2]
    assert window.evaluate("[watched().done, watched().wanted]") == [6, 8]
    window.execute("del os.environ['AWS_STAND_IN_CHILD_2'], os.environ['AWS_STAND_IN_RECLAIM']")
    first = window.evaluate("watched().submission.job")
    window.execute("called('resubmit')")
    window.wait_until(f"watched().submission.job != {first!r}")
    window.execute("watched().seconds = 0.5")
    window.wait_until("watched().is_over")
    assert window.evaluate("state().film.state.value") == "succeeded"
    assert len(list((tmp_path / "out").glob("*.png"))) == 8
    assert (tmp_path / "out.mp4").is_file()


def test_frames_are_seen_as_they_come(
    window: Window, blender_executable: Path, tmp_path: Path
) -> None:
    open_film(window, blender_executable, tmp_path, samples=1)
    window.execute(PREVIEWS)
    (tmp_path / "out" / "00003.png").mkdir(parents=True)  # its child fails
    window.execute("called('submit', 'EXEC_DEFAULT')")
    window.wait_until("len(frame_previews.newest_icons()) >= 2")
    window.settle()
    window.screenshot(REPORTS / "14-frames-come.png")
    window.wait_until("watched().is_over and array_watch._shown_news == watched().news")
    window.settle()
    show_wide(window)
    window.settle()  # a picture is loaded once it was drawn
    window.screenshot(REPORTS / "15-frames-are-there.png")
    assert window.evaluate("watched().film.counts") == {"done": 7, "failed": 1}
    assert window.evaluate("len(frame_previews.strip_icons())") == 10
    frames = window.evaluate("[frame for frame, _ in frame_previews.newest_icons()]")
    assert len(frames) == 4
    window.execute("array_watch.stop()")
    assert window.evaluate("len(frame_previews._previews)") == 10  # the strip's, kept for the next
    window.execute("importlib.import_module(extension + '.window').unregister()")
    assert window.evaluate("frame_previews._previews") is None
    window.execute("importlib.import_module(extension + '.window').register()")
