"""The loop over a chunk, over real files, with a renderer that draws in Blender's place."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from array_chunk_render.child.blender_words import Words
from array_chunk_render.child.renderer import RenderCall, Steps
from array_chunk_render.child.session import Session
from array_chunk_render.chunking.errors import (
    FramesGivenUp,
    Interrupted,
    OutputFailed,
    RenderFailed,
    SceneRefused,
)
from array_chunk_render.chunking.plan import Child
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.publishing.notes import Note
from array_chunk_render.publishing.stage import NodeFolder
from failing_system import Perform, system_calls
from loop_trials import (
    ChildTrial,
    DrawingRenderer,
    UnstartedLanes,
    draw,
    draw_half,
    draw_nothing,
    draw_small,
    fail,
    names_of,
)

pytestmark = pytest.mark.usefixtures("nothing_waits_for_the_disk")
LONG_SECONDS = 60.0
PIN = ".array_chunk/render.json"
SIX = [1, 2, 3, 4, 5, 6]


def child(home: Path, **settings: Any) -> ChildTrial:
    return ChildTrial(home, Settings(**{"frames": "1-6", "index": 0, **settings}))


def test_all_frames_come_in_order(tmp_path: Path) -> None:
    trial = child(tmp_path)
    assert trial.run() is None
    assert trial.renderer.order == trial.done == sorted(trial.verdict.rendered) == SIX
    assert trial.pictures == names_of(SIX)
    assert trial.verdict.is_complete


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    trial = child(tmp_path)
    trial.run()
    assert trial.left_behind == []


def test_progress_tells_of_each_frame(tmp_path: Path) -> None:
    trial = child(tmp_path)
    trial.run()
    assert sorted(each.frame for each in trial.progress) == SIX
    assert [each.done for each in trial.progress] == SIX
    assert trial.progress[-1].seconds_left == 0.0


def test_progress_is_told_between_the_frames(tmp_path: Path) -> None:
    trial = child(tmp_path)
    counts: list[int] = []

    def count(call: RenderCall) -> None:
        counts.append(len(trial.progress))
        running = trial.session.chunk
        assert running is not None
        assert running.delivery is not None
        running.delivery.finish()

    trial.run(before=count)
    assert counts == [0, 0, 1, 2, 3, 4]


def test_renderer_hears_what_is_to_come_and_of_each_frame(tmp_path: Path) -> None:
    child(tmp_path).run(f3=fail, f5=fail)
    again = child(tmp_path, attempt=2)
    again.run(f3=fail)
    assert again.renderer.todo == again.renderer.ended == [3, 5]


def test_no_frame_is_in_work_after_the_last(tmp_path: Path) -> None:
    """Or a signal that comes then would have the note of a frame removed that is another's."""
    trial = child(tmp_path)
    trial.run(f6=fail)
    running = trial.session.chunk
    assert running is not None
    assert (running.note, running.frame) == (None, None)


def test_frame_that_failed_tells_no_time(tmp_path: Path) -> None:
    """It may have ended at once, and no other is expected to."""
    trial = child(tmp_path, frames="1")
    trial.run(f1=fail)
    running = trial.session.chunk
    assert running is not None
    assert running.longest_seconds is None


def test_running_again_renders_nothing(tmp_path: Path) -> None:
    child(tmp_path).run()
    again = child(tmp_path)
    assert again.run() is None
    assert again.renderer.order == []
    assert again.verdict.reused == SIX


@pytest.mark.parametrize("lost", ["00003.png", ".array_chunk/frames/00003.json"])
def test_what_is_gone_is_rendered_again(lost: str, tmp_path: Path) -> None:
    child(tmp_path).run()
    (tmp_path / "out" / lost).unlink()
    again = child(tmp_path)
    assert again.run() is None
    assert again.renderer.order == [3]
    assert again.done == SIX


