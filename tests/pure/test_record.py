"""Records: written whole, read with distrust, and true only of the very files that they name."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import OutputFailed
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.publish import publish
from array_chunk_render.publishing.record import (
    Record,
    RecordedFile,
    faults,
    is_done,
    is_inside,
    read_record,
    record_from_json,
    write_record,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from publishing_trials import draft, made_folder, published_files, stage, system_calls

CONTENT = b"a picture"


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    """An output folder with one finished frame."""
    folder = made_folder(tmp_path / "out")
    (folder.root / "00001.png").write_bytes(CONTENT)
    write_record(folder, recorded(folder))
    return folder


def recorded(folder: OutputFolder, name: str = "00001.png", **more: Any) -> Record:
    there = (folder.root / "00001.png").stat()
    digest = hashlib.sha256(CONTENT).hexdigest()
    file = RecordedFile(name, there.st_size, there.st_mtime_ns, digest)
    return replace(draft(), files=(file,), **more)


def fields_of(folder: OutputFolder) -> dict[str, Any]:
    fields = json.loads(folder.record(1).read_bytes())
    assert isinstance(fields, dict)
    return fields


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
    def no_need(path: Path) -> str:
        raise AssertionError("size and time are as recorded: nothing needs to be read")

    assert faults(folder, recorded(folder), no_need) == []
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
    found = faults(folder, recorded_before(folder))
    assert [text.startswith(fault) for text in found] == ([True] if fault else [])
    assert is_done(folder, read_record(folder, 1), "ours") == (not fault)


def recorded_before(folder: OutputFolder) -> Record:
    record = read_record(folder, 1)
    assert record is not None
    return record


def test_two_frames_files_swapped(folder: OutputFolder) -> None:
    """Of equal size, each with its own time: found all the same."""
    first, second = folder.root / "00001.png", folder.root / "00002.png"
    second.write_bytes(b"b picture")
    time = first.stat().st_mtime_ns + 5
    os.utime(second, ns=(time, time))
    for source, target in ((first, "kept"), (second, first), (folder.root / "kept", second)):
        source.rename(folder.root / target)
    assert faults(folder, recorded_before(folder)) == [
        "00001.png holds other bytes than those recorded"
    ]


def test_a_folder_in_the_place_of_a_file(folder: OutputFolder) -> None:
    (folder.root / "00001.png").unlink()
    (folder.root / "00001.png").mkdir()
    assert faults(folder, recorded_before(folder)) == ["00001.png is not there"]


# --- records that somebody else wrote -----------------------------------------------------------

OUTSIDE = (
    "../secret",
    "a/../../secret",
    "/etc/passwd",
    "//etc/passwd",
    "",
    ".",
    "./.",
    "a/..",
    ".array_chunk/render.json",
    ".ARRAY_CHUNK/render.json",
    "./.array_chunk/frames/00002.json",
    "nul\0.png",
    "half\ud800.png",
)


@pytest.mark.parametrize("name", OUTSIDE, ids=ascii)
def test_names_that_are_not_inside(name: str) -> None:
    assert not is_inside(name)


@pytest.mark.parametrize(
    "name",
    ["00001.png", "compositor/a b/00001.exr", "..00001.png", "00001..png", "Ä\udcff.png", "a\\b"],
    ids=ascii,
)
def test_names_that_are_inside(name: str) -> None:
    assert is_inside(name)


def changed(**fields: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda record: {**record, **fields}


def changed_file(**fields: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda record: {**record, "files": [{**record["files"][0], **fields}]}


def without(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda record: {key: value for key, value in record.items() if key != name}


BAD_RECORDS = [
    pytest.param(lambda record: [], id="a list"),
    pytest.param(lambda record: None, id="null"),
    pytest.param(lambda record: "record", id="a text"),
    pytest.param(lambda record: 1, id="a number"),
    pytest.param(lambda record: {}, id="empty"),
    pytest.param(without("frame"), id="no frame"),
    pytest.param(without("files"), id="no files"),
    pytest.param(without("fingerprint"), id="no fingerprint"),
    pytest.param(without("render_id"), id="no render id"),
    pytest.param(changed(frame="1"), id="frame is a text"),
    pytest.param(changed(frame=2), id="frame is another"),
    pytest.param(changed(fingerprint=7), id="fingerprint is a number"),
    pytest.param(changed(render_id=["r"]), id="render id is a list"),
    pytest.param(changed(files=[]), id="of no file"),
    pytest.param(changed(files=None), id="files is null"),
    pytest.param(changed(files={"name": "00001.png"}), id="files is an object"),
    pytest.param(changed(files=["00001.png"]), id="a file is a text"),
    pytest.param(changed(files=[None]), id="a file is null"),
    pytest.param(changed(later_version=True), id="unknown key"),
    pytest.param(changed_file(colour="red"), id="unknown key of a file"),
    pytest.param(changed_file(size="9"), id="size is a text"),
    pytest.param(changed_file(size=9.0), id="size is no whole number"),
    pytest.param(changed_file(mtime_ns=None), id="time is null"),
    pytest.param(changed_file(digest=None), id="digest is null"),
    pytest.param(changed_file(name=None), id="name is null"),
    *(pytest.param(changed_file(name=name), id=f"name {name!a}") for name in OUTSIDE),
]


@pytest.mark.parametrize("change", BAD_RECORDS)
def test_a_bad_record_counts_for_none(
    folder: OutputFolder, tmp_path: Path, change: Callable[[dict[str, Any]], Any]
) -> None:
    folder.record(1).write_text(json.dumps(change(fields_of(folder))))
    assert read_record(folder, 1) is None
    render_again(folder, tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"\xff\xfe\x00", id="no text"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b'{"a":' * 100_000, id="objects without end"),
        pytest.param(b'{"frame": ' + b"9" * 5_000 + b"}", id="a number without end"),
        pytest.param(b"x" * 5_000_000, id="of five megabytes"),
    ],
)
def test_what_is_no_json_counts_for_none(
    folder: OutputFolder, tmp_path: Path, content: bytes
) -> None:
    folder.record(1).write_bytes(content)
    assert read_record(folder, 1) is None
    with pytest.raises(ValueError, match=r"."):
        record_from_json(content)
    render_again(folder, tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("x" * 5_000, id="longer than any name"),
        pytest.param("compositor", id="a folder"),
        pytest.param("00001.png/a", id="below a file"),
        pytest.param("loop", id="a link to itself"),
        pytest.param("nothing.png", id="not there"),
    ],
)
def test_a_record_of_what_can_be_no_file(folder: OutputFolder, tmp_path: Path, name: str) -> None:
    """It is sound, so it is believed, and found to be wrong; nothing is removed by its word."""
    (folder.root / "compositor").mkdir()
    (folder.root / "loop").symlink_to("loop")
    write_record(folder, recorded(folder, name))
    assert faults(folder, recorded_before(folder)) == [f"{name} is not there"]
    render_again(folder, tmp_path)
    assert (folder.root / "compositor").is_dir()


NAMES = st.sampled_from(OUTSIDE)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(["frame", "fingerprint", "render_id", "files", "seconds", "adopted", "x"])
FILE_KEYS = st.sampled_from(["name", "size", "mtime_ns", "digest", "x"])


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    fields=st.dictionaries(KEYS, JSON, max_size=3),
    file=st.dictionaries(FILE_KEYS, JSON, max_size=2),
)
def test_no_record_can_do_harm(
    tmp_path: Path, fields: dict[str, Any], file: dict[str, Any]
) -> None:
    folder = made_folder(tmp_path / "out")
    (folder.root / "00001.png").write_bytes(CONTENT)
    write_record(folder, recorded(folder))
    secret = tmp_path / "secret"
    secret.write_bytes(b"not ours")
    hostile = {**changed_file(**file)(fields_of(folder)), **fields}
    folder.record(1).write_text(json.dumps(hostile))
    record = read_record(folder, 1)
    assert is_done(folder, record, "ours") in (True, False)
    render_again(folder, tmp_path)
    assert secret.read_bytes() == b"not ours"


def render_again(folder: OutputFolder, tmp_path: Path) -> None:
    """A child with another fingerprint renders the frame: whatever is there may not stop it."""
    number = len(list(tmp_path.iterdir()))
    staged = stage(tmp_path / f"stage {number}", {"00001.png": b"rendered again"})
    new = draft(fingerprint="new")
    published = publish(folder, staged, new, lambda record: False, lambda: None)
    assert read_record(folder, 1) == published.record
    assert published_files(folder.root)["00001.png"] == b"rendered again"
