"""Is a .blend whole? Every kind of header, every length that it can be cut to, and no whole one
refused."""

from __future__ import annotations

import errno
import gzip
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import BlendUnreadable
from array_chunk_render.command_line.blend_file import check_blend
from blend_bytes import SEEKABLE, block, bytes_read, is_whole, plain
from failing_system import system_calls

HEADERS = [
    pytest.param(b"BLENDER-v402", "<4siQii", id="4.2"),
    pytest.param(b"BLENDER_v279", "<4siIii", id="pointers of 4 bytes"),
    pytest.param(b"BLENDER-V249", ">4siQii", id="big endian"),
    pytest.param(b"BLENDER_V240", ">4siIii", id="big endian, pointers of 4 bytes"),
    pytest.param(b"BLENDER17-01v0500", "5.0", id="5.0"),
]
headers = pytest.mark.parametrize(("header", "head"), HEADERS)


@headers
def test_whole_files(tmp_path: Path, header: bytes, head: str) -> None:
    assert is_whole(tmp_path, plain(header, head))


@headers
def test_files_cut_at_every_place(tmp_path: Path, header: bytes, head: str) -> None:
    """At every byte of headers, and here and there inside of what they head."""
    content = plain(header, head)
    cuts = {*range(400), *range(400, len(content), 997), *range(len(content) - 60, len(content))}
    assert [cut for cut in sorted(cuts) if is_whole(tmp_path, content[:cut])] == []


@headers
def test_what_follows_the_last_block_does_no_harm(tmp_path: Path, header: bytes, head: str) -> None:
    assert is_whole(tmp_path, plain(header, head) + b"\0" * 100)


@headers
def test_a_part_is_missing_in_the_middle(tmp_path: Path, header: bytes, head: str) -> None:
    content = plain(header, head)
    assert not is_whole(tmp_path, content[:20_000] + content[30_000:])


@headers
@pytest.mark.parametrize("start", [12, 300, 20_000])
def test_zeros_in_place_of_the_rest(tmp_path: Path, header: bytes, head: str, start: int) -> None:
    """As a disk leaves it that had promised the room. They are not taken for empty blocks: of a
    gigabyte there would be many."""
    path = tmp_path / "scene.blend"
    path.write_bytes(plain(header, head)[: len(header) + start].ljust(99_000, b"\0"))
    with pytest.raises(BlendUnreadable, match="no block begins at byte"):
        check_blend(path)


@pytest.mark.parametrize("length", [-1, -(2**31), 2**31 - 1])
def test_lengths_that_lead_nowhere(tmp_path: Path, length: int) -> None:
    content = b"BLENDER-v402" + struct.pack("<4siQii", b"DATA", length, 0, 0, 1) + bytes(99)
    assert not is_whole(tmp_path, content)


@pytest.mark.parametrize("length", [-1, -(2**63), 2**63 - 1, 2**62])
def test_long_lengths_that_lead_nowhere(tmp_path: Path, length: int) -> None:
    head = struct.pack("<4siQqq", b"DATA", 0, 0, length, 1)
    assert not is_whole(tmp_path, b"BLENDER17-01v0500" + head + bytes(99))


@pytest.mark.parametrize(
    "header",
    [b"BLENDER17-02v0600", b"BLENDER21-01v0500xxxx", b"BLENDER*v402", b"BLENDER-v4o2", b"BLENDER"],
)
def test_headers_of_other_versions_are_blenders_affair(tmp_path: Path, header: bytes) -> None:
    assert is_whole(tmp_path, header + b"?" * 99)
    assert not is_whole(tmp_path, header)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"B", id="one byte"),
        pytest.param(b"BLENDER", id="only the name"),
        pytest.param(b"BLENDER-v402" + bytes(19), id="one byte less than any"),
        pytest.param(b"blender-v402" * 9, id="another name"),
        pytest.param(b"\x89PNG\r\n\x1a\n" * 9, id="a picture"),
        pytest.param(b"PK\x03\x04" * 9, id="a zip"),
        pytest.param(b"<html>not found</html>" * 9, id="an error page"),
        pytest.param(b"version https://git-lfs.github.com/spec/v1\n" * 3, id="a pointer of LFS"),
        pytest.param(bytes(99), id="zeros"),
    ],
)
def test_what_is_no_blend(tmp_path: Path, content: bytes) -> None:
    assert not is_whole(tmp_path, content)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BlendUnreadable, match=r"none\.blend' can't be read: No such file") as error:
        check_blend(tmp_path / "none.blend")
    assert "EFS_BLENDER_FILE_PATH" in str(error.value)


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BlendUnreadable, match="Is a directory"):
        check_blend(tmp_path)


@pytest.mark.parametrize("error", [errno.EACCES, errno.EIO, errno.ESTALE])
def test_a_file_that_cannot_be_read(tmp_path: Path, error: int) -> None:
    def fail(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        raise OSError(error, os.strerror(error))

    with system_calls(fail), pytest.raises(BlendUnreadable, match=os.strerror(error)):
        check_blend(tmp_path / "scene.blend")


@pytest.mark.parametrize(
    "whole", [plain(), SEEKABLE, gzip.compress(plain() * 20)], ids=["plain", "zstd", "gzip"]
)
def test_a_file_that_gets_shorter_meanwhile(tmp_path: Path, whole: bytes) -> None:
    """Somebody uploads it again."""
    path = tmp_path / "scene.blend"
    path.write_bytes(whole)
    look_at = os.fstat

    def looked_at(descriptor: int) -> os.stat_result:
        there = look_at(descriptor)
        os.truncate(path, 35)
        return there

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fstat", looked_at)
        with pytest.raises(BlendUnreadable):
            check_blend(path)


def test_of_large_files_little_is_read(tmp_path: Path) -> None:
    path = tmp_path / "scene.blend"
    with path.open("wb") as file:
        file.write(b"BLENDER17-01v0500")
        for _ in range(400):
            file.write(struct.pack("<4siQqq", b"DATA", 0, 0, 10_000_000, 1))
            file.seek(10_000_000, os.SEEK_CUR)
        file.write(block("5.0", b"ENDB", b""))
    before = bytes_read()
    check_blend(path)
    assert bytes_read() - before < 10_000_000
    assert path.stat().st_size > 4_000_000_000
