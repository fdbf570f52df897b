"""The values of an OpenEXR without compression, and where two pictures differ."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from array_chunk_render.publishing.formats import BrokenPicture
from array_chunk_render.publishing.formats.openexr_values import differing, values_of

from . import formats_film as film

FLOAT, HALF = 2, 1
WIDTH, HEIGHT = 3, 2
MULTI_PART = 0x1000
VALUES = {"Layer.Combined.R": (1.0, 2, 3, 4, 5, 6), "Layer.Depth.Z": (1e10, 0, 0, 0, 0, 9)}
WINDOW = ("box2i", struct.pack("<4i", 0, 0, WIDTH - 1, HEIGHT - 1))
Channels = Mapping[str, Sequence[float]]


def header(names: Sequence[str], kind: int = FLOAT, compression: int = 0, part: str = "") -> bytes:
    channels = b"".join(
        name.encode() + b"\0" + struct.pack("<iB3xii", kind, 0, 1, 1) for name in names
    )
    more = {
        "name": ("string", part.encode()),
        "type": ("string", b"scanlineimage"),
        "chunkCount": ("int", struct.pack("<i", HEIGHT)),
    }
    return film.exr_header(
        compression,
        dataWindow=WINDOW,
        displayWindow=WINDOW,
        channels=("chlist", channels + b"\0"),
        **(more if part else {}),
    )


def lines(channels: Channels) -> list[bytes]:
    return [
        b"".join(
            struct.pack(f"<{WIDTH}f", *values[row * WIDTH : (row + 1) * WIDTH])
            for values in channels.values()
        )
        for row in range(HEIGHT)
    ]


def exr(headers: bytes, parts: Sequence[Channels], flags: int = 0) -> bytes:
    start = b"\x76\x2f\x31\x01" + struct.pack("<I", 2 | flags) + headers
    chunks, offsets = b"", b""
    table = sum(map(len, map(lines, parts))) * 8
    for number, part in enumerate(parts):
        for row, line in enumerate(lines(part)):
            offsets += struct.pack("<Q", len(start) + table + len(chunks))
            place = (number, row, len(line)) if flags else (row, len(line))
            chunks += struct.pack(f"<{len(place)}i", *place) + line
    return start + offsets + chunks


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.exr"
    path.write_bytes(exr(header([*VALUES]), [VALUES]))
    return path


def floats(**channels: Sequence[float]) -> dict[str, bytes]:
    return {name: struct.pack(f"<{len(each)}f", *each) for name, each in channels.items()}


def test_channel_by_channel(picture: Path) -> None:
    assert values_of(picture) == floats(**VALUES)


def test_several_parts(tmp_path: Path) -> None:
    """As Blender writes them from 5.0 on; a part's name may stand before its channels, or not."""
    parts: list[Channels] = [{"Layer.Combined.R": (1, 2, 3, 4, 5, 6)}, {"Z": (7, 8, 9, 0, 1, 2)}]
    headers = header([*parts[0]], part="Layer.Combined") + header(["Z"], part="Layer.Depth")
    path = tmp_path / "parts.exr"
    path.write_bytes(exr(headers + b"\0", parts, MULTI_PART))
    wanted = {"Layer.Combined.R": (1, 2, 3, 4, 5, 6), "Layer.Depth.Z": (7, 8, 9, 0, 1, 2)}
    assert values_of(path) == floats(**wanted)


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(header([*VALUES], kind=HALF), id="half floats"),
        pytest.param(header([*VALUES], compression=3), id="compressed"),
        pytest.param(header(["Layer.Combined.R"]), id="longer lines"),
        pytest.param(header([]), id="no channels"),
    ],
)
def test_what_is_not_of_this_kind(made: bytes, tmp_path: Path) -> None:
    path = tmp_path / "picture.exr"
    path.write_bytes(exr(made, [VALUES]))
    with pytest.raises(BrokenPicture):
        values_of(path)


def test_every_cut(picture: Path) -> None:
    whole = picture.read_bytes()
    for length in range(len(whole)):
        picture.write_bytes(whole[:length])
        with pytest.raises(BrokenPicture):
            values_of(picture)


@pytest.mark.parametrize(
    ("other", "different"),
    [
        pytest.param((0.5, 100.0, 0.0), False, id="the same"),
        pytest.param((0.5009, 100.05, 0.0009), False, id="sums in another order"),
        pytest.param((0.502, 100.0, 0.0), True, id="small"),
        pytest.param((0.5, 100.2, 0.0), True, id="large"),
        pytest.param((0.5, 100.0, math.nan), True, id="not a number"),
        pytest.param((0.5, math.inf, 0.0), True, id="infinite"),
        pytest.param((0.5, 100.0), True, id="another length"),
    ],
)
def test_what_differs(other: Sequence[float], different: bool) -> None:
    one, two = floats(same=(1, 2), x=(0.5, 100.0, 0.0)), floats(same=(1, 2), x=other)
    assert differing(one, two) == differing(two, one) == (["x"] if different else [])


def test_what_only_one_has_differs() -> None:
    one, two = floats(a=(1,), b=(math.nan, -math.inf)), floats(b=(math.nan, -math.inf), c=(1,))
    assert differing(one, two) == ["a", "c"]
    assert differing(one, one) == []
