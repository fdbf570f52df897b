"""Pure: is this PNG or WebP whole? They are rows of chunks, to the file's end.

Layouts:

PNG: PNG Specification (Third Edition), W3C, chapters 5 and 11: every chunk's length and CRC. No cut
and no changed byte goes unseen: the CRCs cover all but the lengths, and a wrong length leads to a
wrong CRC.

WebP: RFC 9649: the RIFF length, every chunk, and the size that the picture itself has. Every cut is
seen. Changed bytes inside the picture's data are not.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from struct import Struct

from .source import BrokenPicture, Source

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNK_HEAD = Struct(">I4s")
_PNG_CRC = Struct(">I")
_PNG_HEADER = Struct(">II5B")

_WEBP_RIFF = Struct("<4sI4s")
_WEBP_CHUNK_HEAD = Struct("<4sI")
_WEBP_CANVAS = Struct("<4s3s3s")
_WEBP_LOSSY = Struct("<3s3sHH")
_WEBP_LOSSLESS = Struct("<BI")


def recognises_png(start: bytes) -> bool:
    """True for the first bytes of a PNG."""
    return start.startswith(_PNG_START)


def measure_png(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    chunks = _png_chunks(source)
    kind, offset, length = next(chunks)
    if kind != b"IHDR" or length != _PNG_HEADER.size:
        raise BrokenPicture("the PNG does not begin with an IHDR chunk of 13 bytes, at byte 8")
    width, height, *_ = source.unpack(_PNG_HEADER, offset, "the PNG's IHDR chunk")
    has_pixels = False
    for kind, offset, length in chunks:
        has_pixels = has_pixels or (kind == b"IDAT" and length > 0)
        if kind == b"IEND":
            source.need_end(offset + length + _PNG_CRC.size, "the PNG's IEND chunk")
    if not has_pixels:
        raise BrokenPicture(f"the PNG has no pixels before its IEND chunk, at byte {offset}")
    return width, height


def _png_chunks(source: Source) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place of the data and length of each chunk up to IEND, their CRCs checked."""
    offset = len(_PNG_START)
    kind = b""
    while kind != b"IEND":
        length, kind = source.unpack(_PNG_CHUNK_HEAD, offset, "a PNG chunk's head")
        what = f"the PNG chunk {kind!r}"
        crc = 0
        for block in source.blocks(offset + 4, length + 4, what):
            crc = zlib.crc32(block, crc)
        data = offset + _PNG_CHUNK_HEAD.size
        if (crc,) != source.unpack(_PNG_CRC, data + length, what):
            raise BrokenPicture(f"{what} at byte {offset} does not have its CRC: it is damaged")
        yield kind, data, length
        offset = data + length + _PNG_CRC.size


def recognises_webp(start: bytes) -> bool:
    """True for the first bytes of a WebP."""
    return start[:4] == b"RIFF" and start[8:12] == b"WEBP"


def measure_webp(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    _, length, _ = source.unpack(_WEBP_RIFF, 0, "the WebP's RIFF header")
    source.need_end(_WEBP_CHUNK_HEAD.size + length, "the WebP's RIFF data")
    sizes = set()
    has_picture = False
    offset = _WEBP_RIFF.size
    while offset < source.size:  # together the chunks fill the file
        kind, size = source.unpack(_WEBP_CHUNK_HEAD, offset, "a WebP chunk's head")
        offset += _WEBP_CHUNK_HEAD.size
        padded = size + size % 2
        source.need(offset, padded, f"the WebP chunk {kind!r}")
        if kind in _WEBP_SIZES:
            sizes.add(_WEBP_SIZES[kind](source, offset, size))
            if len(sizes) > 1:
                raise BrokenPicture(
                    f"the WebP has sizes that differ, {sorted(sizes)}, at byte {_WEBP_RIFF.size}"
                )
        has_picture = has_picture or kind in (b"VP8 ", b"VP8L")
        offset += padded
    if not has_picture:
        raise BrokenPicture(f"the WebP has no picture before its end, at byte {source.size}")
    return sizes.pop()


def _canvas_size(source: Source, offset: int, length: int) -> tuple[int, int]:
    if length < _WEBP_CANVAS.size:
        raise BrokenPicture(f"the WebP's VP8X header is {length} bytes long, at byte {offset}")
    _, width, height = source.unpack(_WEBP_CANVAS, offset, "the WebP chunk VP8X")
    return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1


def _lossy_size(source: Source, offset: int, length: int) -> tuple[int, int]:
    """RFC 6386, section 9.1: three bytes of flags, a start code, then 14 bits each."""
    flags, start_code, width, height = source.unpack(_WEBP_LOSSY, offset, "the WebP chunk VP8")
    first_partition = int.from_bytes(flags, "little") >> 5
    if start_code != b"\x9d\x01\x2a" or _WEBP_LOSSY.size + first_partition > length:
        raise BrokenPicture(f"the WebP's VP8 frame header is damaged, at byte {offset}")
    return width & 0x3FFF, height & 0x3FFF


def _lossless_size(source: Source, offset: int, length: int) -> tuple[int, int]:
    """RFC 9649, section 3.4: a signature, then 14 bits each of width and height, less one."""
    signature, bits = source.unpack(_WEBP_LOSSLESS, offset, "the WebP chunk VP8L")
    if signature != 0x2F or length <= _WEBP_LOSSLESS.size:
        raise BrokenPicture(f"the WebP's VP8L header is damaged, at byte {offset}")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


_WEBP_SIZES = {b"VP8X": _canvas_size, b"VP8 ": _lossy_size, b"VP8L": _lossless_size}
