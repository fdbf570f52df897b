"""Pure: is this Radiance HDR whole? Every scan line, run by run, to the file's end.

Layout: "filefmts" of the Radiance reference, G. Ward. Every cut is seen. The run-length scheme that
Radiance itself gave up in 1991, which no Blender writes, is not known here.
"""

from __future__ import annotations

import re

from .picture import BrokenPicture
from .source import Source

_STARTS = (b"#?RADIANCE", b"#?RGBE")
_LONGEST_HEADER_BYTES = 64 * 1024
_RESOLUTION = re.compile(rb"\n\n[-+]Y (\d{1,6}) [-+]X (\d{1,6})\n")
_CHANNELS = 4
_SHORTEST_RUN_LINE, _LONGEST_RUN_LINE = 8, 0x7FFF
_LONGEST_LITERAL = 128
_LINE_HEAD_BYTES = 4


def recognises(start: bytes) -> bool:
    """True for the first bytes of a Radiance HDR."""
    return start.startswith(_STARTS)


def measure(source: Source) -> tuple[int, int]:
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
        source.need(offset, width * _CHANNELS, f"scan line {line} of the Radiance HDR")
        return offset + width * _CHANNELS
    # At the worst each value is a literal of its own, with its length before it.
    data = source.view(offset + _LINE_HEAD_BYTES, 2 * width * _CHANNELS)
    used = 0
    for _ in range(_CHANNELS):
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