def test_one_bad_frame_costs_no_other(tmp_path: Path) -> None:
    trial = child(tmp_path)
    error = trial.run(f3=fail)
    assert isinstance(error, RenderFailed)
    assert "1 of 6 frames: 3" in str(error)
    assert trial.done == [1, 2, 4, 5, 6]
    assert "out of memory" in trial.verdict.failed[3]
    assert not trial.verdict.is_complete


@pytest.mark.parametrize("bad", [draw_half, draw_small, draw_nothing])
def test_picture_that_is_not_right_is_never_seen(bad: Any, tmp_path: Path) -> None:
    trial = child(tmp_path)
    assert isinstance(trial.run(f6=bad), RenderFailed)
    assert trial.pictures == names_of([1, 2, 3, 4, 5])
    assert trial.verdict.failed.keys() == {6}
    assert trial.left_behind == []


def test_next_attempt_mends_a_bad_frame(tmp_path: Path) -> None:
    child(tmp_path).run(f3=fail)
    again = child(tmp_path, attempt=2)
    assert again.run() is None
    assert again.renderer.order == [3]


def test_scene_is_put_back_between_frames_and_after_a_bad_one(tmp_path: Path) -> None:
    trial = child(tmp_path)
    trial.run(f6=fail)
    assert not trial.renderer.is_set


def test_stage_of_a_bad_frame_goes_at_once(tmp_path: Path) -> None:
    """Or the disk of the stage is full after some hundred of them."""
    trial = child(tmp_path)
    stages: list[str] = []

    def look(call: RenderCall) -> None:
        (home,) = trial.stages.iterdir()
        stages.extend(path.name for path in home.iterdir())
        draw(call)

    trial.run(f3=fail, f4=look)
    assert "frame4" in stages
    assert "frame3" not in stages


def test_full_disk_ends_the_child_and_loses_nothing(tmp_path: Path) -> None:
    trial = child(tmp_path)

    def is_full(name: str, arguments: tuple[Any, ...], perform: Perform) -> Any:
        if name == "replace" and str(arguments[1]).endswith("00004.png"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(arguments[1]))
        return perform()

    with system_calls(is_full):
        error = trial.run()
    assert isinstance(error, OutputFailed)
    assert os.strerror(errno.ENOSPC) in str(error)
    assert set(trial.done) >= {1, 2, 3}
    assert 4 not in trial.done
    assert child(tmp_path).run() is None


