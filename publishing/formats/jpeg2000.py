"""Pure: is this JPEG 2000 whole? The boxes of a .jp2; in the codestream, bare or boxed, every
header segment and tile part, and the end marker where the codestream ends.

Layout: ITU-T T.800, annexes A (codestream) and I (.jp2). Every cut is seen, but one that takes away
nothing but whole boxes behind the codestream, of which Blender writes none. Changed bytes inside
the tile parts are not seen.
"""

from __future__ import annotations

from struct import Struct

from .picture import BrokenPicture
from .source import Source

_JP2_START = b"\0\0\0\x0cjP  \r\n\x87\n"
_BOX_HEAD = Struct(">I4s")
_LONG_BOX_LENGTH = Struct(">Q")
_LONG_BOX = 1

_CODESTREAM_START = b"\xff\x4f\xff\x51"
_SEGMENT = Struct(">HH")
_SIZE = Struct(">IIII")
_SIZE_OFFSET = 8
_COMPONENTS = Struct(">H")
_COMPONENTS_OFFSET = 40
_MOST_COMPONENTS = 16
"""Pictures have up to four, each of which is decoded at full size; the format allows 16,384."""
_TILE_PART = Struct(">HHHIBB")
_MARKER = Struct(">H")
_FIRST_MARKER, _START_OF_TILE_PART, _END = 0xFF01, 0xFF90, 0xFFD9


def recognises(start: bytes) -> bool:
    """True for the first bytes of a .jp2 and of a bare codestream (.j2c)."""
    return start.startswith((_JP2_START, _CODESTREAM_START))


def measure(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    if source.window(0, len(_JP2_START)) != _JP2_START:
        return _measure_codestream(source, 0, source.size)
    size = None
    offset = 0
    while offset < source.size:
        kind, start, end = _box(source, offset)
        if kind == b"jp2c":
            size = _measure_codestream(source, start, end)
        offset = end
    if size is None:
        raise BrokenPicture(f"the JPEG 2000 has no codestream before its end, at byte {offset}")
    return size


def _box(source: Source, offset: int) -> tuple[bytes, int, int]:
    """Kind, start and end of the data of the box at `offset`."""
    length, kind = source.unpack(_BOX_HEAD, offset, "a JPEG 2000 box's head")
    start = offset + _BOX_HEAD.size
    if length == _LONG_BOX:
        (length,) = source.unpack(_LONG_BOX_LENGTH, start, "a JPEG 2000 box's length")
        start += _LONG_BOX_LENGTH.size
    end = offset + length if length else source.size
    if end < start:
        raise BrokenPicture(f"a JPEG 2000 box is {length} bytes long, at byte {offset}")
    source.need(start, end - start, f"the JPEG 2000 box {kind!r}")
    return kind, start, end


def _measure_codestream(source: Source, start: int, end: int) -> tuple[int, int]:
    if source.window(start, len(_CODESTREAM_START)) != _CODESTREAM_START:
        raise BrokenPicture(f"the JPEG 2000 codestream has no start marker, at byte {start}")
    sizes = source.unpack(_SIZE, start + _SIZE_OFFSET, "the JPEG 2000 codestream's size")
    right, bottom, left, top = sizes
    (components,) = source.unpack(_COMPONENTS, start + _COMPONENTS_OFFSET, "its components")
    if components > _MOST_COMPONENTS:
        raise BrokenPicture(f"the JPEG 2000 has {components} components, at byte {start}")
    tile_parts = _main_header_end(source, start + _MARKER.size)
    last = _tile_parts_end(source, tile_parts, end)
    if last != end:
        raise BrokenPicture(f"the JPEG 2000 codestream ends at byte {last}, not at byte {end}")
    return right - left, bottom - top


def _main_header_end(source: Source, offset: int) -> int:
    """Where the header's segments end and the first tile part begins."""
    while True:
        marker, length = source.unpack(_SEGMENT, offset, "a JPEG 2000 segment")
        if marker == _START_OF_TILE_PART:
            return offset
        if marker < _FIRST_MARKER or length < _MARKER.size:
            raise BrokenPicture(f"{marker:04X} is no JPEG 2000 segment, at byte {offset}")
        offset += _MARKER.size + length


def _tile_parts_end(source: Source, offset: int, end: int) -> int:
    """Where the end marker behind the tile parts ends."""
    while source.unpack(_MARKER, offset, "a JPEG 2000 marker") == (_START_OF_TILE_PART,):
        fields = source.unpack(_TILE_PART, offset, "a JPEG 2000 tile part's head")
        length = fields[3]
        if length == 0:  # the last one, written before its length was known: up to the end marker
            length = end - _MARKER.size - offset
        if length < _TILE_PART.size:
            raise BrokenPicture(f"a JPEG 2000 tile part is {length} bytes long, at byte {offset}")
        offset += length
    if source.unpack(_MARKER, offset, "the JPEG 2000 end marker") != (_END,):
        raise BrokenPicture(f"the JPEG 2000 codestream has no end marker, at byte {offset}")
    return offset + _MARKER.size
