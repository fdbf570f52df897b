"""Pure: is this PNG whole? Every chunk's length and CRC, to the end chunk at the file's end.

Layout: PNG Specification (Third Edition), W3C, chapters 5 and 11. No cut and no changed byte goes
unseen: the CRCs cover all but the lengths, and a wrong length leads to a wrong CRC.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from struct import Struct

from .picture import BrokenPicture
from .source import Source

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK_HEAD = Struct(">I4s")
_CRC = Struct(">I")
_HEADER = Struct(">II5B")


def recognises(start: bytes) -> bool:
    """True for the first bytes of a PNG."""
    return start.startswith(SIGNATURE)


def measure(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    chunks = _chunks(source)
    kind, offset, length = next(chunks)
    if kind != b"IHDR" or length != _HEADER.size:
        raise BrokenPicture("the PNG does not begin with an IHDR chunk of 13 bytes, at byte 8")
    width, height, *_ = source.unpack(_HEADER, offset, "the PNG's IHDR chunk")
    has_pixels = False
    for kind, offset, length in chunks:
        has_pixels = has_pixels or (kind == b"IDAT" and length > 0)
        if kind == b"IEND":
            source.need_end(offset + length + _CRC.size, "the PNG's IEND chunk")
    if not has_pixels:
        raise BrokenPicture(f"the PNG has no pixels before its IEND chunk, at byte {offset}")
    return width, height


def _chunks(source: Source) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place of the data and length of each chunk up to IEND, their CRCs checked."""
    offset = len(SIGNATURE)
    kind = b""
    while kind != b"IEND":
        length, kind = source.unpack(_CHUNK_HEAD, offset, "a PNG chunk's head")
        what = f"the PNG chunk {kind!r}"
        crc = 0
        for block in source.blocks(offset + 4, length + 4, what):
            crc = zlib.crc32(block, crc)
        data = offset + _CHUNK_HEAD.size
        if (crc,) != source.unpack(_CRC, data + length, what):
            raise BrokenPicture(f"{what} at byte {offset} does not have its CRC: it is damaged")
        yield kind, data, length
        offset = data + length + _CRC.size