class WaitingRenderer(DrawingRenderer):
    """Goes on after a frame when that is delivered, or has met what ends the chunk."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def after_frame(self, *arguments: Any) -> Steps:
        running = self.session.chunk
        assert running is not None
        assert running.delivery is not None
        with contextlib.suppress(OutputFailed):
            running.delivery.finish()
        yield from super().after_frame(*arguments)


def test_no_frame_is_begun_after_one_could_not_be_delivered(tmp_path: Path) -> None:
    trial = child(tmp_path)
    trial.renderer = WaitingRenderer(trial.session)

    def is_full(name: str, arguments: tuple[Any, ...], perform: Perform) -> Any:
        if name == "replace" and str(arguments[1]).endswith("00002.png"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(arguments[1]))
        return perform()

    with system_calls(is_full):
        assert isinstance(trial.run(), OutputFailed)
    assert trial.renderer.order == [1, 2]


def test_failure_on_a_full_disk_is_the_disks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = child(tmp_path)

    def fill_disk(call: RenderCall) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1))
        fail(call)

    error = trial.run(f2=fill_disk)
    assert isinstance(error, OutputFailed)
    assert "1 bytes are left" in str(error)
    assert trial.verdict.failed == {}
    assert trial.renderer.order == [1, 2]
    assert trial.left_behind == []


def stop_in(trial: ChildTrial, frame: int) -> Any:
    def before(call: RenderCall) -> None:
        if call.frame == frame:
            trial.session.ask_to_stop("SIGTERM")

    return before


def test_frame_in_work_is_finished_when_the_child_is_to_stop(tmp_path: Path) -> None:
    trial = child(tmp_path)
    error = trial.run(before=stop_in(trial, 2))
    assert isinstance(error, Interrupted)
    assert "not done of this chunk: 3-6" in str(error)
    assert trial.done == trial.renderer.order == [1, 2]
    assert trial.left_behind == []


def test_stop_in_the_last_frame_is_no_failure(tmp_path: Path) -> None:
    trial = child(tmp_path)
    assert trial.run(before=stop_in(trial, 6)) is None
    assert trial.done == SIX


def test_next_attempt_goes_on_where_one_was_stopped(tmp_path: Path) -> None:
    first = child(tmp_path)
    first.run(before=stop_in(first, 4))
    again = child(tmp_path, attempt=2)
    assert again.run() is None
    assert again.renderer.order == [5, 6]
    assert again.verdict.reused == [1, 2, 3, 4]


def test_frame_that_is_abandoned_is_nobodys_fault(tmp_path: Path) -> None:
    trial = child(tmp_path)
    steps = trial.steps()
    call = next(steps)
    draw(call)
    assert next(steps).frame == 2
    with pytest.raises(Interrupted, match="Esc"):
        steps.throw(Interrupted("Esc"))
    assert not trial.renderer.is_set
    assert trial.done == [1]
    assert trial.left_behind == []


def crash_in(trial: ChildTrial, frame: int, attempt: int = 1) -> None:
    """Leave what a Blender leaves that crashed in the frame."""
    trial.destination.make()
    note = Note.make(trial.folder, frame, attempt)
    note.add_evidence("Fatal Python error: Segmentation fault")


def test_frame_that_crashed_blender_comes_last(tmp_path: Path) -> None:
    crash_in(child(tmp_path), 2)
    trial = child(tmp_path, attempt=2)
    assert trial.run() is None
    assert trial.renderer.order == [1, 3, 4, 5, 6, 2]
    assert trial.left_behind == []


def test_frame_that_crashes_again_and_again_is_given_up(tmp_path: Path) -> None:
    for attempt in (1, 2):
        crash_in(child(tmp_path), 2, attempt)
    trial = child(tmp_path, attempt=3, frame_attempts=2)
    error = trial.run()
    assert isinstance(error, FramesGivenUp)
    assert trial.done == [1, 3, 4, 5, 6]
    assert "Segmentation fault" in trial.verdict.given_up[2]


def test_pictures_that_are_there_are_kept_if_asked(tmp_path: Path) -> None:
    first = child(tmp_path)
    first.destination.make()
    for frame in (1, 2):
        draw(RenderCall(frame, f"{frame:05d}", {"folder": first.folder.root}))
    picture = first.folder.root / "00002.png"
    picture.write_bytes(picture.read_bytes()[:40])
    trial = child(tmp_path, existing="keep")
    assert trial.run() is None
    assert trial.verdict.adopted == [1]
    assert trial.renderer.order == [2, 3, 4, 5, 6]
    assert any(warning.startswith("adopted: 1 of 6") for warning in trial.verdict.warnings)


def test_frames_are_rendered_again_if_asked(tmp_path: Path) -> None:
    child(tmp_path).run()
    trial = child(tmp_path, existing="overwrite")
    trial.destination = trial.destination._replace(child=Child(1, 0, render_id="array 2"))
    assert trial.run() is None
    assert trial.renderer.order == SIX


def test_child_without_frames_claims_the_folder(tmp_path: Path) -> None:
    trial = child(tmp_path, frames="1", size=3, index=2)
    assert trial.run() is None
    assert trial.renderer.order == []
    assert (trial.folder.root / PIN).exists()


def test_folder_is_claimed_before_the_first_frame(tmp_path: Path) -> None:
    trial = child(tmp_path)
    claims: list[bool] = []
    trial.run(before=lambda call: claims.append((trial.folder.root / PIN).exists()))
    assert claims == [True] * 6


def test_folder_is_claimed_before_pictures_are_adopted(tmp_path: Path) -> None:
    trial = child(tmp_path, existing="keep")
    trial.destination.make()
    draw(RenderCall(1, "00001", {"folder": trial.folder.root}))
    claims: list[bool] = []

    def look(name: str, arguments: tuple[Any, ...], perform: Perform) -> Any:
        if name == "replace" and str(arguments[1]).endswith("frames/00001.json"):
            claims.append((trial.folder.root / PIN).exists())
        return perform()

    with system_calls(look):
        trial.run()
    assert claims == [True]


def test_error_of_the_renderer_itself_leaves_no_stage(tmp_path: Path) -> None:
    trial = child(tmp_path)

    def break_down(call: RenderCall) -> None:
        raise SceneRefused("The camera is gone.")

    assert isinstance(trial.run(f2=break_down), SceneRefused)
    assert trial.left_behind == []
    assert trial.done == [1]


def test_frame_that_vanishes_once_it_is_published_fails_the_child(tmp_path: Path) -> None:
    trial = child(tmp_path)

    def remove_first(call: RenderCall) -> None:
        draw(call)
        (trial.folder.root / "00001.png").unlink(missing_ok=True)

    error = trial.run(f6=remove_first)
    assert isinstance(error, OutputFailed)
    assert "Frames 1 were written" in str(error)


def test_helper_takes_frames_of_others_once_its_own_are_done(tmp_path: Path) -> None:
    trial = child(tmp_path, size=2)
    trial.helps = True
    assert trial.run() is None
    assert trial.renderer.order[:3] == [1, 2, 3]
    assert sorted(trial.verdict.helped) == [4, 5, 6]
    assert trial.verdict.helps
    assert trial.done == SIX
    assert trial.left_behind == []


def test_nobody_is_helped_where_a_frame_of_the_own_chunk_failed(tmp_path: Path) -> None:
    trial = child(tmp_path, size=2)
    trial.helps = True
    assert isinstance(trial.run(f2=fail), RenderFailed)
    assert trial.done == [1, 3]


def test_frame_to_help_with_is_given_back_where_the_own_chunk_is_not_complete(
    tmp_path: Path,
) -> None:
    """Another's frame is taken while the own last one is in work, which then turns out broken."""
    trial = child(tmp_path, size=2)
    trial.helps = True
    is_taken = threading.Event()
    others = ("00004.", "00005.", "00006.")

    def hear(name: str, arguments: tuple[Any, ...], perform: Perform) -> Any:
        result = perform()
        path = Path(str(arguments[0]))
        if name == "open" and path.parent.name == "notes" and path.name.startswith(others):
            is_taken.set()
        return result

    def wait_and_draw_half(call: RenderCall) -> None:
        assert is_taken.wait(LONG_SECONDS)
        draw_half(call)

    with system_calls(hear):
        error = trial.run(f3=wait_and_draw_half)
    assert isinstance(error, RenderFailed)
    assert trial.renderer.order == [1, 2, 3]
    assert not list(trial.folder.notes.iterdir())
    assert [path.name for path in trial.folder.claims.iterdir()] == ["00003"]


