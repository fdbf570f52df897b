"""Pure: is this WebP whole? The RIFF length, every chunk, and the size that the picture itself has.

Layout: RFC 9649. Every cut is seen. Changed bytes inside the picture's data are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from .picture import BrokenPicture
from .source import Source

_RIFF = Struct("<4sI4s")
_CHUNK_HEAD = Struct("<4sI")
_CANVAS = Struct("<4s3s3s")
_LOSSY = Struct("<3s3sHH")
_LOSSLESS = Struct("<BI")


def recognises(start: bytes) -> bool:
    """True for the first bytes of a WebP."""
    return start[:4] == b"RIFF" and start[8:12] == b"WEBP"


def measure(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    _, length, _ = source.unpack(_RIFF, 0, "the WebP's RIFF header")
    source.need_end(_CHUNK_HEAD.size + length, "the WebP's RIFF data")
    sizes = set()
    has_picture = False
    for kind, offset, size in _chunks(source):
        if kind in _SIZES:
            sizes.add(_SIZES[kind](source, offset, size))
            _refuse_differing(sizes)
        has_picture = has_picture or kind in (b"VP8 ", b"VP8L")
    if not has_picture:
        raise BrokenPicture(f"the WebP has no picture before its end, at byte {source.size}")
    return sizes.pop()


def _refuse_differing(sizes: set[tuple[int, int]]) -> None:
    if len(sizes) > 1:
        raise BrokenPicture(
            f"the WebP has sizes that differ, {sorted(sizes)}, at byte {_RIFF.size}"
        )


def _chunks(source: Source) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place of the data and length of each chunk; together they fill the file."""
    offset = _RIFF.size
    while offset < source.size:
        kind, length = source.unpack(_CHUNK_HEAD, offset, "a WebP chunk's head")
        offset += _CHUNK_HEAD.size
        padded = length + length % 2
        source.need(offset, padded, f"the WebP chunk {kind!r}")
        yield kind, offset, length
        offset += padded


def _canvas_size(source: Source, offset: int, length: int) -> tuple[int, int]:
    if length < _CANVAS.size:
        raise BrokenPicture(f"the WebP's VP8X header is {length} bytes long, at byte {offset}")
    _, width, height = source.unpack(_CANVAS, offset, "the WebP chunk VP8X")
    return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1


def _lossy_size(source: Source, offset: int, length: int) -> tuple[int, int]:
    """RFC 6386, section 9.1: three bytes of flags, a start code, then 14 bits each."""
    flags, start_code, width, height = source.unpack(_LOSSY, offset, "the WebP chunk VP8")
    first_partition = int.from_bytes(flags, "little") >> 5
    if start_code != b"\x9d\x01\x2a" or _LOSSY.size + first_partition > length:
        raise BrokenPicture(f"the WebP's VP8 frame header is damaged, at byte {offset}")
    return width & 0x3FFF, height & 0x3FFF


def _lossless_size(source: Source, offset: int, length: int) -> tuple[int, int]:
    """RFC 9649, section 3.4: a signature, then 14 bits each of width and height, less one."""
    signature, bits = source.unpack(_LOSSLESS, offset, "the WebP chunk VP8L")
    if signature != 0x2F or length <= _LOSSLESS.size:
        raise BrokenPicture(f"the WebP's VP8L header is damaged, at byte {offset}")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


_SIZES = {b"VP8X": _canvas_size, b"VP8 ": _lossy_size, b"VP8L": _lossless_size}
