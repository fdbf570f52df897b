"""Is a .blend whole? Every kind of header, every length that it can be cut to, and no whole one
refused."""

from __future__ import annotations

import errno
import gzip
import os
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import BlendUnreadable
from array_chunk_render.command_line.blend_file import check_blend
from hypothesis import given, settings
from hypothesis import strategies as st
from publishing_trials import system_calls

CONTENTS = (b"x" * 264, b"", b"y" * 7, b"z" * 40_000)
HEADERS = [
    pytest.param(b"BLENDER-v402", "<4siQii", id="4.2"),
    pytest.param(b"BLENDER_v279", "<4siIii", id="pointers of 4 bytes"),
    pytest.param(b"BLENDER-V249", ">4siQii", id="big endian"),
    pytest.param(b"BLENDER_V240", ">4siIii", id="big endian, pointers of 4 bytes"),
    pytest.param(b"BLENDER17-01v0500", "5.0", id="5.0"),
]
headers = pytest.mark.parametrize(("header", "head"), HEADERS)


def block(head: str, code: bytes, content: bytes) -> bytes:
    if head == "5.0":
        return struct.pack("<4siQqq", code, 3, 0x7F00, len(content), 1) + content
    return struct.pack(head, code, len(content), 0x7F00, 3, 1) + content


def plain(header: bytes = b"BLENDER-v402", head: str = "<4siQii") -> bytes:
    blocks = [block(head, b"DATA", content) for content in CONTENTS]
    return header + b"".join([*blocks, block(head, b"ENDB", b"")])


def frame(*blocks: tuple[int, bytes], checksum: bytes = b"", described: int = 0x20) -> bytes:
    """A frame of Zstandard: 0 a raw block, 1 a repeated byte, 2 a compressed block."""
    parts = [struct.pack("<IBB", 0xFD2FB528, described | 4 * bool(checksum), 99)]
    for number, (kind, content) in enumerate(blocks, start=1):
        size = 500 if kind == 1 else len(content)
        head = size << 3 | kind << 1 | (number == len(blocks))
        parts.append(head.to_bytes(3, "little") + content)
    return b"".join([*parts, checksum])


FRAMES = (
    frame((2, b"c" * 90)),
    frame((0, b"r" * 30), (1, b"b"), (2, b"c" * 70), checksum=b"sum!"),
    frame((0, b"r" * 500), (0, b"")),
)


def skippable(content: bytes) -> bytes:
    return struct.pack("<II", 0x184D2A5E, len(content)) + content


def table(frames: Sequence[bytes], checksums: bool = False) -> bytes:
    entries = b"".join(struct.pack("<II", len(each), 999) + b"sum!" * checksums for each in frames)
    return skippable(entries + struct.pack("<IBI", len(frames), 0x80 * checksums, 0x8F92EAB1))


SEEKABLE = b"".join([*FRAMES, table(FRAMES)])


def is_whole(home: Path, content: bytes) -> bool:
    path = home / "scene.blend"
    path.write_bytes(content)
    try:
        check_blend(path)
    except BlendUnreadable as error:
        assert error.exit_code == 66
        assert repr(str(path)) in str(error)
        assert "Upload it again" in str(error)
        return False
    return True


# --- plain --------------------------------------------------------------------------------------


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


# --- compressed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(SEEKABLE, id="as Blender writes it"),
        pytest.param(b"".join([*FRAMES, table(FRAMES, checksums=True)]), id="table with checksums"),
        pytest.param(FRAMES[1], id="one frame, by another program"),
        pytest.param(b"".join(FRAMES), id="frames without a table"),
        pytest.param(skippable(b"any") + b"".join(FRAMES), id="begins with a skippable frame"),
        pytest.param(b"".join([*FRAMES, skippable(b"")]), id="ends with a skippable frame"),
        pytest.param(b"".join([*FRAMES, table(FRAMES[:1])]), id="table of something else"),
        pytest.param(frame((0, b"x" * 99), described=0x00), id="window instead of a size"),
    ],
)
def test_whole_compressed_files(tmp_path: Path, content: bytes) -> None:
    assert is_whole(tmp_path, content)