def test_frame_of_another_child_that_fails_here_is_a_warning(tmp_path: Path) -> None:
    trial = child(tmp_path, size=2)
    trial.helps = True
    assert trial.run(f5=fail) is None
    assert any("Frame 5 of another child failed here" in each for each in trial.verdict.warnings)
    assert trial.done == [1, 2, 3, 4, 6]


def test_helper_that_is_stopped_after_its_own_chunk_has_not_failed(tmp_path: Path) -> None:
    trial = child(tmp_path, size=2)
    trial.helps = True
    frames: list[int] = []

    def stop_when_helping(call: RenderCall) -> None:
        frames.append(call.frame)
        if len(frames) == 4:
            trial.session.ask_to_stop("SIGTERM")

    assert trial.run(before=stop_when_helping) is None
    assert len(trial.done) == 4


def test_lanes_that_are_asked_for_share_frames_and_threads(tmp_path: Path) -> None:
    lanes = UnstartedLanes(tmp_path)
    trial = child(tmp_path, lanes=2, threads=8)
    trial.lanes = trial.session.lanes = lanes
    assert trial.run() is None
    assert trial.renderer.lanes == 2
    assert trial.renderer.threads == lanes.settings["threads"] == 8
    assert lanes.settings["persistent"] == "off"
    assert lanes.is_asked_to_end
    assert trial.left_behind == []


