"""Pure: is this JPEG whole? Every segment, every scan's end, and the end marker at the file's end.

Layout: ITU-T T.81, annex B. Every cut is seen. Bytes that were changed inside a scan are not,
unless they make a marker: JPEG has no checksum, and decoding is not done here.
"""

from __future__ import annotations

import re
from struct import Struct

from .picture import BrokenPicture
from .source import Source

_START = b"\xff\xd8"
_MARKER = Struct(">BB")
_LENGTH = Struct(">H")
_FRAME = Struct(">HBHHB")
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF0 to SOF15, without the three markers in that range that mean tables."""
_SCAN = 0xDA
_END = 0xD9
_SEGMENTS = frozenset(range(0xC0, 0xFF)) - set(range(0xD0, 0xDA))
"""The markers that a length follows."""
_MOST_SCANS = 100
"""A progressive picture has some ten. Each is decoded over all pixels, so thousands take hours."""
_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""Within a scan FF 00 is the value FF, FF FF is a filler, FF D0 to FF D7 are restarts."""


def recognises(start: bytes) -> bool:
    """True for the first bytes of a JPEG."""
    return start.startswith(_START + b"\xff")


def measure(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    offset = len(_START)
    size = None
    scans = 0
    while (marker := _marker(source, offset)) != _END:
        (length,) = source.unpack(_LENGTH, offset + 2, "a JPEG segment's length")
        data_end = offset + 2 + length
        if length < _LENGTH.size:
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


def _marker(source: Source, offset: int) -> int:
    """The marker at `offset`: one that has a length, or the end marker."""
    lead, marker = source.unpack(_MARKER, offset, "a JPEG marker")
    if lead != 0xFF or (marker not in _SEGMENTS and marker != _END):
        raise BrokenPicture(f"bytes {lead:02X} {marker:02X} are no JPEG marker, at byte {offset}")
    return int(marker)


def _scan_end(source: Source, offset: int) -> int:
    end = source.find(_MARKER_IN_SCAN, 1, offset)
    if end is None:
        raise BrokenPicture(f"the JPEG scan that begins at byte {offset} has no end marker")
    if end == offset:
        raise BrokenPicture(f"the JPEG scan is empty, at byte {offset}")
    return end
