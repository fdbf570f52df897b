"""AVIF files by hand, of boxes: whole ones, and what can be wrong with them."""

from __future__ import annotations

import struct

from .formats_common import HEIGHT, WIDTH

PIXELS = b"AV1 pixels"


def box(kind: bytes, *content: bytes, is_long: bool = False) -> bytes:
    data = b"".join(content)
    if is_long:
        return struct.pack(">I4sQ", 1, kind, 16 + len(data)) + data
    return struct.pack(">I4s", 8 + len(data), kind) + data


def size(width: int = WIDTH) -> bytes:
    return box(b"ispe", bytes(4), struct.pack(">II", width, HEIGHT))


def place(offset: int, length: int, version: int = 0) -> bytes:
    """Where the one picture lies: as Blender tells it, or in version 1 with more numbers."""
    if version == 0:
        picture = struct.pack(">HHHII", 1, 0, 1, offset, length)
        return box(b"iloc", bytes(4), struct.pack(">HH", 0x4400, 1), picture)
    picture = struct.pack(">HHHIHIII", 1, 0, 0, offset, 1, 0, 0, length)
    return box(b"iloc", b"\1\0\0\0", struct.pack(">HH", 0x4444, 1), picture)


def avif(*sizes: bytes, version: int = 0, shift: int = 0, is_long: bool = False) -> bytes:
    """A picture whose `iloc` names its data, or what lies `shift` bytes behind them."""
    start = box(b"ftyp", b"avif", bytes(4), b"avifmif1")
    properties = box(b"iprp", box(b"ipco", box(b"pixi", bytes(4)), *(sizes or (size(),))))

    def head(offset: int) -> bytes:
        return start + box(b"meta", bytes(4), place(offset, len(PIXELS), version), properties)

    offset = len(head(0)) + (16 if is_long else 8) + shift
    return head(offset) + box(b"mdat", PIXELS, is_long=is_long)
