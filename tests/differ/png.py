"""Reading the values of PNG files that are not interlaced."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

SAMPLES = {0: 1, 2: 3, 4: 2, 6: 4}
"""How many values a pixel has, by the type of colour."""


def read_values(path: Path) -> list[float]:
    """All values of a picture, each from 0 to 1, line by line."""
    data = path.read_bytes()
    _, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    packed, at = b"", 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += length + 12
    lines = _unfiltered(zlib.decompress(packed), height, SAMPLES[kind] * depth // 8)
    if depth == 16:
        return [each / 65535 for each in struct.unpack(f">{len(lines) // 2}H", lines)]
    return [each / 255 for each in lines]


def _unfiltered(data: bytes, height: int, step: int) -> bytes:
    """The bytes of all lines, each of which was written as what it differs in from others."""
    width = len(data) // height
    above, lines = bytes(width - 1), b""
    for start in range(0, len(data), width):
        line = bytearray(data[start + 1 : start + width])
        for at, value in enumerate(line):
            left, corner = (line[at - step], above[at - step]) if at >= step else (0, 0)
            line[at] = (value + _guess(data[start], left, above[at], corner)) & 255
        above = bytes(line)
        lines += above
    return lines


def _guess(kind: int, left: int, above: int, corner: int) -> int:
    match kind:
        case 1:
            return left
        case 2:
            return above
        case 3:
            return (left + above) // 2
        case 4:
            near = left + above - corner
            return min((left, above, corner), key=lambda each: abs(near - each))
    return 0
