"""Pure: is this JPEG or JPEG 2000 whole? Segment by segment, to the marker at the end.

Decoding is not done here, so changed bytes inside a scan or a tile part are not seen, unless they
make a marker: neither has a checksum. Layouts:

JPEG: ITU-T T.81, annex B: every segment, every scan's end, and the end marker at the file's end.
Every cut is seen.

JPEG 2000: ITU-T T.800, annexes A (codestream) and I (.jp2): the boxes of a .jp2; in the codestream,
bare or boxed, every header segment and tile part, and the end marker where the codestream ends.
Every cut is seen, but one that takes away nothing but whole boxes behind the codestream, of which
Blender writes none.
"""

from __future__ import annotations

import re
from struct import Struct

from .source import BrokenPicture, Source

_JPEG_START = b"\xff\xd8"
_JPEG_MARKER = Struct(">BB")
_JPEG_LENGTH = Struct(">H")
_FRAME = Struct(">HBHHB")
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF0 to SOF15, without the three markers in that range that mean tables."""
_SCAN = 0xDA
_JPEG_END = 0xD9
_SEGMENTS = frozenset(range(0xC0, 0xFF)) - set(range(0xD0, 0xDA))
"""The markers that a length follows."""
_MOST_SCANS = 100
"""A progressive picture has some ten. Each is decoded over all pixels, so thousands take hours."""
_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""Within a scan FF 00 is the value FF, FF FF is a filler, FF D0 to FF D7 are restarts."""

_JP2_START = b"\0\0\0\x0cjP  \r\n\x87\n"
_BOX_HEAD = Struct(">I4s")
_LONG_BOX_LENGTH = Struct(">Q")
_LONG_BOX = 1

_CODESTREAM_START = b"\xff\x4f\xff\x51"
_CODESTREAM_SEGMENT = Struct(">HH")
_CODESTREAM_SIZE = Struct(">IIII")
_CODESTREAM_SIZE_OFFSET = 8
_COMPONENTS = Struct(">H")
_COMPONENTS_OFFSET = 40
_MOST_COMPONENTS = 16
"""Pictures have up to four, each of which is decoded at full size; the format allows 16,384."""
_TILE_PART = Struct(">HHHIBB")
_CODESTREAM_MARKER = Struct(">H")
_FIRST_MARKER, _START_OF_TILE_PART, _CODESTREAM_END = 0xFF01, 0xFF90, 0xFFD9


def recognises_jpeg(start: bytes) -> bool:
    """True for the first bytes of a JPEG."""
    return start.startswith(_JPEG_START + b"\xff")


def measure_jpeg(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    offset = len(_JPEG_START)
    size = None
    scans = 0
    while (marker := _jpeg_marker(source, offset)) != _JPEG_END:
        (length,) = source.unpack(_JPEG_LENGTH, offset + 2, "a JPEG segment's length")
        data_end = offset + 2 + length
        if length < _JPEG_LENGTH.size:
            raise BrokenPicture(f"a JPEG segment is {length} bytes long, at byte {offset}")
        if marker in _FRAMES:
            _, _, height, width, _ = source.unpack(_FRAME, offset + 2, "the JPEG's frame header")
            size = (width, height)
        elif marker == _SCAN:
            scans += 1
            if scans > _MOST_SCANS:
                raise BrokenPicture(f"the JPEG has too many scans to be decoded, at byte {offset}")
            data_end = _scan_end(source, data_end)
        offset = data_end
    source.need_end(offset + 2, "the JPEG's end marker")
    if size is None or not scans:
        raise BrokenPicture(f"the JPEG has no picture before its end marker, at byte {offset}")
    return size


def _jpeg_marker(source: Source, offset: int) -> int:
    """The marker at `offset`: one that has a length, or the end marker."""
    lead, marker = source.unpack(_JPEG_MARKER, offset, "a JPEG marker")
    if lead != 0xFF or (marker not in _SEGMENTS and marker != _JPEG_END):
        raise BrokenPicture(f"bytes {lead:02X} {marker:02X} are no JPEG marker, at byte {offset}")
    return int(marker)


def _scan_end(source: Source, offset: int) -> int:
    end = source.find(_MARKER_IN_SCAN, 1, offset)
    if end is None:
        raise BrokenPicture(f"the JPEG scan that begins at byte {offset} has no end marker")
    if end == offset:
        raise BrokenPicture(f"the JPEG scan is empty, at byte {offset}")
    return end


def recognises_jpeg2000(start: bytes) -> bool:
    """True for the first bytes of a .jp2 and of a bare codestream (.j2c)."""
    return start.startswith((_JP2_START, _CODESTREAM_START))


def measure_jpeg2000(source: Source) -> tuple[int, int]:
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
    sizes = source.unpack(
        _CODESTREAM_SIZE, start + _CODESTREAM_SIZE_OFFSET, "the JPEG 2000 codestream's size"
    )
    right, bottom, left, top = sizes
    (components,) = source.unpack(_COMPONENTS, start + _COMPONENTS_OFFSET, "its components")
    if components > _MOST_COMPONENTS:
        raise BrokenPicture(f"the JPEG 2000 has {components} components, at byte {start}")
    tile_parts = _main_header_end(source, start + _CODESTREAM_MARKER.size)
    last = _tile_parts_end(source, tile_parts, end)
    if last != end:
        raise BrokenPicture(f"the JPEG 2000 codestream ends at byte {last}, not at byte {end}")
    return right - left, bottom - top


def _main_header_end(source: Source, offset: int) -> int:
    """Where the header's segments end and the first tile part begins."""
    while True:
        marker, length = source.unpack(_CODESTREAM_SEGMENT, offset, "a JPEG 2000 segment")
        if marker == _START_OF_TILE_PART:
            return offset
        if marker < _FIRST_MARKER or length < _CODESTREAM_MARKER.size:
            raise BrokenPicture(f"{marker:04X} is no JPEG 2000 segment, at byte {offset}")
        offset += _CODESTREAM_MARKER.size + length


def _tile_parts_end(source: Source, offset: int, end: int) -> int:
    """Where the end marker behind the tile parts ends."""
    while source.unpack(_CODESTREAM_MARKER, offset, "a JPEG 2000 marker") == (_START_OF_TILE_PART,):
        fields = source.unpack(_TILE_PART, offset, "a JPEG 2000 tile part's head")
        length = fields[3]
        if length == 0:  # the last one, written before its length was known: up to the end marker
            length = end - _CODESTREAM_MARKER.size - offset
        if length < _TILE_PART.size:
            raise BrokenPicture(f"a JPEG 2000 tile part is {length} bytes long, at byte {offset}")
        offset += length
    if source.unpack(_CODESTREAM_MARKER, offset, "the JPEG 2000 end marker") != (_CODESTREAM_END,):
        raise BrokenPicture(f"the JPEG 2000 codestream has no end marker, at byte {offset}")
    return offset + _CODESTREAM_MARKER.size
