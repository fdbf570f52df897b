"""Taking frames: the next one shortly before it is needed, none after a stop, all given back."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import cast

import pytest
from array_chunk_render.child import taking as module
from array_chunk_render.child.share import Share, Take, Wait
from array_chunk_render.child.taking import EARLIER, MOST_AHEAD, FrameSource
from array_chunk_render.chunking.errors import ChunkError, OutputFailed
from array_chunk_render.publishing.notes import Note
from array_chunk_render.publishing.output_folder import OutputFolder
from deliveries import LONG_SECONDS, in_time, threads_named
from publishing_trials import made_folder

MOMENT_SECONDS = 0.1
"""For what is not to happen: nothing tells that it does not."""
FOR_EVER = 3600.0


@dataclass
class Trial:
    """A source of frames, whose share gives what the test says."""

    folder: OutputFolder
    step_list: Sequence[Take | Wait | ChunkError] = tuple(Take(n, is_own=True) for n in (1, 2, 3))
    asked: list[int] = field(default_factory=list)
    is_stopped: bool = False
    noted: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    error: ChunkError | None = None
    note_seconds: float = 0.0

    def steps(self) -> Iterator[Take | Wait]:
        for number, step in enumerate(self.step_list):
            self.asked.append(number)
            if isinstance(step, ChunkError):
                raise step
            yield step

    def source(self) -> FrameSource:
        return FrameSource(cast(Share, self), self.make_note, lambda: self.is_stopped)

    def make_note(self, frame: int) -> Note:
        if self.error is not None:
            raise self.error
        note = Note.make(self.folder, frame, 1)
        self.noted.release()
        return note

    def wait_noted(self) -> None:
        assert self.noted.acquire(timeout=LONG_SECONDS)

    @property
    def notes(self) -> list[int]:
        return sorted(int(path.name.split(".")[0]) for path in self.folder.notes.iterdir())


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(made_folder(tmp_path / "out"))


def numbers(source: FrameSource, ahead: float | None = FOR_EVER) -> list[int]:
    taken = []
    while (each := source.next()) is not None:
        taken.append(each.frame)
        source.look_ahead(ahead)
    return taken


@pytest.mark.parametrize("ahead", [None, 0.0, FOR_EVER])
def test_all_frames_come_in_order_each_with_its_note(trial: Trial, ahead: float | None) -> None:
    with trial.source() as source:
        assert in_time(lambda: numbers(source, ahead)) == [1, 2, 3]
        assert trial.notes == [1, 2, 3]
    assert threads_named("take") == threads_named("note") == []


def test_whose_frame_it_is(trial: Trial) -> None:
    trial.step_list = [Take(1, is_own=True), Take(9, is_own=False)]
    with trial.source() as source:
        first, second = source.next(), source.next()
        assert first is not None
        assert second is not None
        assert (first.is_own, second.is_own) == (True, False)
        assert PurePosixPath(second.note.name).name.startswith("00009.1.")


def test_the_next_frame_is_taken_while_the_one_before_is_in_work(trial: Trial) -> None:
    with trial.source() as source:
        source.next()
        trial.wait_noted()
        source.look_ahead(0.0)
        trial.wait_noted()
        assert trial.notes == [1, 2]


@pytest.mark.parametrize("seconds", [None, FOR_EVER])
def test_it_is_not_taken_long_before(trial: Trial, seconds: float | None) -> None:
    with trial.source() as source:
        source.next()
        trial.wait_noted()
        source.look_ahead(seconds)
        assert not trial.noted.acquire(timeout=MOMENT_SECONDS)
        assert trial.asked == [0]
        assert in_time(source.next) is not None


def test_it_is_taken_earlier_where_taking_takes_long(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one took 20 seconds: the next one is taken 60 seconds before it is needed."""
    now = iter(range(0, 10_000, 10))  # each look at the clock comes 10 seconds after the last
    monkeypatch.setattr(module.time, "monotonic", lambda: float(next(now)))
    pauses: list[float | None] = []

    class Wanted(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout)
            return super().wait(0.0)

    monkeypatch.setattr(module.threading, "Event", Wanted)
    with trial.source() as source:
        source.next()
        source.look_ahead(100.0)
        trial.wait_noted()
        trial.wait_noted()
    assert [pause for pause in pauses if pause] == [100.0 - EARLIER * 20.0]


def test_nothing_is_taken_after_a_stop(trial: Trial) -> None:
    with trial.source() as source:
        source.next()
        source.look_ahead(FOR_EVER)
        trial.is_stopped = True
        assert in_time(source.next) is None
        assert in_time(source.next) is None
    assert trial.asked == [0]
    assert trial.notes == [1]


def test_what_was_taken_before_a_stop_is_not_begun_after_it(trial: Trial) -> None:
    with trial.source() as source:
        source.next()
        trial.wait_noted()
        source.look_ahead(0.0)
        trial.wait_noted()
        trial.is_stopped = True
        assert in_time(source.next) is None
    assert trial.notes == [1], "that of the frame in work is for others to remove"