def test_frame_of_a_lane_counts_as_rendered(tmp_path: Path) -> None:
    lanes = UnstartedLanes(tmp_path)
    trial = child(tmp_path, lanes=2)
    trial.lanes = trial.session.lanes = lanes

    def lane_is_faster(call: RenderCall) -> None:
        draw(call)
        lanes.on_frame(6, 1.0, False)

    trial.run(f1=lane_is_faster)
    assert 6 in trial.verdict.rendered


def test_lane_leaves_the_whole_to_its_child(tmp_path: Path) -> None:
    """It renders what nobody holds, and does not judge the chunk."""
    trial = child(tmp_path)
    trial.session = Session(lane_run="run of its child")
    assert trial.run(f3=fail) is None
    assert trial.done == [1, 2, 4, 5, 6]


SLOTS = NodeFolder("passes", own_numbers=False, node="File Output", possible=("Mist",))


def test_slot_without_a_file_is_said_once(tmp_path: Path) -> None:
    trial = child(tmp_path)
    trial.renderer = DrawingRenderer(node_folders=(SLOTS,))
    assert trial.run() is None
    (warning,) = trial.verdict.warnings
    assert "'Mist' of 'File Output'" in warning


def test_slot_that_is_due_a_file_fails_its_frames(tmp_path: Path) -> None:
    trial = child(tmp_path)
    due = NodeFolder("passes", own_numbers=False, node="File Output", certain=("Depth",))
    trial.renderer = DrawingRenderer(node_folders=(due,))
    assert isinstance(trial.run(), RenderFailed)
    assert trial.pictures == []
    assert trial.verdict.failed.keys() == set(SIX)


def saying(trial: ChildTrial, line: str) -> Any:
    """Draw, and have Blender say a line meanwhile."""
    output = trial.home / "blender.log"
    output.write_text("Fra:1\n")
    trial.session.words = Words(output, None, lambda: None)

    def draw_and_say(call: RenderCall) -> None:
        draw(call)
        with output.open("a") as log:
            log.write(f"{line}\n")

    return draw_and_say


def test_file_that_blender_could_not_write_fails_its_frame(tmp_path: Path) -> None:
    trial = child(tmp_path)
    bad = saying(trial, "Error: Render error (No such file or directory) cannot save: '/x.png'")
    assert isinstance(trial.run(f2=bad), RenderFailed)
    assert trial.done == [1, 3, 4, 5, 6]


@pytest.mark.parametrize(("missing", "ends"), [("error", True), ("warn", False)])
def test_what_blender_could_not_read_is_an_error_or_a_warning(
    missing: str, ends: bool, tmp_path: Path
) -> None:
    trial = child(tmp_path, missing=missing)
    bad = saying(trial, "cycles | WARNING Image file /film/gone.png does not exist.")
    error = trial.run(f2=bad)
    assert isinstance(error, SceneRefused) is ends
    assert bool(trial.verdict.warnings) is not ends
    assert (2 in trial.done) is not ends


def test_words_of_a_frame_that_failed_are_no_other_frames(tmp_path: Path) -> None:
    trial = child(tmp_path)
    say = saying(trial, "Error: Render error (No such file or directory) cannot save: '/x.png'")

    def say_and_fail(call: RenderCall) -> None:
        say(call)
        fail(call)

    assert isinstance(trial.run(f2=say_and_fail), RenderFailed)
    assert trial.verdict.failed.keys() == {2}
