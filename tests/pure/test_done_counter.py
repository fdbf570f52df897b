"""Frames that are done, counted again and again without reading all records again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import OutputFailed
from array_chunk_render.chunking.frames import frames_from
from array_chunk_render.publishing import done_counter
from array_chunk_render.publishing.done_counter import DoneCounter
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.pin import Pin
from array_chunk_render.publishing.record import Record, RecordedFile


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    made = OutputFolder(tmp_path / "out")
    made.make()
    pin(made, "ours")
    return made


def pin(folder: OutputFolder, fingerprint: str) -> None:
    folder.pin.write_bytes(Pin(fingerprint, "job").to_json())


def record(folder: OutputFolder, frame: int, fingerprint: str = "ours") -> None:
    file = RecordedFile(f"{frame:05d}.png", 1, 1, "digest")
    temporary = folder.record(frame).with_suffix(".new")
    temporary.write_bytes(Record(frame, fingerprint, "job", (file,)).to_json())
    temporary.replace(folder.record(frame))


def test_frames_are_counted_as_they_come_and_go(folder: OutputFolder) -> None:
    counter = DoneCounter(folder, frames_from("1-3"))
    assert counter.count() == 0
    record(folder, 2)
    record(folder, 9)  # not wanted
    assert counter.count() == 1
    record(folder, 3)
    assert counter.count() == 2
    folder.record(2).unlink()
    assert counter.count() == 1


def test_those_of_another_render_are_not(folder: OutputFolder) -> None:
    counter = DoneCounter(folder, frames_from("1-3"))
    record(folder, 1, "theirs")
    record(folder, 2)
    folder.record(3).write_text("{")
    assert counter.count() == 1
    record(folder, 1)
    record(folder, 3)
    assert counter.count() == 3
    pin(folder, "theirs")
    assert counter.count() == 0


def test_each_record_is_read_once(folder: OutputFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    true_read = done_counter.read_record
    monkeypatch.setattr(
        done_counter, "read_record", lambda *told: (read.append(told[1]), true_read(*told))[1]
    )
    counter = DoneCounter(folder, frames_from("1-4"))
    record(folder, 1)
    record(folder, 2, "theirs")
    for _ in range(3):
        counter.count()
    record(folder, 3)
    counter.count()
    assert sorted(read) == [1, 2, 3]


def test_a_folder_that_is_not_there_and_one_without_records(tmp_path: Path) -> None:
    output = OutputFolder(tmp_path / "out")
    counter = DoneCounter(output, frames_from("1"))
    assert counter.count() is None
    output.root.mkdir()
    assert counter.count() == 0


def test_a_folder_that_can_t_be_read_is_said(
    folder: OutputFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(OutputFailed, match="Permission denied"):
        DoneCounter(folder, frames_from("1")).count()
