"""Records: written whole, read with distrust, and true only of the very files that they name."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import OutputFailed
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.record import faults, is_done, read_record, write_record
from failing_system import system_calls
from publishing_trials import CONTENT, folder_with_a_frame, recorded, there


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    return folder_with_a_frame(tmp_path / "out")


def test_a_record_comes_back_as_it_was_written(folder: OutputFolder) -> None:
    record = recorded(folder, seconds=1.25, child="3 of 10", attempt=2, process="host-7")
    write_record(folder, record)
    assert read_record(folder, 1) == record
    assert list(folder.temporaries.iterdir()) == []


@pytest.mark.parametrize(
    ("frame", "name"),
    [(1, "00001.json"), (-3, "-0003.json"), (0, "00000.json"), (123456, "123456.json")],
)
def test_names_of_records(tmp_path: Path, frame: int, name: str) -> None:
    assert OutputFolder(tmp_path).record(frame) == tmp_path / ".array_chunk" / "frames" / name


def test_no_record(tmp_path: Path) -> None:
    assert read_record(OutputFolder(tmp_path), 1) is None
    assert not is_done(OutputFolder(tmp_path), None, "ours")


def test_a_record_under_another_frames_name_counts_for_none(folder: OutputFolder) -> None:
    folder.record(2).write_bytes(folder.record(1).read_bytes())
    assert read_record(folder, 2) is None


@pytest.mark.parametrize("error", [errno.EIO, errno.EACCES, errno.ESTALE])
def test_a_file_system_that_fails_is_no_missing_record(folder: OutputFolder, error: int) -> None:
    """Only then may the frame be rendered again: it could be done."""

    def fail(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        raise OSError(error, os.strerror(error))

    record = read_record(folder, 1)
    assert record is not None
    with system_calls(fail):
        with pytest.raises(OutputFailed, match=rf"00001\.json.*{os.strerror(error)}"):
            read_record(folder, 1)
        with pytest.raises(OutputFailed, match=rf"00001\.png.*{os.strerror(error)}"):
            faults(folder, record)


# --- is it done? --------------------------------------------------------------------------------


def test_as_recorded(folder: OutputFolder) -> None:
    def no_need(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        assert arguments[0] != folder.root / "00001.png" or name != "open"
        return perform()

    with system_calls(no_need):  # size and time are as recorded: nothing needs to be read
        assert faults(folder, recorded(folder)) == []
    assert is_done(folder, read_record(folder, 1), "ours")
    assert not is_done(folder, read_record(folder, 1), "another")


@pytest.mark.parametrize(
    ("content", "nanoseconds", "fault"),
    [
        pytest.param(CONTENT, 10**9, "", id="copied, restored"),
        pytest.param(b"a pictura", 10**9, "00001.png holds other bytes", id="other bytes"),
        pytest.param(b"a pic", 0, "00001.png has 5 bytes, not 9", id="cut off, time put back"),
        pytest.param(None, 0, "00001.png is not there", id="gone"),
    ],
)
def test_a_file_that_changed(
    folder: OutputFolder, content: bytes | None, nanoseconds: int, fault: str
) -> None:
    path = folder.root / "00001.png"
    time = path.stat().st_mtime_ns - nanoseconds
    path.unlink()
    if content is not None:
        path.write_bytes(content)
        os.utime(path, ns=(time, time))
    found = faults(folder, there(folder))
    assert [text.startswith(fault) for text in found] == ([True] if fault else [])
    assert is_done(folder, read_record(folder, 1), "ours") == (not fault)


def test_two_frames_files_swapped(folder: OutputFolder) -> None:
    """Of equal size, each with its own time: found all the same."""
    first, second = folder.root / "00001.png", folder.root / "00002.png"
    second.write_bytes(b"b picture")
    time = first.stat().st_mtime_ns + 5
    os.utime(second, ns=(time, time))
    for source, target in ((first, "kept"), (second, first), (folder.root / "kept", second)):
        source.rename(folder.root / target)
    assert faults(folder, there(folder)) == ["00001.png holds other bytes than those recorded"]


def test_a_folder_in_the_place_of_a_file(folder: OutputFolder) -> None:
    (folder.root / "00001.png").unlink()
    (folder.root / "00001.png").mkdir()
    assert faults(folder, there(folder)) == ["00001.png is not there"]