@pytest.mark.parametrize(
    ("described", "more"),
    [
        pytest.param(0x20, 0, id="size of 1 byte"),
        pytest.param(0x60, 1, id="size of 2 bytes"),
        pytest.param(0xA0, 3, id="size of 4 bytes"),
        pytest.param(0xE0, 7, id="size of 8 bytes"),
        pytest.param(0x40, 2, id="window and size of 2 bytes"),
        pytest.param(0x21, 1, id="dictionary of 1 byte"),
        pytest.param(0x22, 2, id="dictionary of 2 bytes"),
        pytest.param(0x23, 4, id="dictionary of 4 bytes"),
    ],
)
def test_heads_of_frames(tmp_path: Path, described: int, more: int) -> None:
    content = frame((0, b"x" * 99), described=described)
    content = content[:6] + bytes(more) + content[6:]
    assert is_whole(tmp_path, content)
    assert not is_whole(tmp_path, content[:-1])
    assert not is_whole(tmp_path, content + b"?")


def test_compressed_files_cut_at_every_place(tmp_path: Path) -> None:
    """Where one frame ends and the next one begins nothing is to be seen; Blender sees it."""
    ends = {sum(map(len, FRAMES[:count])) for count in range(1, len(FRAMES) + 1)}
    whole = {cut for cut in range(len(SEEKABLE)) if is_whole(tmp_path, SEEKABLE[:cut])}
    assert whole == ends


def test_a_compressed_part_is_missing_in_the_middle(tmp_path: Path) -> None:
    assert not is_whole(tmp_path, SEEKABLE[:300] + SEEKABLE[400:])


def test_compressed_zeros_in_place_of_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "scene.blend"
    path.write_bytes(FRAMES[0] + FRAMES[2][:300] + bytes(99_000))
    with pytest.raises(BlendUnreadable, match="no Zstandard block begins at byte"):
        check_blend(path)


@settings(max_examples=200, deadline=None)
@given(
    start=st.sampled_from([SEEKABLE[:4], SEEKABLE[:10], plain()[:12], plain()[:40], b"\x1f\x8b"]),
    rest=st.binary(max_size=200),
)
def test_no_bytes_are_too_much(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes
) -> None:
    is_whole(tmp_path_factory.getbasetemp(), start + rest)


OLD = gzip.compress(plain(b"BLENDER-v279", "<4siQii") * 20)
STORED = gzip.compress(os.urandom(100_000), compresslevel=0)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(OLD, id="well compressed"),
        pytest.param(STORED, id="not compressible"),
        pytest.param(gzip.compress(bytes(1_000_000)), id="nothing but zeros"),
        pytest.param(
            OLD.ljust(5_000_000, b"?") + struct.pack("<I", 3_000_000), id="of 4 GiB and more"
        ),
    ],
)
def test_whole_files_of_before_3(tmp_path: Path, content: bytes) -> None:
    assert is_whole(tmp_path, content)


@pytest.mark.parametrize("last", [b"\xff" * 4, struct.pack("<I", 1033 * len(OLD))])
def test_lengths_that_gzip_cannot_have(tmp_path: Path, last: bytes) -> None:
    assert not is_whole(tmp_path, OLD[:-4] + last)


# --- the file itself ----------------------------------------------------------------------------


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


@pytest.mark.parametrize("whole", [plain(), SEEKABLE, OLD], ids=["plain", "zstd", "gzip"])
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


def test_of_large_compressed_files_only_the_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "scene.blend"
    frames = [frame(*[(0, bytes(9_000))] * 50)] * 20
    path.write_bytes(b"".join([*frames, table(frames)]))
    before = bytes_read()
    check_blend(path)
    assert bytes_read() - before < 100_000


def bytes_read() -> int:
    """What this process has asked the system to read, by proc(5)."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["rchar"])
