"""Records that somebody else wrote: none of them does harm, or stops a child."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.publish import publish
from array_chunk_render.publishing.record import (
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
from publishing_trials import (
    CONTENT,
    draft,
    folder_with_a_frame,
    made_folder,
    published_files,
    recorded,
    stage,
    there,
)


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    return folder_with_a_frame(tmp_path / "out")


def fields_of(folder: OutputFolder) -> dict[str, Any]:
    fields = json.loads(folder.record(1).read_bytes())
    assert isinstance(fields, dict)
    return fields


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
    pytest.param(changed_file(name="x" * 256), id="name is longer than any"),
    pytest.param(changed_file(name="compositor/" + "9" * 5_000), id="digits without end"),
    pytest.param(changed_file(name="x/" * 2_500 + "x"), id="folders without end"),
    pytest.param(lambda record: {**record, "files": record["files"] * 10_001}, id="files no end"),
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
    assert faults(folder, there(folder)) == [f"{name} is not there"]
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


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    published = publish(folder, staged, new, lambda record: False, lambda: None, set())
    assert read_record(folder, 1) == published.record
    assert published_files(folder.root)["00001.png"] == b"rendered again"


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["a.png", "a.png"], id="twice"),
        pytest.param(["a.png", "a.png/b/c.png"], id="one below the other"),
        pytest.param(["é" * 255], id="longer than any name"),
        pytest.param([f"{number}.png" for number in range(3)], id="too many bytes together"),
    ],
)
def test_files_that_no_frame_has(names: list[str]) -> None:
    """To look at them takes long, or comes to an error at each frame."""
    files = tuple(RecordedFile(name, 30 << 30, 0, "") for name in names)
    with pytest.raises(ValueError, match=r"."):
        record_from_json(replace(draft(), files=files).to_json())
