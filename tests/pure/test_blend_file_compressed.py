"""Is a compressed .blend whole? Zstandard with and without its table, and gzip."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import BlendUnreadable
from array_chunk_render.command_line.blend_file import check_blend
from blend_bytes import FRAMES, SEEKABLE, bytes_read, frame, is_whole, plain, skippable, table
from hypothesis import given, settings
from hypothesis import strategies as st


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


@settings(max_examples=200)
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


def test_of_large_compressed_files_only_the_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "scene.blend"
    frames = [frame(*[(0, bytes(9_000))] * 50)] * 20
    path.write_bytes(b"".join([*frames, table(frames)]))
    before = bytes_read()
    check_blend(path)
    assert bytes_read() - before < 100_000
