"""Pictures that are made to keep their reader busy: work and memory are bounded, by counting.

What counts is what is read through the Source, not seconds: a bound on it fails on any machine.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.publishing.formats import BrokenPicture, inspect
from array_chunk_render.publishing.formats import source as source_module
from array_chunk_render.publishing.formats.source import BLOCK_BYTES, MOST_BYTES, Source
from array_chunk_render.tests.pure import formats_common as common
from array_chunk_render.tests.pure import formats_film as film
from array_chunk_render.tests.pure.formats_pictures import PICTURES
from hypothesis import given, settings
from hypothesis import strategies as st

READS = 20_000
"""How many pieces are walked here, so that a test takes no seconds."""


class Counts:
    """What was read of a file."""

    reads = 0
    bytes = 0


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counts]:
    yield from _counting(monkeypatch)


def _counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counts]:
    counted = Counts()
    read = Source.read

    def counting(source: Source, offset: int, length: int, what: str) -> bytes:
        data = read(source, offset, length, what)
        counted.reads += 1
        counted.bytes += len(data)
        return data

    monkeypatch.setattr(Source, "read", counting)
    monkeypatch.setattr(source_module, "MOST_READS", READS)
    yield counted


def text_of(error: pytest.ExceptionInfo[BrokenPicture]) -> str:
    return str(error.value)


def png_of_empty_chunks() -> bytes:
    return common.png_header() + common.png_chunk(b"tEXt", b"") * 50_000


def webp_of_empty_chunks() -> bytes:
    return common.webp(common.webp_canvas(), common.riff_chunk(b"ICCP", b"") * 50_000)


def webp_of_many_sizes() -> bytes:
    return common.webp(*(common.webp_canvas(width) for width in range(1, 20_000)))


def jpeg_of_empty_segments() -> bytes:
    return common.jpeg(common.jpeg_frame(), common.jpeg_segment(0xE1, b"") * 50_000)


def jpeg_of_scans() -> bytes:
    return common.jpeg(common.jpeg_frame(0xC2), common.jpeg_scan() * 50_000)


def exr_of_empty_attributes() -> bytes:
    attributes = b"".join(film.exr_attribute(f"a{n}", "int", b"") for n in range(50_000))
    return b"\x76\x2f\x31\x01" + struct.pack("<I", 2) + attributes


def exr_of_parts() -> bytes:
    return b"\x76\x2f\x31\x01" + struct.pack("<I", 2 | 0x1000) + film.exr_part(0, 5) * 50_000


def exr_of_many_tiles() -> bytes:
    """More than two thousand million tiles of one pixel."""
    window = ("box2i", struct.pack("<4i", 0, 0, 65535, 65535))
    header = film.exr_header(
        dataWindow=window, displayWindow=window, tiles=film.exr_tiles(film.RIP_MAP, 1, 1)
    )
    return film.exr(header, [(0, 0, 0, 0)], flags=0x200) + bytes(1 << 20)


def jp2_of_empty_boxes() -> bytes:
    return film.jp2(film.jp2_box(b"free", b"") * 50_000)


def j2c_of_empty_segments() -> bytes:
    return film.j2c(film.j2c_segment(0xFF64, b"") * 50_000)


def j2c_of_many_components() -> bytes:
    whole = film.j2c(film.j2c_tile_part(b"all"))
    return whole[:40] + struct.pack(">H", 16384) + whole[42:]


def tiff_of_many_widths() -> bytes:
    tags = {**common.tiff_tags(3, 8), 256: list(range(1, 60_000))}
    return common.tiff(tags)


def radiance_of_short_lines() -> bytes:
    """Lines that are each read for the longest that they could be."""
    run = bytes((255, 7)) * 258
    line = bytes((2, 2)) + struct.pack(">H", 32766) + run * 4
    return b"#?RADIANCE\n\n-Y 900000 +X 32766\n" + line * 3000


TRAPS: dict[str, Callable[[], bytes]] = {
    each.__name__: each
    for each in (
        png_of_empty_chunks,
        webp_of_empty_chunks,
        webp_of_many_sizes,
        jpeg_of_empty_segments,
        jpeg_of_scans,
        exr_of_empty_attributes,
        exr_of_parts,
        exr_of_many_tiles,
        jp2_of_empty_boxes,
        j2c_of_empty_segments,
        j2c_of_many_components,
        tiff_of_many_widths,
        radiance_of_short_lines,
    )
}


@pytest.mark.parametrize("trap", TRAPS.values(), ids=list(TRAPS))
def test_a_trap_costs_no_more_than_a_few_times_its_size(
    tmp_path: Path, counts: Counts, trap: Callable[[], bytes]
) -> None:
    path = tmp_path / "file"
    data = trap()
    path.write_bytes(data)
    with pytest.raises(BrokenPicture) as broken:
        inspect(path)
    assert len(text_of(broken)) < 1000
    assert counts.reads <= READS
    assert counts.bytes <= 4 * len(data) + 110 * BLOCK_BYTES


@pytest.mark.parametrize("name", PICTURES)
def test_a_whole_picture_with_an_endless_hole_behind_it(
    tmp_path: Path, counts: Counts, name: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(PICTURES[name][1])
    os.truncate(path, MOST_BYTES + 1)
    with pytest.raises(BrokenPicture, match="too many for a picture"):
        inspect(path)
    assert counts.reads == 0


@pytest.mark.parametrize("compressed", [common.targa(b"\x80abc", kind=10), film.radiance(b"")])
def test_runs_that_would_be_walked_for_hours(
    tmp_path: Path, counts: Counts, compressed: bytes
) -> None:
    path = tmp_path / "file"
    path.write_bytes(compressed)
    os.truncate(path, source_module.MOST_BYTES_OF_RUNS)
    end = common.targa()[-26:]
    with path.open("ab") as file:
        file.write(end)
    with pytest.raises(BrokenPicture, match="would take hours"):
        inspect(path)
    assert counts.reads < 10


@given(st.data())
@settings(max_examples=300)
def test_any_changed_number_costs_little(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """One, two, four or eight bytes of a whole picture say the largest number, or nothing."""
    name = data.draw(st.sampled_from(sorted(PICTURES)))
    content = bytearray(PICTURES[name][1])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        width = data.draw(st.sampled_from([1, 2, 4, 8]))
        value: Any = data.draw(st.sampled_from([b"\xff", b"\x7f", b"\0", b"\x80"]))
        content[at : at + width] = value * len(content[at : at + width])
    path = tmp_path_factory.getbasetemp() / "changed"
    path.write_bytes(bytes(content))
    with pytest.MonkeyPatch.context() as patch:
        (counted,) = [next(_counting(patch))]
        try:
            inspect(path)
        except BrokenPicture as broken:
            assert len(str(broken)) < 1000
        assert counted.bytes <= 20 * len(content) + 64
        assert counted.reads <= len(content) + 20
