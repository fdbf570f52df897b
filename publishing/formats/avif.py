"""Pure: is this AVIF whole? Boxes from the first byte to the last, and all parts of its pictures.

Layout: ISO/IEC 14496-12 (boxes) and 23008-12 (`meta`: `iloc`, `iprp`, `ispe`), as the AV1 Image
File Format of the Alliance for Open Media uses them. Every cut is seen, and every length that
doesn't lead to where it should. Changed bytes inside the picture's data are not, nor a part that
lies elsewhere in that data than it should. Sequences and grids are refused: Blender (5.1 and
later) writes neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from .source import BrokenPicture, Source

_BOX_HEAD = Struct(">I4s")
_LONG_SIZE = Struct(">Q")
_FULL_BOX_BYTES = 4
"""Version and flags, with which some boxes begin."""
_SIZE = Struct(">4xII")
_MOST_BOXES = 1000
"""In one box: a picture of Blender has about ten."""
_MOST_PARTS = 1000
"""Of all pictures in the file: Blender's has two or three, with its alpha and its metadata."""
_ILOC_VERSIONS = (0, 1, 2)


class _Box(NamedTuple):
    kind: bytes
    start: int
    """Where its content begins."""
    end: int


def recognises(start: bytes) -> bool:
    """True for the first bytes of an AVIF."""
    return start[4:12] == b"ftypavif"


def measure(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    boxes = list(_boxes(source, 0, source.size))
    data = [box for box in boxes if box.kind == b"mdat"]
    if not data:
        raise BrokenPicture(f"the AVIF has no picture before its end, at byte {source.size}")
    meta = _only(boxes, b"meta", 0)
    inner = list(_boxes(source, meta.start + _FULL_BOX_BYTES, meta.end))
    _check_places(source, _only(inner, b"iloc", meta.start), data)
    properties = _only(inner, b"iprp", meta.start)
    groups = list(_boxes(source, properties.start, properties.end))
    group = _only(groups, b"ipco", properties.start)
    if {box.kind for box in groups} != {b"ipco", b"ipma"}:
        raise BrokenPicture(
            f"the AVIF's properties are not followed by whose they are, at byte {properties.start}"
        )
    sizes = {
        source.unpack(_SIZE, box.start, "the AVIF's size")
        for box in _boxes(source, group.start, group.end)
        if box.kind == b"ispe"
    }
    if len(sizes) != 1:
        raise BrokenPicture(
            f"the AVIF has {sorted(sizes)} as its size, not one, at byte {group.start}"
        )
    width, height = sizes.pop()
    return width, height


def _only(boxes: list[_Box], kind: bytes, place: int) -> _Box:
    own = [box for box in boxes if box.kind == kind]
    if len(own) != 1:
        raise BrokenPicture(f"the AVIF has {len(own)} boxes {kind!r}, not one, at byte {place}")
    return own[0]


def _boxes(source: Source, start: int, end: int) -> Iterator[_Box]:
    """The boxes that fill these bytes of the file, each inside of them."""
    for _ in range(_MOST_BOXES):
        if start == end:
            return
        size, kind = source.unpack(_BOX_HEAD, start, "an AVIF box's head")
        content = start + _BOX_HEAD.size
        if size == 1:
            (size,) = source.unpack(_LONG_SIZE, content, "an AVIF box's length")
            content += _LONG_SIZE.size
        if not content <= start + size <= end:
            raise BrokenPicture(
                f"the AVIF box {kind!r} at byte {start} should fill {size} bytes, of {end - start}"
            )
        start += size
        yield _Box(kind, content, start)
    raise BrokenPicture(f"the AVIF has more than {_MOST_BOXES} boxes up to byte {start}")


def _check_places(source: Source, places: _Box, data: list[_Box]) -> None:
    """Raise unless `iloc` tells of parts, as many as it says, and each lies in a box of data."""
    numbers = _Numbers(source.read(places.start, places.end - places.start, "the AVIF's iloc"))
    count = 0
    for offset, length in _parts(numbers):
        count += 1
        if count > _MOST_PARTS:
            raise BrokenPicture(
                f"the AVIF has more than {_MOST_PARTS} parts by its iloc at byte {places.start}"
            )
        if not length or not any(
            box.start <= offset and offset + length <= box.end for box in data
        ):
            raise BrokenPicture(
                f"a part of the AVIF's picture should fill {length} bytes from byte {offset} on, "
                "which are not in its data"
            )
    if not count or numbers.left:
        raise BrokenPicture(
            f"the AVIF's iloc at byte {places.start} tells of {count} parts, and holds "
            f"{numbers.left} bytes more"
        )


def _parts(numbers: _Numbers) -> Iterator[tuple[int, int]]:
    """Where in the file each part of each picture begins, and how long it is."""
    version = numbers.take(4) >> 24
    if version not in _ILOC_VERSIONS:
        raise BrokenPicture(f"the AVIF's iloc has the version {version}, of which byte 0 tells")
    sizes = numbers.take(2)
    offset_bytes, length_bytes, base_bytes = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_bytes = sizes & 15 if version else 0
    for _ in range(numbers.take(4 if version == 2 else 2)):
        numbers.take(4 if version == 2 else 2)
        method = numbers.take(2) & 15 if version else 0
        if method:
            raise BrokenPicture(
                f"the AVIF's iloc has a part that is made by method {method}, up to byte "
                f"{numbers.at}, which Blender doesn't write"
            )
        numbers.take(2)
        base = numbers.take(base_bytes)
        for _ in range(numbers.take(2)):
            numbers.take(index_bytes)
            yield base + numbers.take(offset_bytes), numbers.take(length_bytes)


class _Numbers:
    """Whole numbers that follow one another, the highest byte first."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.at = 0

    @property
    def left(self) -> int:
        """How many bytes have not been taken."""
        return len(self._content) - self.at

    def take(self, size: int) -> int:
        """The next number, of so many bytes. Raises BrokenPicture where there are no more."""
        part = self._content[self.at : self.at + size]
        if len(part) != size:
            raise BrokenPicture(f"the AVIF's iloc ends after {len(self._content)} bytes, too soon")
        self.at += size
        return int.from_bytes(part, "big")
