"""Frames in work: what is written down of them when they end well, badly, or not at all."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from array_chunk_render.child import in_work as module
from array_chunk_render.child.board import FolderBoard
from array_chunk_render.child.in_work import InWork, Pace, Progress
from array_chunk_render.child.taking import Assignment
from array_chunk_render.chunking.errors import OutputFailed, RenderFailed
from array_chunk_render.publishing.notes import Note, read_notes
from array_chunk_render.publishing.publish import Published
from array_chunk_render.publishing.verdict import Verdict
from claimed import Claimed
from deliveries import rendered
from failing_system import Perform, system_calls
from publishing_trials import destination

pytestmark = pytest.mark.usefixtures("nothing_waits_for_the_disk")
OWN = range(1, 5)
HELPED = 9


class Trial:
    """A child with four frames of its own, of which an earlier attempt ended in the second."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.claimed = Claimed(home)
        self.folder = self.claimed.folder
        self.verdict = Verdict(wanted=list(OWN))
        Note.make(self.folder, 2, 77)
        self.destination = destination(self.folder)
        self.board = FolderBoard(self.destination, OWN)
        self.board.share(self.claimed.claims())
        noted = read_notes(self.folder, OWN)
        self.progress: list[Progress] = []
        self.pace = Pace(len(OWN), 0, self.progress.append)
        self.work = InWork(self.destination, self.board, self.verdict, OWN, noted, self.pace)

    def begin(self, *frames: int) -> None:
        for frame in frames:
            assert self.board.take(frame)
            self.work.begin(Assignment(frame, frame in OWN, Note.make(self.folder, frame, 1)))

    def end(self, frame: int, *removed: str) -> None:
        there = rendered(self.home, frame)
        self.work.end(there, Published(there.draft, removed))

    @property
    def notes(self) -> list[str]:
        return sorted(path.name.rpartition(".")[0] for path in self.folder.notes.iterdir())


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(tmp_path)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    logger = logging.getLogger(module.__name__)
    logger.addHandler(caplog.handler)
    logger.setLevel(logging.INFO)
    yield caplog
    logger.removeHandler(caplog.handler)


def test_a_frame_that_is_begun_has_a_claim_and_a_note(trial: Trial) -> None:
    trial.begin(1)
    assert trial.claimed.names == ["00001"]
    assert trial.notes == ["00001.1", "00002.77"]
    assert trial.board.is_done(1)


def test_a_frame_that_is_begun_without_a_claim(trial: Trial) -> None:
    """Its helper was waited for long enough: from here on it counts as taken."""
    trial.claimed.plant(frame=1)
    assert not trial.board.take(1)
    trial.work.begin(Assignment(1, True, Note.make(trial.folder, 1, 1)))
    assert trial.board.is_done(1)


def test_a_frame_that_is_published(trial: Trial) -> None:
    trial.begin(1)
    trial.end(1)
    assert trial.verdict.rendered == [1]
    assert trial.notes == ["00002.77"]
    assert trial.claimed.names == []
    trial.pace.show()
    assert [each.frame for each in trial.progress] == [1]
    assert trial.progress[0].seconds == 2.0


def test_notes_of_earlier_attempts_go_with_it(trial: Trial) -> None:
    trial.begin(2)
    assert trial.notes == ["00002.1", "00002.77"]
    trial.end(2)
    assert trial.notes == []


def test_a_frame_of_another_child(trial: Trial, said: pytest.LogCaptureFixture) -> None:
    trial.begin(HELPED)
    trial.end(HELPED)
    assert (trial.verdict.rendered, trial.verdict.helped) == ([], [HELPED])
    trial.pace.show()
    assert trial.progress == [], "it is no part of this child's chunk"
    assert "frame 9 · 2.0 s · for another child" in said.text


def test_files_that_the_frame_has_no_more_are_said(
    trial: Trial, said: pytest.LogCaptureFixture
) -> None:
    trial.begin(1)
    trial.end(1, "00001.jpg", "00001_R.jpg")
    assert "frame 1: removed what it has no more: 00001.jpg, 00001_R.jpg" in said.text


def hold_failed(trial: Trial, frame: int) -> None:
    assert trial.notes == ["00002.77"], "Blender failed, and did not crash"
    assert trial.claimed.says(frame)["failed"] is True
    assert not trial.board.is_done(frame)
    assert trial.verdict.rendered == trial.verdict.helped == []


@pytest.mark.parametrize("where", ["in Blender", "in its files"])
def test_a_frame_that_failed(trial: Trial, where: str) -> None:
    trial.begin(1)
    error = RenderFailed("out of memory")
    if where == "in Blender":
        trial.work.fail(1, error)
    else:
        trial.work.end(rendered(trial.home, 1), error)
    hold_failed(trial, 1)
    assert trial.verdict.failed == {1: "out of memory"}
    assert trial.verdict.warnings == []


def test_a_frame_of_another_child_that_failed_here(trial: Trial) -> None:
    trial.begin(HELPED)
    trial.work.fail(HELPED, RenderFailed("out of memory"))
    hold_failed(trial, HELPED)
    assert trial.verdict.failed == {}
    (warning,) = trial.verdict.warnings
    assert warning == "Frame 9 of another child failed here: out of memory"


def test_a_frame_that_is_given_back(trial: Trial) -> None:
    trial.begin(1)
    trial.work.give_back(1)
    assert trial.notes == ["00002.77"]
    assert trial.verdict.failed == {}
    trial.board.close()
    assert trial.claimed.names == []


def refuse_unlink(name: str, arguments: tuple[object, ...], perform: Perform) -> object:
    if name == "unlink":
        raise PermissionError(13, "no")
    return perform()


def test_a_note_that_stays_hides_no_error(trial: Trial) -> None:
    trial.begin(1)
    with system_calls(refuse_unlink):
        trial.work.give_back(1)
    assert trial.notes == ["00001.1", "00002.77"]


def test_a_note_that_stays_after_a_good_frame_is_an_error(trial: Trial) -> None:
    """It would have the frame rendered last, or given up, another time."""
    trial.begin(1)
    with system_calls(refuse_unlink), pytest.raises(OutputFailed):
        trial.end(1)
    assert trial.verdict.rendered == [1], "it is there all the same"


def test_frames_end_in_many_threads_at_once(tmp_path: Path) -> None:
    own = range(1, 65)
    trial = Trial(tmp_path)
    pace = Pace(len(own), 0, trial.progress.append)
    trial.work = InWork(trial.destination, trial.board, trial.verdict, own, {}, pace)
    for frame in own:
        trial.work.begin(Assignment(frame, True, Note.make(trial.folder, frame, 1)))
    threads = [threading.Thread(target=trial.end, args=(frame,)) for frame in own]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(trial.verdict.rendered) == list(own)
    pace.show()
    assert {each.done for each in trial.progress} == set(own)
    assert trial.notes == ["00002.77"]
