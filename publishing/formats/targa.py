"""Pure: is this Targa whole? Exactly as many pixels as its header says, and the footer at the end.

Layout: Truevision TGA File Format Specification 2.0. Every cut is seen, because the footer, which
version 2.0 of 1989 brought in and which all Blenders from 4.2 on write, is required. So a Targa of
version 1.0 is refused. Targa has no magic number at its start: see `recognises`.
"""

from __future__ import annotations

from struct import Struct

from .picture import BrokenPicture
from .source import BLOCK_BYTES, Source

_HEADER = Struct("<BBBHHB4xHHBB")
_FOOTER = Struct("<II18s")
_SIGNATURE = b"TRUEVISION-XFILE.\0"
_PALETTE_TYPES = frozenset({1, 9})
_TYPES = frozenset({1, 2, 3, 9, 10, 11})
"""With a palette, true colour, grey; the same three run-length compressed."""
_FIRST_COMPRESSED_TYPE = 9
_DEPTHS = frozenset({8, 15, 16, 24, 32})
_RUN = 0x80


def recognises(start: bytes) -> bool:
    """True for what can be a Targa's header. Ask last: other formats' headers can look so too."""
    if len(start) < _HEADER.size:
        return False
    _, palette, kind, *_, width, height, depth, _ = _HEADER.unpack_from(start)
    is_known = palette in (0, 1) and kind in _TYPES and depth in _DEPTHS
    return is_known and (palette == 1 or kind not in _PALETTE_TYPES) and width * height > 0


def measure(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    fields = source.unpack(_HEADER, 0, "the Targa's header")
    id_bytes, _, kind, _, colours, colour_bits, width, height, depth, _ = fields
    footer = source.size - _FOOTER.size
    extension, developer, signature = source.unpack(_FOOTER, footer, "the Targa's footer")
    if signature != _SIGNATURE:
        raise BrokenPicture(f"the Targa does not end in its footer, at byte {source.size}")
    start = _HEADER.size + id_bytes + colours * _bytes(colour_bits)
    pixel_bytes = _bytes(depth)
    if kind < _FIRST_COMPRESSED_TYPE:
        pixels_end = start + width * height * pixel_bytes
    else:
        pixels_end = _runs_end(source, start, width * height, pixel_bytes)
    # The pixels may be followed by two areas, in any order; the footer says where, or 0.
    for place in (footer, extension or footer, developer or footer):
        if not pixels_end <= place <= footer:
            raise BrokenPicture(
                f"the Targa's pixels end at byte {pixels_end}, but byte {place} should lie between "
                f"them and the footer at byte {footer}"
            )
    return width, height


def _bytes(bits: int) -> int:
    return (bits + 7) // 8


def _runs_end(source: Source, offset: int, pixels: int, pixel_bytes: int) -> int:
    """Where the run-length packets that make exactly `pixels` pixels end."""
    source.need_walkable("the compressed Targa")
    left = pixels
    while left > 0:
        block = source.window(offset, BLOCK_BYTES)
        used, done = _count_pixels(block, left, pixel_bytes)
        if used == 0:
            raise BrokenPicture(f"the Targa lacks {left} of its {pixels} pixels, at byte {offset}")
        offset += used
        left -= done
    if left < 0:
        raise BrokenPicture(f"the Targa has {-left} pixels too many, at byte {offset}")
    return offset


def _count_pixels(block: bytes, wanted: int, pixel_bytes: int) -> tuple[int, int]:
    """How many bytes the whole packets at the start of `block` take, and their pixels.

    Stops at `wanted` pixels. A packet's first byte has its number of pixels less one; the highest
    bit says that one pixel follows, to be repeated, and not that many different ones.
    """
    packet_bytes = [1 + pixel_bytes * (1 if head & _RUN else head + 1) for head in range(256)]
    used = done = 0
    length = len(block)
    while done < wanted and used < length:
        head = block[used]
        after = used + packet_bytes[head]
        if after > length:
            break
        used = after
        done += (head & 0x7F) + 1
    return used, done
