"""AVIF files by hand, of boxes: whole ones, and what can be wrong with them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

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


def of_properties(*properties: bytes) -> bytes:
    """Properties, all of them those of the first picture."""
    numbers = bytes(range(1, len(properties) + 1))
    owners = struct.pack(">IHB", 1, 1, len(properties)) + numbers
    return box(b"iprp", box(b"ipco", *properties), box(b"ipma", bytes(4), owners))


def avif(*sizes: bytes, version: int = 0, shift: int = 0, is_long: bool = False) -> bytes:
    """A picture whose `iloc` names its data, or what lies `shift` bytes behind them."""
    start = box(b"ftyp", b"avif", bytes(4), b"avifmif1")
    properties = of_properties(box(b"pixi", bytes(4)), *(sizes or (size(),)))

    def head(offset: int) -> bytes:
        return start + box(b"meta", bytes(4), place(offset, len(PIXELS), version), properties)

    offset = len(head(0)) + (16 if is_long else 8) + shift
    return head(offset) + box(b"mdat", PIXELS, is_long=is_long)


def places(*parts: tuple[int, int]) -> bytes:
    """An `iloc` of as many pictures, each of one part: where it begins, and its length."""
    told = [
        struct.pack(">HHHII", number, 0, 1, offset, length)
        for number, (offset, length) in enumerate(parts, start=1)
    ]
    return box(b"iloc", bytes(4), struct.pack(">HH", 0x4400, len(told)), *told)


def of_blender() -> bytes:
    """The boxes that Blender 5.2 writes: a picture, its alpha, and metadata."""
    data = (PIXELS, b"its alpha", b"Exif")
    start = box(b"ftyp", b"avif", bytes(4), b"mif1avifmiaf")
    handler = box(b"hdlr", bytes(8), b"pict", bytes(13))
    kinds = [
        box(b"infe", b"\2\0\0\0", struct.pack(">HH", number, 0), kind)
        for number, kind in enumerate((b"av01\0", b"av01\0", b"Exif\0"), start=1)
    ]
    info = box(b"iinf", bytes(4), struct.pack(">H", 3), *kinds)
    properties = of_properties(
        box(b"av1C", b"\x81\0\x0c\0"), size(), box(b"pixi", bytes(4), b"\3\x08\x08\x08")
    )
    references = box(b"iref", bytes(4), box(b"auxl", struct.pack(">HHH", 2, 1, 1)))

    def head(first: int) -> bytes:
        at = [first + sum(map(len, data[:number])) for number in range(len(data))]
        parts = places(*zip(at, map(len, data), strict=True))
        main = box(b"pitm", bytes(4), struct.pack(">H", 1))
        return start + box(b"meta", bytes(4), handler, main, parts, info, properties, references)

    return head(len(head(0)) + 8) + box(b"mdat", *data)


def of_parts(count: int) -> bytes:
    """A picture whose `iloc` names its data so many times."""
    properties = of_properties(size())

    def head(offset: int) -> bytes:
        parts = places(*[(offset, len(PIXELS))] * count)
        return box(b"ftyp", b"avif", bytes(4)) + box(b"meta", bytes(4), parts, properties)

    return head(len(head(0)) + 8) + box(b"mdat", PIXELS)


HOLDING = {b"meta": 4, b"iprp": 0, b"ipco": 0}
"""The boxes whose boxes are looked at, and what goes before those."""


def box_starts(content: bytes, start: int, end: int) -> Iterator[int]:
    """Where each box begins, with those in it."""
    while start < end:
        size, kind = struct.unpack_from(">I4s", content, start)
        yield start
        if kind in HOLDING:
            yield from box_starts(content, start + 8 + HOLDING[kind], start + size)
        start += size
