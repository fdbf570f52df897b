"""Pure: the values of an OpenEXR of plain scan lines, channel by channel, and where two differ.

For pictures that this process has just had Blender write, without compression and in 32 bits.
"""

from __future__ import annotations

import math
import os
import re
import sys
from array import array
from collections.abc import Mapping
from pathlib import Path

from .openexr import written_chunks
from .openexr_header import Part, read_header
from .source import BrokenPicture, Source

LEAST_DIFFERENCE = 1e-3
"""Two values are equal that differ by less than this share of the larger one, or of 1: rays meet
the same triangles in whatever order these were sorted, and sums come out a bit different."""

_CHANNEL = re.compile(rb"([^\0]{1,255})\0(.{4}).{4}(.{4})(.{4})", re.DOTALL)
_FLOAT, _ONE = (2).to_bytes(4, "little"), (1).to_bytes(4, "little")
_OFFSET_BYTES = 8

Values = dict[str, bytes]
"""The values of each channel, line by line, as 32-bit floats; by part and channel."""


def values_of(path: Path) -> Values:
    """Read a picture. Raises BrokenPicture for what is not of this kind, OSError as it comes."""
    with open(path, "rb") as file:
        source = Source(file, os.fstat(file.fileno()).st_size)
        parts, table = read_header(source)
        values: Values = {}
        for part in parts:
            values.update(_values_in(source, part, table))
            table += part.chunk_count * _OFFSET_BYTES
    return values


def _values_in(source: Source, part: Part, table: int) -> Values:
    names = _channels(part)
    lines: dict[str, bytearray] = {name: bytearray() for name in names}
    length = part.data_window.width * 4
    for head, end in written_chunks(source, part, table):
        start = head + part.chunk_head.size
        line = source.read(start, end - start, "an OpenEXR line")
        if len(line) != length * len(names):
            raise BrokenPicture(f"the OpenEXR has a line of {len(line)} bytes, at byte {start}")
        for place, name in enumerate(names):
            lines[name] += line[place * length : (place + 1) * length]
    return {name: bytes(values) for name, values in lines.items()}


def _channels(part: Part) -> list[str]:
    if part.compression or part.tiling is not None:
        raise BrokenPicture("the OpenEXR is compressed or in tiles")
    names: list[str] = []
    rest = part.channel_list
    while (channel := _CHANNEL.match(rest)) is not None:
        name, *kind = channel.groups()
        if kind != [_FLOAT, _ONE, _ONE]:
            raise BrokenPicture(f"the OpenEXR's channel {name!r} holds no 32-bit floats")
        whole = name if name.startswith(part.name) else part.name + b"." + name
        names.append(whole.decode(errors="replace"))
        rest = rest[channel.end() :]
    return names


def differing(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> list[str]:
    """The channels of which a value differs, or that only one of the two has."""
    names = []
    for name in sorted(one.keys() | other.keys()):
        ours, theirs = one.get(name, b""), other.get(name, b"")
        if ours == theirs:
            continue
        if len(ours) != len(theirs) or any(
            mine != yours and not _are_close(mine, yours)
            for mine, yours in zip(_floats(ours), _floats(theirs), strict=True)
        ):
            names.append(name)
    return names


def _floats(data: bytes) -> array[float]:
    floats = array("f", data)
    if sys.byteorder == "big":
        floats.byteswap()
    return floats


def _are_close(one: float, other: float) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    if math.isinf(one) or math.isinf(other):
        return False
    return abs(one - other) <= LEAST_DIFFERENCE * max(1.0, abs(one), abs(other))
