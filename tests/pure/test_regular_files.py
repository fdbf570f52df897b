"""Names that others have given: of what is no file nothing is read, and nothing is waited for."""

from __future__ import annotations

import errno
import os
import socket
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import BlendUnreadable
from array_chunk_render.chunking.regular_files import (
    NotAFile,
    open_regular,
    read_regular,
    special_kind,
)
from array_chunk_render.command_line import blend_file
from array_chunk_render.command_line.blend_file import check_blend
from array_chunk_render.publishing.fingerprint import sample_digest, whole_digest


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(os.path.relpath(path))


def read_ten(path: Path) -> bytes:
    return read_regular(path, 10)


KINDS = [
    pytest.param(pipe, "a named pipe", id="pipe"),
    pytest.param(device, "a device", id="device"),
    pytest.param(a_socket, "a socket", id="socket"),
]


@pytest.mark.parametrize(("make", "kind"), KINDS)
@pytest.mark.parametrize("read", [open_regular, read_ten, sample_digest, whole_digest])
def test_what_is_no_file_is_refused(
    tmp_path: Path, make: Callable[[Path], None], kind: str, read: Callable[[Path], Any]
) -> None:
    path = tmp_path / "it"
    make(path)
    with pytest.raises(NotAFile, match=f"it is {kind}, not a file"):
        read(path)
    assert special_kind(path) == kind


@pytest.mark.parametrize(("make", "kind"), KINDS)
def test_a_blend_that_is_no_file(tmp_path: Path, make: Callable[[Path], None], kind: str) -> None:
    path = tmp_path / "scene.blend"
    make(path)
    with pytest.raises(BlendUnreadable, match=f"can't be read: it is {kind}, not a file"):
        check_blend(path)


def test_files_folders_and_nothing_are_nothing_special(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"some")
    link = tmp_path / "link"
    link.symlink_to(file)
    assert [special_kind(each) for each in (file, link, tmp_path, tmp_path / "none")] == [""] * 4
    with open_regular(link) as opened:
        assert opened.read() == b"some"
    with pytest.raises(IsADirectoryError) as raised:
        open_regular(tmp_path)
    assert raised.value.errno == errno.EISDIR


@pytest.mark.parametrize("length", [0, 9, 10])
def test_all_of_a_file_is_read(tmp_path: Path, length: int) -> None:
    path = tmp_path / "it"
    path.write_bytes(b"x" * length)
    assert read_ten(path) == b"x" * length


@pytest.mark.parametrize("length", [11, 3 << 30])
def test_of_a_longer_file_no_more_than_the_limit_is_read(tmp_path: Path, length: int) -> None:
    path = tmp_path / "it"
    path.touch()
    os.truncate(path, length)
    tracemalloc.start()
    try:
        with pytest.raises(OSError, match="more than 10 bytes"):
            read_ten(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_file_that_is_exchanged_for_a_pipe_while_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "it"
    path.write_bytes(b"")
    stat = os.stat

    def exchanging(*arguments: Any, **named: Any) -> os.stat_result:
        there = stat(*arguments, **named)
        path.unlink()
        os.mkfifo(path)
        return there

    monkeypatch.setattr(os, "stat", exchanging)
    descriptors = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc") else set()
    with pytest.raises(NotAFile):
        open_regular(path)
    if descriptors:
        assert set(os.listdir("/proc/self/fd")) == descriptors


def test_a_blend_larger_than_any(tmp_path: Path) -> None:
    path = tmp_path / "scene.blend"
    with path.open("wb") as file:
        file.write(b"BLENDER17-01v0500" + struct.pack("<4siQqq", b"DATA", 0, 0, 1 << 40, 1))
        file.truncate(1 << 41)
    with pytest.raises(BlendUnreadable, match=r"more than any \.blend"):
        check_blend(path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            b"BLENDER17-01v0500" + struct.pack("<4siQqq", b"DATA", 0, 0, 0, 1) * 1000, id="plain"
        ),
        pytest.param(struct.pack("<II", 0x184D2A50, 0) * 1000, id="frames"),
        pytest.param(
            struct.pack("<IBB", 0xFD2FB528, 0, 0) + b"\x0a\0\0\0" * 1000, id="blocks of a frame"
        ),
    ],
)
def test_of_too_many_parts_only_some_are_walked(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blender is left to say what is wrong with it: a whole file is never refused."""
    monkeypatch.setattr(blend_file, "MOST_PARTS", 100)
    read: list[int] = []
    part = blend_file._part

    def counted(*arguments: Any) -> bytes:
        read.append(1)
        return part(*arguments)

    monkeypatch.setattr(blend_file, "_part", counted)
    path = tmp_path / "scene.blend"
    path.write_bytes(content)
    check_blend(path)
    assert len(read) < 3 * 100
