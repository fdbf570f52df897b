"""Whether a chunk is complete, and what is said where it is not."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.child.completeness import Completeness
from array_chunk_render.chunking.errors import (
    FramesGivenUp,
    Interrupted,
    OutputFailed,
    RenderFailed,
)
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.publishing import destination as module
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.record import Record, write_record
from array_chunk_render.publishing.verdict import Verdict
from loop_trials import DrawingRenderer
from publishing_trials import CONTENT, destination, made_folder, recorded

pytestmark = pytest.mark.usefixtures("nothing_waits_for_the_disk")
CHUNK = FrameSet.range(1, 4, 1)


class Trial:
    """A chunk of four frames, none of them done, and its verdict."""

    def __init__(self, folder: OutputFolder) -> None:
        self.folder = folder
        self.verdict = Verdict(fingerprint="ours", wanted=list(CHUNK))
        (folder.root / "00001.png").write_bytes(CONTENT)

    def finish(self, *frames: int, fingerprint: str = "ours") -> None:
        for frame in frames:
            record = replace(recorded(self.folder), frame=frame, fingerprint=fingerprint)
            write_record(self.folder, record)

    def completeness(self, pauses: tuple[float, ...] = ()) -> Completeness:
        settings, output = Settings(frame_attempts=2), destination(self.folder, pauses)
        return Completeness(settings, output, CHUNK, self.verdict, DrawingRenderer())


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(made_folder(tmp_path / "out"))


def test_all_is_done_by_whomever(trial: Trial) -> None:
    trial.finish(*CHUNK)
    trial.verdict.rendered += [1, 2]
    trial.verdict.reused.append(3)  # and the last one a helper rendered
    trial.completeness().refuse_unfinished("SIGTERM")
    trial.completeness().refuse_incomplete()


def test_what_was_found_done_is_not_looked_at_again(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "read_record", None)
    trial.verdict.reused, trial.verdict.adopted = [1, 2, 3], [4]
    trial.completeness().refuse_incomplete()


@pytest.mark.parametrize("fingerprint", ["ours", "another render's"])
def test_frames_that_are_gone_again(trial: Trial, fingerprint: str) -> None:
    trial.finish(1, 3)
    trial.finish(2, 4, fingerprint=fingerprint)
    trial.verdict.rendered += list(CHUNK)
    if fingerprint == "ours":
        trial.completeness().refuse_incomplete()
        return
    with pytest.raises(OutputFailed, match="Frames 2,4 were written") as raised:
        trial.completeness().refuse_incomplete()
    assert raised.value.errno == errno.EBUSY


def test_frames_that_are_there_again_in_a_moment(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of this child publishes the frame once more."""
    trial.finish(1, 2, 3)
    trial.verdict.rendered += list(CHUNK)
    monkeypatch.setattr("time.sleep", lambda seconds: trial.finish(4))
    trial.completeness(pauses=(0.5,)).refuse_incomplete()


def test_frames_that_failed(trial: Trial) -> None:
    trial.finish(1, 2)
    trial.verdict.rendered += [1, 2]
    trial.verdict.failed = {3: "out of memory", 4: "out of memory"}
    trial.completeness().refuse_unfinished("SIGTERM")
    with pytest.raises(RenderFailed, match="failed on 2 of 4 frames: 3,4"):
        trial.completeness().refuse_incomplete()


def test_frames_that_are_given_up(trial: Trial) -> None:
    trial.finish(1, 2, 4)
    trial.verdict.rendered += [1, 2, 4]
    trial.verdict.given_up = {3: "Segmentation fault"}
    trial.completeness().refuse_unfinished("SIGTERM")
    with pytest.raises(FramesGivenUp, match="Frames 3 are given up.* in 2 attempts"):
        trial.completeness().refuse_incomplete()


def test_a_child_that_was_stopped_names_what_is_left(trial: Trial) -> None:
    trial.finish(1, 2)
    trial.verdict.rendered.append(1)
    with pytest.raises(Interrupted, match="SIGTERM: not done of this chunk: 3,4"):
        trial.completeness().refuse_unfinished("SIGTERM")


@pytest.mark.parametrize("moved", [".array_chunk", ".array_chunk/frames", "compositor"])
def test_folders_that_were_moved_away_while_they_were_held(trial: Trial, moved: str) -> None:
    """What went there is not where a reader looks for it."""
    trial.folder.held.make("compositor")
    (trial.folder.root / "compositor" / "00001.png").write_bytes(CONTENT)
    for frame in CHUNK:
        (trial.folder.root / "00001.png").write_bytes(CONTENT)
        record = recorded(trial.folder, frame=frame)
        there = (trial.folder.root / "compositor" / "00001.png").stat()
        file = replace(record.files[0], name="compositor/00001.png", mtime_ns=there.st_mtime_ns)
        write_record(trial.folder, replace(record, files=(file,)))
    trial.verdict.rendered += list(CHUNK)
    assert all(destination(trial.folder).has(frame) for frame in CHUNK)
    (trial.folder.root / moved).rename(trial.folder.root / "moved")
    (trial.folder.root / moved).mkdir()
    with pytest.raises(OutputFailed, match="Frames 1-4 were written to"):
        trial.completeness().refuse_incomplete()


def test_nobody_asked_to_stop(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "read_record", None)
    trial.completeness().refuse_unfinished("")


def test_a_bad_moment_of_the_disk_passes(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    trial.finish(*CHUNK)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr(module, "read_record", failing_once(module.read_record))
    trial.completeness(pauses=(0.5,)).refuse_unfinished("SIGTERM")


def failing_once(read: Callable[..., Record | None]) -> Callable[..., Record | None]:
    errors = [OutputFailed("stale", errno.ESTALE)]

    def fail(*arguments: Any) -> Record | None:
        if errors:
            raise errors.pop()
        return read(*arguments)

    return fail
