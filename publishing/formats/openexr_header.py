"""Pure: an OpenEXR's header: its parts, and which chunks each of them consists of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from struct import Struct
from typing import Any, NamedTuple

from .openexr_tiles import Tiling
from .source import BrokenPicture, Source

MAGIC = b"\x76\x2f\x31\x01"
_VERSION = Struct("<I")
_VERSION_NUMBER = 2
_TILED, _LONG_NAMES, _MULTI_PART = 0x200, 0x400, 0x1000

_ATTRIBUTE = re.compile(rb"([^\0]{1,255})\0([^\0]{1,255})\0(.{4})", re.DOTALL)
_LONGEST_ATTRIBUTE_HEAD = 2 * 256 + 4
_INTEGER = Struct("<i")
_BYTE = Struct("<B")
_WINDOW = Struct("<4i")
_TILES = Struct("<IIB")
_NEEDED = frozenset(
    {
        *(b"compression", b"dataWindow", b"displayWindow", b"tiles", b"type", b"chunkCount"),
        *(b"name", b"channels"),
    }
)

_LINES_IN_CHUNK = {
    0: 1,
    1: 1,
    2: 1,
    3: 16,
    4: 32,
    5: 16,
    6: 32,
    7: 32,
    8: 32,
    9: 256,
    10: 256,
    11: 32,
}
"""By compression: none, RLE, ZIPS, ZIP, PIZ, PXR24, B44, B44A, DWAA, DWAB, and from OpenEXR 3.4 on
HTJ2K of 256 and of 32 lines (Blender 5.3 writes the latter)."""


class Window(NamedTuple):
    """A rectangle of pixels; the last column and line belong to it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left + 1

    @property
    def height(self) -> int:
        return self.bottom - self.top + 1

    @property
    def pixels(self) -> int:
        return self.width * self.height


class Part(NamedTuple):
    """One picture of the file: `number` is its place in a file of several parts, else None."""

    number: int | None
    display_window: Window
    data_window: Window
    lines_in_chunk: int
    tiling: Tiling | None
    compression: int = 0
    """0: none."""
    name: bytes = b""
    """Of one of several parts."""
    channel_list: bytes = b""
    """As it stands in the header; see `openexr_values`."""

    @property
    def chunk_count(self) -> int:
        """How many chunks the data window makes."""
        if self.tiling is not None:
            return self.tiling.count
        return -(-self.data_window.height // self.lines_in_chunk)

    @property
    def chunk_head(self) -> Struct:
        """What each chunk begins with: its place, as in `chunk_places`, and its data's length."""
        numbers = (self.number is not None) + (1 if self.tiling is None else 4) + 1
        return Struct(f"<{numbers}i")

    def chunk_places(self) -> Iterator[tuple[int, ...]]:
        """How each chunk's head begins, in the order of the offset table."""
        prefix = () if self.number is None else (self.number,)
        if self.tiling is not None:
            for tile in self.tiling.places():
                yield prefix + tile
            return
        window = self.data_window
        for line in range(window.top, window.bottom + 1, self.lines_in_chunk):
            yield (*prefix, line)


def read_header(source: Source) -> tuple[list[Part], int]:
    """The parts, and where the offset tables begin. Raises BrokenPicture for a damaged header."""
    (version,) = source.unpack(_VERSION, len(MAGIC), "the OpenEXR's version")
    flags = version & ~0xFF
    if version & 0xFF != _VERSION_NUMBER or flags & ~(_TILED | _LONG_NAMES | _MULTI_PART):
        raise BrokenPicture(f"OpenEXR version {version:#x} is none that Blender writes, at byte 4")
    offset = len(MAGIC) + _VERSION.size
    if not flags & _MULTI_PART:
        attributes, offset = _attributes(source, offset)
        return [_part(attributes, None, bool(flags & _TILED))], offset
    parts: list[Part] = []
    while source.window(offset, 1) != b"\0":
        attributes, offset = _attributes(source, offset)
        is_tiled = attributes.kind == b"tiledimage"
        parts.append(_part(attributes, len(parts), is_tiled))
        if attributes.numbers(b"chunkCount", _INTEGER) != (parts[-1].chunk_count,):
            raise BrokenPicture(
                f"the OpenEXR has a wrong chunkCount, after byte {attributes.start}"
            )
    if not parts:
        raise BrokenPicture(f"the OpenEXR has no parts, at byte {offset}")
    return parts, offset + 1


class _Attributes(NamedTuple):
    """The attributes that matter here, of the header that begins at byte `start`."""

    start: int
    values: dict[bytes, bytes]

    def numbers(self, name: bytes, layout: Struct) -> tuple[Any, ...]:
        """The value of an attribute that must be there."""
        data = self.values.get(name, b"")
        if len(data) != layout.size:
            raise BrokenPicture(f"the OpenEXR lacks a sound {name!r}, after byte {self.start}")
        return layout.unpack(data)

    @property
    def kind(self) -> bytes:
        """The type of one of several parts: scan lines or tiles, nothing deep."""
        kind = self.values.get(b"type", b"")
        if kind not in (b"scanlineimage", b"tiledimage"):
            raise BrokenPicture(f"the OpenEXR has a part of type {kind!r}, after byte {self.start}")
        return kind


def _attributes(source: Source, start: int) -> tuple[_Attributes, int]:
    """The attributes of the header that begins at `start`, and where it ends."""
    values: dict[bytes, bytes] = {}
    offset = start
    while (window := bytes(source.view(offset, _LONGEST_ATTRIBUTE_HEAD)))[:1] != b"\0":
        head = _ATTRIBUTE.match(window)
        if head is None:
            raise BrokenPicture(f"the OpenEXR's header is damaged or cut off, at byte {offset}")
        name, _, packed_length = head.groups()
        (length,) = _INTEGER.unpack(packed_length)
        offset += head.end()
        source.need(offset, length, f"the OpenEXR's {name!r}")
        if name in _NEEDED:
            values[name] = source.read(offset, length, f"the OpenEXR's {name!r}")
        offset += length
    return _Attributes(start, values), offset + 1


def _part(attributes: _Attributes, number: int | None, is_tiled: bool) -> Part:
    (compression,) = attributes.numbers(b"compression", _BYTE)
    display_window = Window(*attributes.numbers(b"displayWindow", _WINDOW))
    data_window = Window(*attributes.numbers(b"dataWindow", _WINDOW))
    width, height = data_window.width, data_window.height
    if width < 1 or height < 1 or compression not in _LINES_IN_CHUNK:
        raise BrokenPicture(
            f"the OpenEXR has a data window of {width}x{height} pixels and compression "
            f"{compression}, after byte {attributes.start}"
        )
    tiling = Tiling(width, height, *attributes.numbers(b"tiles", _TILES)) if is_tiled else None
    return Part(
        number,
        display_window,
        data_window,
        _LINES_IN_CHUNK[compression],
        tiling,
        compression,
        attributes.values.get(b"name", b""),
        attributes.values.get(b"channels", b""),
    )
