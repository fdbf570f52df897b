"""What files name: includes of OSL scripts, and layers of USD files, as text and packed."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from array_chunk_render.scene.files.named_files import named_in
from hypothesis import given
from hypothesis import strategies as st

SCRIPT = b"""
// #include "not.h"
#include "colors.h"
  #  include "../common/noise.h"
#include <stdosl.h>
#include "colors.h"
shader paint(output color Color = 0) { Color = GREEN; }
"""
LAYERED = b"#usda 1.0\n(\n subLayers = [\n @./base.usda@,\n @../set/room.usdc@ ]\n)\n"
LAYERED += b'def "a" (payload = @c.usd@</x>) { asset t = @wood.png@ }\n'


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def packed(text: bytes) -> bytes:
    """LZ4 as it may be: literals alone, then what repeats what was just there."""
    out = bytearray()
    at = 0
    while at < len(text):
        run = text[at : at + 300]
        after = text[at + len(run) :]
        last = run[-1:]
        repeated = len(after) - len(after.lstrip(last))
        is_end = repeated < 4 or len(after) == repeated
        if is_end:
            run, repeated = text[at:], 0
        out.append(min(len(run), 15) << 4 | (min(repeated - 4, 15) if repeated else 0))
        out += length(len(run)) + run
        at += len(run) + repeated
        if repeated:
            out += struct.pack("<H", 1) + length(repeated - 4)
    return bytes(out)


def length(number: int) -> bytes:
    number -= 15
    return b"" if number < 0 else b"\xff" * (number // 255) + bytes([number % 255])


def crate(words: list[bytes], chunks: int = 0) -> bytes:
    """A binary USD file with nothing but its table of words."""
    text = b";-)\0" + b"".join(word + b"\0" for word in words)
    if chunks:
        half = len(text) // 2
        blocks = [packed(text[:half]), packed(text[half:])]
        data = bytes([2]) + b"".join(struct.pack("<i", len(each)) + each for each in blocks)
    else:
        data = b"\0" + packed(text)
    tokens = struct.pack("<QQQ", len(words) + 1, len(text), len(data)) + data
    at = 88 + len(tokens)
    head = b"PXR-USDC" + bytes([0, 8, 0, 0, 0, 0, 0, 0]) + struct.pack("<q", at) + bytes(64)
    return head + tokens + struct.pack("<Q16sqq", 1, b"TOKENS", 88, len(tokens))


def test_includes(tmp_path: Path) -> None:
    path = written(tmp_path, "paint.osl", SCRIPT)
    assert named_in(path) == ["colors.h", "../common/noise.h"]


def test_layers_of_a_text(tmp_path: Path) -> None:
    path = written(tmp_path, "shot.usd", LAYERED)
    assert named_in(path) == ["./base.usda", "../set/room.usdc", "c.usd"]


@pytest.mark.parametrize("chunks", [0, 2])
def test_layers_of_a_packed_file(tmp_path: Path, chunks: int) -> None:
    words = [b"root", b"./base.usd", b"a" * 700, b"xformOp", b"set/room.USDA", b"./base.usd"]
    path = written(tmp_path, "shot.usdc", crate(words, chunks))
    assert named_in(path) == ["./base.usd", "set/room.USDA"]


@pytest.mark.parametrize("name", ["wood.png", "shot.usdz", "gone.osl"])
def test_other_files_name_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if not name.startswith("gone"):
        path.write_bytes(LAYERED + SCRIPT)
    assert named_in(path) == []


@given(
    words=st.lists(st.sampled_from([b"a.usd", b"x" * 40, b"b/c.usda"]), max_size=5),
    cut=st.integers(0, 400),
    at=st.integers(0, 400),
    value=st.integers(0, 255),
)
def test_damaged_files_are_read_to_their_end(
    tmp_path_factory: pytest.TempPathFactory, words: list[bytes], cut: int, at: int, value: int
) -> None:
    content = bytearray(crate(words))
    content[at % len(content)] = value
    path = written(
        tmp_path_factory.getbasetemp(), "damaged.usdc", bytes(content[: len(content) - cut])
    )
    assert isinstance(named_in(path), list)