def test_what_is_not_begun_gives_its_note_back(trial: Trial) -> None:
    with pytest.raises(ZeroDivisionError), trial.source() as source:
        source.next()
        trial.wait_noted()
        source.look_ahead(0.0)
        trial.wait_noted()
        raise ZeroDivisionError
    assert trial.notes == [1]


def test_leaving_takes_nothing_more(trial: Trial) -> None:
    with trial.source() as source:
        source.next()
        source.look_ahead(FOR_EVER)
    assert trial.asked == [0]
    assert trial.notes == [1]


def test_a_process_that_is_ended_gives_back_what_it_can(trial: Trial) -> None:
    with trial.source() as source:
        source.abandon()
        assert source.next() is None
    with trial.source() as source:
        source.next()
        trial.wait_noted()
        source.look_ahead(0.0)
        trial.wait_noted()
        while trial.notes != [1]:  # taken, and not quite handed over yet
            source.abandon()


def test_a_note_that_can_not_be_removed_hides_no_error(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Note) -> None:
        raise OutputFailed("read-only", errno.EROFS)

    monkeypatch.setattr(Note, "remove", refuse)
    with pytest.raises(ZeroDivisionError), trial.source() as source:
        source.next()
        trial.wait_noted()
        source.look_ahead(0.0)
        trial.wait_noted()
        raise ZeroDivisionError


@pytest.mark.parametrize("ahead", [False, True])
def test_waiting_ends_when_the_child_is_to_stop(
    trial: Trial, ahead: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(seconds: float) -> None:
        assert seconds <= module.LONGEST_PAUSE_SECONDS
        trial.is_stopped = True

    monkeypatch.setattr(module.time, "sleep", sleep)
    trial.step_list = [Wait(FOR_EVER), Take(1, is_own=True)]
    with trial.source() as source:
        if ahead:
            source.look_ahead(0.0)
        assert in_time(source.next) is None
    assert trial.asked == [0]


def test_waiting_ends_when_the_chunk_ends(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of a frame on its way must not wait for another child's frame."""
    waits, slept = threading.Event(), threading.Event()

    def sleep(seconds: float) -> None:
        waits.set()
        slept.wait(0.001)

    monkeypatch.setattr(module.time, "sleep", sleep)
    trial.step_list = [Wait(FOR_EVER), Take(1, is_own=True)]

    def work() -> bool:
        with pytest.raises(ZeroDivisionError), trial.source() as source:
            source.look_ahead(0.0)
            assert waits.wait(LONG_SECONDS)
            raise ZeroDivisionError
        return True

    assert in_time(work)
    assert trial.notes == []


def test_after_a_wait_comes_the_next_step(trial: Trial) -> None:
    trial.step_list = [Wait(0.0), Wait(0.001), Take(7, is_own=True)]
    with trial.source() as source:
        assert in_time(lambda: numbers(source, 0.0)) == [7]


@pytest.mark.parametrize("ahead", [False, True])
def test_errors_come_out_where_the_frame_is_asked_for(trial: Trial, ahead: bool) -> None:
    with trial.source() as source:
        source.next()
        trial.error = OutputFailed("no note")
        if ahead:
            source.look_ahead(0.0)
        with pytest.raises(OutputFailed, match="no note"):
            source.next()


def test_errors_of_what_nobody_asks_for_any_more(trial: Trial) -> None:
    """What ended the chunk comes first."""
    trial.error = OutputFailed("no note")
    with pytest.raises(ZeroDivisionError), trial.source() as source:
        source.look_ahead(0.0)
        raise ZeroDivisionError


def test_errors_of_the_board_come_out_too(trial: Trial) -> None:
    trial.step_list = [OutputFailed("no record")]
    with trial.source() as source:
        source.look_ahead(0.0)
        with pytest.raises(OutputFailed, match="no record"):
            source.next()


def test_several_are_taken_ahead_where_taking_takes_as_long_as_a_frame(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk that takes a second for a file, frames of a second wait for no note."""
    now = iter(range(0, 10_000, 10))  # a step and a note take 20 seconds
    monkeypatch.setattr(module.time, "monotonic", lambda: float(next(now)))
    trial.step_list = [Take(n, is_own=True) for n in range(1, 9)]
    with trial.source() as source:
        source.next()
        source.look_ahead(20.0)
        for _ in range(3):
            trial.wait_noted()
        assert not trial.noted.acquire(timeout=MOMENT_SECONDS)
        assert trial.notes == [1, 2, 3]
        assert numbers(source, 20.0) == [2, 3, 4, 5, 6, 7, 8]
    assert trial.notes == list(range(1, 9))


def test_what_was_taken_far_ahead_is_given_back(trial: Trial) -> None:
    trial.step_list = [Take(n, is_own=True) for n in range(1, 9)]
    with trial.source() as source:
        source.next()
        trial.wait_noted()
        source.look_ahead(1e-9)  # far shorter than taking a frame
        for _ in range(MOST_AHEAD):
            trial.wait_noted()
        assert len(trial.notes) == 1 + MOST_AHEAD
    assert trial.notes == [1]
