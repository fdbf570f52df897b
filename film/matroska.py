"""Pure: is a Matroska film whole, and how many pictures does it hold?

Blender says FINISHED for a film that a full disk cut off, so the file is looked at. Matroska is
a tree of elements, each a name, a length and its content; both numbers tell their own length by
the zeros that they begin with (RFC 8794). Pictures lie in blocks, and these in clusters (RFC
9559). The lengths of the outer elements are written last: of a film that was cut off they are
unknown, or lead beyond its end.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .film_file import BrokenFilm

SEGMENT = 0x18538067
TRACKS, TRACK_ENTRY, TRACK_NUMBER, TRACK_TYPE = 0x1654AE6B, 0xAE, 0xD7, 0x83
CLUSTER, SIMPLE_BLOCK, BLOCK_GROUP, BLOCK = 0x1F43B675, 0xA3, 0xA0, 0xA1
VIDEO = 1


@dataclass(frozen=True)
class Element:
    """An element of the file: what it is, where its content starts and where it ends."""

    kind: int
    content: int
    end: int


def count_pictures(film: Path) -> int:
    """How many pictures a whole film holds. Raises BrokenFilm, and OSError."""
    with open(film, "rb") as file:
        segment = _segment(file)
        inside = list(_inner(file, segment))
        video = _video_track(file, inside)
        return sum(
            _number(file, block.content)[0] == video
            for cluster in _of_kind(CLUSTER, inside)
            for block in _blocks(file, cluster)
        )


def _segment(file: BinaryIO) -> Element:
    """The element that holds everything but the file's own header. It ends with the file."""
    for element in _elements(file, 0, os.fstat(file.fileno()).st_size):
        if element.kind == SEGMENT:
            return element
    raise BrokenFilm("it has no segment")


def _video_track(file: BinaryIO, inside: list[Element]) -> int:
    for tracks in _of_kind(TRACKS, inside):
        for entry in _of_kind(TRACK_ENTRY, _inner(file, tracks)):
            told = {
                each.kind: _whole_number(file, each)
                for each in _inner(file, entry)
                if each.kind in (TRACK_NUMBER, TRACK_TYPE)
            }
            if told.get(TRACK_TYPE) == VIDEO and TRACK_NUMBER in told:
                return told[TRACK_NUMBER]
    raise BrokenFilm("it has no track of pictures")


def _blocks(file: BinaryIO, cluster: Element) -> Iterator[Element]:
    for element in _inner(file, cluster):
        if element.kind == SIMPLE_BLOCK:
            yield element
        elif element.kind == BLOCK_GROUP:
            yield from _of_kind(BLOCK, _inner(file, element))


def _of_kind(kind: int, elements: Iterable[Element]) -> Iterator[Element]:
    return (element for element in elements if element.kind == kind)


def _inner(file: BinaryIO, element: Element) -> Iterator[Element]:
    return _elements(file, element.content, element.end)


def _elements(file: BinaryIO, start: int, end: int) -> Iterator[Element]:
    while start < end:
        element = _element(file, start)
        if element.end > end:
            raise BrokenFilm(f"its element {element.kind:X} is cut off")
        yield element
        start = element.end


def _element(file: BinaryIO, start: int) -> Element:
    kind, kind_bytes = _number(file, start, keeps_marker=True)
    length, length_bytes = _number(file, start + kind_bytes)
    if length == (1 << 7 * length_bytes) - 1:
        raise BrokenFilm(f"its element {kind:X} was never finished")
    content = start + kind_bytes + length_bytes
    return Element(kind, content, content + length)


def _number(file: BinaryIO, start: int, keeps_marker: bool = False) -> tuple[int, int]:
    """A number whose leading zeros tell how many bytes it has, and how many these are."""
    file.seek(start)
    raw = file.read(8)
    if not raw or not raw[0]:
        raise BrokenFilm("it ends inside an element, or is damaged")
    length = 9 - raw[0].bit_length()
    if len(raw) < length:
        raise BrokenFilm("it ends inside an element")
    number = int.from_bytes(raw[:length])
    return (number if keeps_marker else number & ~(1 << 7 * length)), length


def _whole_number(file: BinaryIO, element: Element) -> int:
    file.seek(element.content)
    return int.from_bytes(file.read(element.end - element.content))
