"""The same for the formats of film and print: one case for each check."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from array_chunk_render.publishing.formats import BrokenPicture, Picture, inspect
from array_chunk_render.publishing.formats.openexr_tiles import Tiling
from array_chunk_render.tests.pure import formats_film as film
from array_chunk_render.tests.pure.formats_common import HEIGHT, WIDTH
from array_chunk_render.tests.pure.formats_pictures import (
    LINES,
    ONE_LEVEL,
    PARTS,
    TILED,
    exr_in_tiles,
)
from hypothesis import given
from hypothesis import strategies as st


def exr_lacking(name: str) -> bytes:
    header = film.exr_header()
    assert header.startswith(b"Camera") and name.encode() in header
    return film.exr(header.replace(name.encode(), b"x" * len(name), 1), LINES)


def iris_with(row: int, start: int | None = None, length: int | None = None) -> bytes:
    """A picture in runs in whose tables one entry is another."""
    data = bytearray(film.iris_in_runs())
    table = 512 if length is None else 512 + 4 * HEIGHT * 3
    struct.pack_into(">I", data, table + 4 * row, start if length is None else length)
    return bytes(data)


FIRST_PART = film.exr_part(0, HEIGHT)
OPENEXR = [
    pytest.param(
        film.exr(film.exr_header(dataWindow=("box2i", struct.pack("<4i", 5, 0, 4, 4))), LINES),
        "data window of 0x5 pixels",
        id="no columns",
    ),
    pytest.param(
        film.exr(film.exr_attribute("n", "t", b"")[:-4] + b"\xfc\xff\xff\xff", []),
        "negative place or length",
        id="negative length",
    ),
    pytest.param(
        film.exr(film.exr_header(), LINES)[: -4 - len(film.CHUNK)] + bytes(4),
        "not where its offset says",
        id="empty chunk",
    ),
    pytest.param(exr_lacking("compression"), "lacks a sound b'compression'", id="no compression"),
    pytest.param(exr_lacking("dataWindow"), "lacks a sound b'dataWindow'", id="no data window"),
    pytest.param(exr_lacking("displayWindow"), "lacks a sound b'disp", id="no display window"),
    pytest.param(film.exr(film.exr_header(12), LINES), "compression 12", id="newer compression"),
    pytest.param(film.exr(film.exr_header(), LINES, 0x800), "version 0x802", id="deep data"),
    pytest.param(
        film.exr(film.exr_header(top=2**31 - HEIGHT), LINES),
        "not where its offset",
        id="other lines",
    ),
    pytest.param(film.exr(film.exr_header(), LINES[:-1]), "chunk's head|offset", id="a line short"),
    pytest.param(
        film.exr(film.exr_header(), LINES, order=[0, 1, 2, 3]), "never written", id="never written"
    ),
    pytest.param(
        film.exr(film.exr_header(), LINES, order=[0, 0, 1, 2, 3, 4]), "gap or overlap", id="gap"
    ),
    pytest.param(film.exr(FIRST_PART + b"\0", LINES, PARTS), "not where", id="no part number"),
    pytest.param(film.exr(b"\0", [], PARTS), "has no parts", id="no parts"),
    pytest.param(
        film.exr(film.exr_part(0, HEIGHT - 1) + b"\0", [], PARTS), "wrong chunkCount", id="count"
    ),
    pytest.param(
        film.exr(film.exr_part(0, 1, b"deepscanline") + b"\0", [], PARTS),
        "part of type b'deepscanline'",
        id="deep part",
    ),
    pytest.param(film.exr(film.exr_header(), ONE_LEVEL, TILED), "sound b'tiles'", id="no tiles"),
    pytest.param(exr_in_tiles(3, ONE_LEVEL), "in mode 3", id="unknown levels"),
    pytest.param(exr_in_tiles(film.ONE_LEVEL, ONE_LEVEL[::-1]), "not where", id="tiles' order"),
    pytest.param(b"\x76\x2f\x31\x01\2\0\0\0" + b"a" * 999, "header is damaged", id="long name"),
]

LINE = film.radiance_line()
TILE = film.j2c_tile_part(b"tile")
THE_REST = [
    pytest.param(film.radiance(LINE * 4), "scan line 4", id="HDR lacks a line"),
    pytest.param(
        film.radiance(LINE * 6), "last scan line ends at byte", id="HDR has a line too many"
    ),
    pytest.param(
        film.radiance(LINE * 4 + LINE[:4] + bytes(80)),
        "scan line 4 .* damaged",
        id="HDR stands still",
    ),
    pytest.param(
        film.radiance(LINE * 4 + film.radiance_line(WIDTH + 1)), "scan line", id="HDR's long line"
    ),
    pytest.param(
        film.radiance(LINE * 4 + LINE[:4] + b"\0" + LINE[4:]), "scan line 4", id="HDR's run of none"
    ),
    pytest.param(b"#?RADIANCE\n\n", "has no size", id="HDR without a size"),
    pytest.param(film.dpx(elements=0), "the DPX has no pixels", id="DPX without elements"),
    pytest.param(film.dpx(bits=64), "the DPX's pixels should fill", id="DPX lacks pixels"),
    pytest.param(film.cineon(channels=0), "the Cineon has no pixels", id="Cineon without channels"),
    pytest.param(film.cineon(channels=9), "the Cineon's pixels should", id="Cineon lacks pixels"),
    pytest.param(film.jp2(), "no codestream before its end", id="JP2 without a codestream"),
    pytest.param(film.jp2(film.jp2_box(b"jp2c", b"", 7)), "7 bytes long", id="JP2's short box"),
    pytest.param(
        film.jp2(film.jp2_box(b"jp2c", b"jp2c")), "no start marker", id="JP2's other data"
    ),
    pytest.param(
        film.jp2(film.jp2_box(b"jp2c", film.j2c(TILE) + b"\0")), "ends at byte", id="JP2's long box"
    ),
    pytest.param(film.j2c(TILE, b"tile"), "has no end marker", id="J2C goes on"),
    pytest.param(film.j2c(b"head"), "6865 is no JPEG 2000 segment", id="J2C's header goes on"),
    pytest.param(
        film.j2c(film.j2c_tile_part(b"tile", length=4)), "4 bytes long", id="J2C's short tile part"
    ),
    pytest.param(
        film.jp2(film.jp2_box(b"jp2c", film.j2c(TILE)), film.jp2_box(b"xml ", b"", 9)),
        "box b'xml ' should fill",
        id="JP2's last box is cut",
    ),
    pytest.param(film.iris_header(channels=0), "header is damaged", id="IRIS without channels"),
    pytest.param(film.iris_header(dimensions=1), "header is damaged", id="IRIS of one row"),
    pytest.param(iris_with(row=9, start=512), "was never written", id="IRIS's row in its table"),
    pytest.param(iris_with(row=9, length=0), "was never written", id="IRIS's empty row"),
    pytest.param(iris_with(row=9, length=99999), "last row ends at", id="IRIS's row outside"),
    pytest.param(
        film.iris_header(compression=1) + bytes(9999),
        "was never written",
        id="IRIS without a table",
    ),
]


@pytest.mark.parametrize(("data", "message"), [*OPENEXR, *THE_REST])
def test_damage_is_named(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(BrokenPicture, match=message) as broken:
        inspect(path)
    assert "byte" in str(broken.value)


@pytest.mark.parametrize("width", [7, 8, 127, 128, 0x7FFF, 0x8000])
def test_radiance_lines_of_any_width(tmp_path: Path, width: int) -> None:
    """Flat up to 7 and from 32768 pixels on; runs of 127 and single values by 128 at the most."""
    path = tmp_path / "file"
    full, rest = divmod(width, 127)
    run = b"\xff\7" * full + (bytes((128 + rest, 7)) if rest else b"")
    full, rest = divmod(width, 128)
    single = (b"\x80" + bytes(128)) * full + (bytes((rest,)) + bytes(rest) if rest else b"")
    line = b"\2\2" + struct.pack(">H", width) + run + single + run + single
    lines = (line if 8 <= width < 0x8000 else bytes(4 * width)) * HEIGHT
    path.write_bytes(film.radiance(lines, width))
    assert inspect(path) == Picture("HDR", width, HEIGHT)


LENGTHS = st.integers(1, 40)


@given(LENGTHS, LENGTHS, LENGTHS, LENGTHS, st.sampled_from([0, 1, 2, 16, 17, 18]))
def test_tiles_are_as_many_as_counted_and_end_in_one_pixel(
    width: int, height: int, tile_width: int, tile_height: int, mode: int
) -> None:
    tiling = Tiling(width, height, tile_width, tile_height, mode)
    places = list(tiling.places())
    assert len(places) == len(set(places)) == tiling.count
    if mode in (0, 16):
        assert places[-1] == (-(-width // tile_width) - 1, -(-height // tile_height) - 1, 0, 0)
    else:
        assert places[-1][:2] == (0, 0)


@pytest.mark.parametrize(
    ("length", "rounded_down", "rounded_up"),
    [(1, 0, 0), (2, 1, 1), (3, 1, 2), (4, 2, 2), (5, 2, 3), (8, 3, 3), (9, 3, 4)],
)
def test_levels_halve_down_to_one_pixel(length: int, rounded_down: int, rounded_up: int) -> None:
    for mode, last in ((film.MIP_MAP, rounded_down), (film.MIP_MAP | film.ROUND_UP, rounded_up)):
        *_, (_, _, level_x, level_y) = Tiling(length, 1, 1, 1, mode).places()
        assert (level_x, level_y) == (last, last)


def test_an_openexr_attribute_of_the_longest_names(tmp_path: Path) -> None:
    path = tmp_path / "file"
    long = film.exr_attribute("n" * 255, "t" * 255, b"value")
    path.write_bytes(film.exr(long + film.exr_header(), LINES))
    assert inspect(path) == Picture("OPEN_EXR", WIDTH, HEIGHT)


def test_an_openexr_of_one_pixel(tmp_path: Path) -> None:
    path = tmp_path / "file"
    window = struct.pack("<4i", 5, -2, 5, -2)
    header = film.exr_header(dataWindow=("box2i", window), displayWindow=("box2i", window))
    path.write_bytes(film.exr(header, LINES[:1]))
    assert inspect(path) == Picture("OPEN_EXR", 1, 1)
