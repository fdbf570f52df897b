"""Frames on their way: so many at a time, none forgotten, and what goes wrong comes out."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.child.delivery import MOST_ON_THEIR_WAY, Delivery, StagedFrame
from array_chunk_render.chunking.errors import OutputFailed, RenderFailed, SceneRefused
from array_chunk_render.publishing.publish import Published, StagedFile, publish
from array_chunk_render.publishing.record import Record, is_done, read_record
from deliveries import LONG_SECONDS, SIZES, in_time, rendered, threads_named
from publishing_trials import destination, made_folder, never, published_files

pytestmark = pytest.mark.usefixtures("nothing_waits_for_the_disk")
MOMENT_SECONDS = 0.1
"""For what is not to happen: nothing tells that it does not."""


@dataclass
class Trial:
    """A delivery into a folder of its own, whose every frame can be held at a gate."""

    home: Path
    check_pin: Callable[[], None] = never
    gate: threading.Event = field(default_factory=threading.Event)
    at_gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    ends: dict[int, Published | RenderFailed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder = made_folder(self.home / "out")
        self.gate.set()

    def start(self) -> Delivery:
        return Delivery(self._publish, SIZES, self._on_end)

    def rendered(self, frame: int, **more: Any) -> StagedFrame:
        return rendered(self.home, frame, **more)

    def wait_at_gate(self, count: int) -> None:
        for _ in range(count):
            assert self.at_gate.acquire(timeout=LONG_SECONDS)

    def is_delivered(self, frame: int) -> bool:
        return is_done(self.folder, read_record(self.folder, frame), "ours")

    def _publish(self, files: Sequence[StagedFile], draft: Record) -> Published:
        return publish(self.folder, files, draft, self._is_done, self._check, set())

    def _is_done(self, record: Record | None) -> bool:
        return is_done(self.folder, record, "ours")

    def _check(self) -> None:
        self.at_gate.release()
        assert self.gate.wait(LONG_SECONDS)
        self.check_pin()

    def _on_end(self, frame: StagedFrame, outcome: Published | RenderFailed) -> None:
        self.ends[frame.frame] = outcome


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(tmp_path)


def test_frames_are_published_and_their_stages_removed(trial: Trial) -> None:
    frames = [trial.rendered(number) for number in range(1, 21)]
    with trial.start() as delivery:
        for frame in frames:
            delivery.put(frame)
        delivery.finish()
        assert sorted(trial.ends) == [frame.frame for frame in frames]
    assert all(trial.is_delivered(frame.frame) for frame in frames)
    assert len(published_files(trial.folder.root)) == len(frames)
    assert [frame for frame in frames if frame.stage.root.exists()] == []
    assert threads_named("publish") == []


def test_the_next_frame_is_put_while_others_are_on_their_way(trial: Trial) -> None:
    trial.gate.clear()
    with trial.start() as delivery:
        for number in range(1, MOST_ON_THEIR_WAY + 1):
            in_time(lambda number=number: delivery.put(trial.rendered(number)))
        trial.wait_at_gate(MOST_ON_THEIR_WAY)
        trial.gate.set()


def test_one_more_than_that_waits(trial: Trial) -> None:
    trial.gate.clear()
    with trial.start() as delivery:
        for number in range(1, MOST_ON_THEIR_WAY + 1):
            delivery.put(trial.rendered(number))
        more = trial.rendered(99)
        waiting = threading.Thread(target=lambda: delivery.put(more))
        waiting.start()
        waiting.join(MOMENT_SECONDS)
        assert waiting.is_alive()
        assert more.stage.root.exists()
        trial.gate.set()
        waiting.join(LONG_SECONDS)
        assert not waiting.is_alive()
    assert trial.is_delivered(99)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(OutputFailed("no disk"), id="the disk"),
        pytest.param(SceneRefused("taken over"), id="another render has the folder"),
        pytest.param(ZeroDivisionError("a bug"), id="an error that nobody expected"),
        pytest.param(KeyboardInterrupt("Ctrl-C"), id="no error at all"),
    ],
)
def test_the_first_error_comes_out_of_everything(trial: Trial, error: BaseException) -> None:
    errors = [error, OutputFailed("a later one")]

    def fail() -> None:
        raise errors.pop(0)

    trial.check_pin = fail
    first, second = trial.rendered(1), trial.rendered(2)
    with trial.start() as delivery:
        _quietly(delivery, first)
        for again in (delivery.finish, delivery.check, lambda: delivery.put(second)):
            with pytest.raises(type(error), match=str(error)):
                again()
        with pytest.raises(type(error), match=str(error)):
            delivery.finish()
    assert errors == [], "the second frame was tried, too"
    assert trial.ends == {}
    assert not first.stage.root.exists()
    assert not second.stage.root.exists()


def _quietly(delivery: Delivery, frame: StagedFrame) -> None:
    """Its own error may come out of the put, or after it."""
    with contextlib.suppress(BaseException):
        delivery.put(frame)


def test_an_error_where_the_end_is_taken_note_of(trial: Trial) -> None:
    def fail(frame: StagedFrame, outcome: object) -> None:
        raise OutputFailed("no note could be removed")

    delivery = Delivery(destination(trial.folder).publish, SIZES, fail)
    with delivery:
        _quietly(delivery, trial.rendered(1))
        with pytest.raises(OutputFailed, match="no note"):
            delivery.finish()
    assert trial.is_delivered(1)


def test_a_broken_picture_is_told_and_stops_nothing(trial: Trial) -> None:
    broken = trial.rendered(2, broken=True)
    with trial.start() as delivery:
        for frame in (trial.rendered(1), broken, trial.rendered(3)):
            delivery.put(frame)
        delivery.finish()
    assert isinstance(trial.ends[2], RenderFailed)
    assert "00002.png" in str(trial.ends[2])
    assert [trial.is_delivered(number) for number in (1, 2, 3)] == [True, False, True]
    assert not broken.stage.root.exists()


def test_what_is_finished_is_delivered_whatever_ends_the_chunk(trial: Trial) -> None:
    trial.gate.clear()
    leaves = threading.Event()
    opener = threading.Thread(target=lambda: leaves.wait(LONG_SECONDS) and trial.gate.set())
    opener.start()
    with pytest.raises(SceneRefused), trial.start() as delivery:
        for number in (1, 2, 3):
            delivery.put(trial.rendered(number))
        leaves.set()
        raise SceneRefused("something else")
    assert [trial.is_delivered(number) for number in (1, 2, 3)] == [True] * 3
    assert threads_named("publish") == []


def test_holding_waits_for_what_is_on_its_way(trial: Trial) -> None:
    trial.gate.clear()
    with trial.start() as delivery:
        delivery.put(trial.rendered(1))
        trial.wait_at_gate(1)
        opener = threading.Timer(MOMENT_SECONDS, trial.gate.set)
        opener.start()
        delivery.hold(LONG_SECONDS)
        assert trial.is_delivered(1)


def test_holding_has_an_end_and_takes_no_more(trial: Trial) -> None:
    trial.gate.clear()
    with trial.start() as delivery:
        delivery.put(trial.rendered(1))
        in_time(lambda: delivery.hold(0.0))
        assert not trial.is_delivered(1)
        trial.gate.set()
        delivery.finish()
        more = threading.Thread(target=lambda: delivery.put(trial.rendered(2)), daemon=True)
        more.start()
        more.join(MOMENT_SECONDS)
        assert more.is_alive(), "the process is about to end: no frame is begun to be published"
    assert trial.is_delivered(1)
    assert not trial.is_delivered(2)
