"""Pure: is this Radiance HDR or Targa whole? Their pixels are walked, run by run.

Every cut is seen. Layouts:

Radiance: "filefmts" of the Radiance reference, G. Ward: every scan line, to the file's end. The
run-length scheme that Radiance itself gave up in 1991, which no Blender writes, is not known here.

Targa: Truevision TGA File Format Specification 2.0: exactly as many pixels as its header says, and
the footer at the end, which version 2.0 of 1989 brought in and which all Blenders from 4.2 on
write. It is required, so a Targa of version 1.0 is refused. Targa has no magic number at its start.
"""

from __future__ import annotations

import re
from struct import Struct

from .source import BLOCK_BYTES, BrokenPicture, Source

_RADIANCE_STARTS = (b"#?RADIANCE", b"#?RGBE")
_LONGEST_HEADER_BYTES = 64 * 1024
_RESOLUTION = re.compile(rb"\n\n[-+]Y (\d{1,6}) [-+]X (\d{1,6})\n")
_RADIANCE_CHANNELS = 4
_SHORTEST_RUN_LINE, _LONGEST_RUN_LINE = 8, 0x7FFF
_LONGEST_LITERAL = 128
_LINE_HEAD_BYTES = 4

_TARGA_HEADER = Struct("<BBBHHB4xHHBB")
_TARGA_FOOTER = Struct("<II18s")
_TARGA_SIGNATURE = b"TRUEVISION-XFILE.\0"
_TARGA_PALETTE_TYPES = frozenset({1, 9})
_TARGA_TYPES = frozenset({1, 2, 3, 9, 10, 11})
"""With a palette, true colour, grey; the same three run-length compressed."""
_TARGA_FIRST_COMPRESSED = 9
_TARGA_DEPTHS = frozenset({8, 15, 16, 24, 32})
_TARGA_RUN = 0x80


def recognises_radiance(start: bytes) -> bool:
    """True for the first bytes of a Radiance HDR."""
    return start.startswith(_RADIANCE_STARTS)


def measure_radiance(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    header = source.window(0, _LONGEST_HEADER_BYTES)
    resolution = _RESOLUTION.search(header)
    if resolution is None:
        raise BrokenPicture("the Radiance HDR's header has no size, from byte 0")
    height, width = (int(number) for number in resolution.groups())
    offset = resolution.end()
    source.need_walkable("the Radiance HDR")
    for line in range(height):
        offset = _line_end(source, offset, width, line)
    source.need_end(offset, "the Radiance HDR's last scan line")
    return width, height


def _line_end(source: Source, offset: int, width: int, line: int) -> int:
    """Where scan line `line`, which begins at `offset`, ends."""
    has_runs = _SHORTEST_RUN_LINE <= width <= _LONGEST_RUN_LINE
    head = bytes((2, 2)) + width.to_bytes(4, "big")[2:]
    if not has_runs or source.view(offset, _LINE_HEAD_BYTES) != head:
        source.need(offset, width * _RADIANCE_CHANNELS, f"scan line {line} of the Radiance HDR")
        return offset + width * _RADIANCE_CHANNELS
    # At the worst each value is a literal of its own, with its length before it.
    data = source.view(offset + _LINE_HEAD_BYTES, 2 * width * _RADIANCE_CHANNELS)
    used = 0
    for _ in range(_RADIANCE_CHANNELS):
        used = _channel_end(data, used, width)
        if used > len(data):
            raise BrokenPicture(
                f"scan line {line} of the Radiance HDR is damaged, at byte {offset}"
            )
    return offset + _LINE_HEAD_BYTES + used


def _channel_end(data: memoryview, used: int, width: int) -> int:
    """Where the channel of `width` values that begins at `used` ends; behind `data` if it's broken.

    A first byte above 128 is the length of a run, plus 128, of the one value that follows; another
    is the number of the values that follow.
    """
    end = len(data)
    done = 0
    while done < width and used < end:
        head = data[used]
        if head > _LONGEST_LITERAL:
            done += head - _LONGEST_LITERAL
            used += 2
        else:
            done += head
            used += 1 + head
            if head == 0:
                break
    return used if done == width else end + 1


def recognises_targa(start: bytes) -> bool:
    """True for what can be a Targa's header. Ask last: other formats' headers can look so too."""
    if len(start) < _TARGA_HEADER.size:
        return False
    _, palette, kind, *_, width, height, depth, _ = _TARGA_HEADER.unpack_from(start)
    is_known = palette in (0, 1) and kind in _TARGA_TYPES and depth in _TARGA_DEPTHS
    return is_known and (palette == 1 or kind not in _TARGA_PALETTE_TYPES) and width * height > 0


def measure_targa(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    fields = source.unpack(_TARGA_HEADER, 0, "the Targa's header")
    id_bytes, _, kind, _, colours, colour_bits, width, height, depth, _ = fields
    footer = source.size - _TARGA_FOOTER.size
    extension, developer, signature = source.unpack(_TARGA_FOOTER, footer, "the Targa's footer")
    if signature != _TARGA_SIGNATURE:
        raise BrokenPicture(f"the Targa does not end in its footer, at byte {source.size}")
    start = _TARGA_HEADER.size + id_bytes + colours * _bytes(colour_bits)
    pixel_bytes = _bytes(depth)
    if kind < _TARGA_FIRST_COMPRESSED:
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


def _count_pixels(block: bytes, most: int, pixel_bytes: int) -> tuple[int, int]:
    """How many bytes the whole packets at the start of `block` take, and their pixels.

    Stops at `most` pixels. A packet's first byte has its number of pixels less one; the highest
    bit says that one pixel follows, to be repeated, and not that many different ones.
    """
    packet_bytes = [1 + pixel_bytes * (1 if head & _TARGA_RUN else head + 1) for head in range(256)]
    used = done = 0
    length = len(block)
    while done < most and used < length:
        head = block[used]
        after = used + packet_bytes[head]
        if after > length:
            break
        used = after
        done += (head & 0x7F) + 1
    return used, done
