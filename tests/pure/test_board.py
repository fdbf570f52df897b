"""What a child sees of its frames and of others', with claims and without."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.child.board import FolderBoard
from array_chunk_render.chunking.errors import OutputFailed
from array_chunk_render.publishing.record import write_record
from claimed import HELPER, OURS, Claimed
from failing_system import system_calls
from publishing_trials import CONTENT, destination, recorded

pytestmark = pytest.mark.usefixtures("nothing_waits_for_the_disk")
OWN = range(1, 5)


@pytest.fixture
def claimed(tmp_path: Path) -> Claimed:
    claimed = Claimed(tmp_path)
    (claimed.folder.root / "00001.png").write_bytes(CONTENT)
    return claimed


def finish(claimed: Claimed, frame: int, seconds: float = 3.0, fingerprint: str = "ours") -> None:
    """Somebody has the frame done."""
    record = replace(recorded(claimed.folder), frame=frame, seconds=seconds)
    write_record(claimed.folder, replace(record, fingerprint=fingerprint))


def board_of(claimed: Claimed, shares: bool) -> FolderBoard:
    board = FolderBoard(destination(claimed.folder), OWN)
    if shares:
        board.share(claimed.claims())
    return board


@pytest.fixture
def alone(claimed: Claimed) -> FolderBoard:
    return board_of(claimed, shares=False)


@pytest.fixture
def board(claimed: Claimed) -> FolderBoard:
    return board_of(claimed, shares=True)


def test_alone_nothing_is_claimed_or_looked_at(claimed: Claimed, alone: FolderBoard) -> None:
    finish(claimed, 2)
    claimed.plant(HELPER, 1)
    calls: list[str] = []
    with system_calls(lambda name, arguments, perform: (calls.append(name), perform())[1]):
        assert not alone.is_done(2)
        assert not alone.is_taken(1)
        assert not alone.is_in_lane(1)
        assert alone.take(1)
        alone.begin(1)
        assert alone.is_done(1)
        alone.end(1, is_delivered=True)
        alone.close()
    assert calls == []
    assert claimed.says()["by"]["run"] == HELPER.run


def test_what_is_taken_is_claimed_and_counts_as_done_here(
    claimed: Claimed, board: FolderBoard
) -> None:
    assert not board.is_done(1)
    assert board.take(1)
    assert claimed.says()["by"]["run"] == OURS.run
    assert board.is_done(1)
    board.begin(1)
    board.end(1, is_delivered=True)
    assert board.is_done(1)
    assert claimed.names == []


def test_a_frame_that_failed_is_not_done_and_keeps_its_claim(
    claimed: Claimed, board: FolderBoard
) -> None:
    assert board.take(1)
    board.begin(1)
    board.end(1, is_delivered=False)
    assert not board.is_done(1)
    assert claimed.says()["failed"] is True


def test_what_others_have_done(claimed: Claimed, board: FolderBoard) -> None:
    finish(claimed, 2)
    finish(claimed, 3, fingerprint="another render's")
    assert [board.is_done(frame) for frame in (1, 2, 3)] == [False, True, False]


def test_done_since_the_last_look_and_before_the_claim(
    claimed: Claimed, board: FolderBoard
) -> None:
    assert not board.is_done(1)
    finish(claimed, 1)
    assert not board.take(1)
    assert claimed.names == []


@pytest.mark.parametrize("frame", [1, 9])
def test_what_another_has_claimed(claimed: Claimed, board: FolderBoard, frame: int) -> None:
    claimed.plant(HELPER, frame)
    assert board.is_taken(frame)
    assert not board.is_in_lane(frame)
    assert not board.take(frame)
    assert not board.is_done(frame)


@pytest.mark.parametrize("frame", [1, 9])
def test_an_old_claim_is_taken_over(claimed: Claimed, board: FolderBoard, frame: int) -> None:
    claimed.plant(HELPER, frame, age=3600.0)
    assert not board.is_taken(frame)
    assert board.take(frame)


def test_a_failed_claim_is_taken_over_on_own_frames_only(
    claimed: Claimed, board: FolderBoard
) -> None:
    for frame in (1, 9):
        claimed.plant(HELPER, frame, failed=True)
    assert board.take(1)
    assert board.is_taken(9)
    assert not board.take(9)


def test_sharing_from_the_middle_on_claims_what_is_under_way(claimed: Claimed) -> None:
    board = board_of(claimed, shares=False)
    for frame in (1, 2, 3):
        assert board.take(frame)
    board.end(1, is_delivered=True)
    board.share(claimed.claims())
    assert claimed.names == ["00002", "00003"]
    board.end(2, is_delivered=True)
    assert claimed.names == ["00003"]


def test_a_frame_that_is_begun_without_a_claim(claimed: Claimed, board: FolderBoard) -> None:
    """Its helper was waited for long enough: it is this child's now, and the claim is not."""
    claimed.plant(HELPER, 1)
    assert not board.take(1)
    board.begin(1)
    assert board.is_done(1)
    board.end(1, is_delivered=True)
    assert claimed.says()["by"]["run"] == HELPER.run


def test_how_long_a_frame_took(claimed: Claimed, board: FolderBoard) -> None:
    finish(claimed, 1, seconds=7.0)
    finish(claimed, 2, seconds=8.0, fingerprint="another render's")
    assert [board.seconds(frame) for frame in (1, 2, 3)] == [7.0, None, None]


def test_closing_gives_back_what_is_not_delivered(claimed: Claimed, board: FolderBoard) -> None:
    for frame in (1, 2, 3):
        assert board.take(frame)
    board.begin(1)
    board.end(2, is_delivered=True)
    board.close()
    assert claimed.names == []


def test_records_that_can_not_be_read_are_an_error(claimed: Claimed, board: FolderBoard) -> None:
    def fail(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        if name == "open" and arguments[0] == claimed.folder.record(1):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return perform()

    for look in (board.is_done, board.take, board.seconds):
        with system_calls(fail), pytest.raises(OutputFailed):
            look(1)
    board.close()
    assert claimed.names == []
