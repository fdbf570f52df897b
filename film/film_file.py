"""Pure: is a film's file whole, how many pictures does it hold, and does it say its colours?

Blender says FINISHED for a film that a full disk cut off, so the file is looked at.

An MP4 is a row of boxes, each a length in four bytes, a name in four, and its content, which may be
boxes again. The index of the pictures is in `moov`, which Blender writes last (ISO/IEC 14496-12).

Matroska is a tree of elements, each a name, a length and its content; both numbers tell their own
length by the zeros that they begin with (RFC 8794). Pictures lie in blocks, and these in clusters
(RFC 9559). The lengths of the outer elements are written last: of a film that was cut off they are
unknown, or lead beyond its end.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

BOX_HEADER = struct.Struct(">I4s")
LONG_BOX_LENGTH = struct.Struct(">Q")
FIELDS_BEFORE_BOXES = {b"stsd": 8, b"avc1": 78}
"""Bytes of fixed fields that come before the inner boxes, where there are any."""

SAMPLE_TABLE = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
H264 = (*SAMPLE_TABLE, b"stsd", b"avc1")
PICTURE_SIZES = (b"stsz",)

BT709, BT601 = 1, 6
COLOUR = BOX_HEADER.pack(19, b"colr") + struct.pack(">4sHHHB", b"nclx", BT709, BT709, BT601, 0)
"""Primaries and curve of BT.709, matrix of BT.601, limited range (numbers of ITU-T H.273)."""

SEGMENT = 0x18538067
TRACKS, TRACK_ENTRY, TRACK_NUMBER, TRACK_TYPE = 0x1654AE6B, 0xAE, 0xD7, 0x83
CLUSTER, SIMPLE_BLOCK, BLOCK_GROUP, BLOCK = 0x1F43B675, 0xA3, 0xA0, 0xA1
VIDEO = 1


class BrokenFilm(Exception):
    """Raised when a film is not whole; its text says what is wrong."""


@dataclass(frozen=True)
class Box:
    """A box inside some bytes or a file: where its header starts and where its content ends."""

    kind: bytes
    start: int
    content: int
    end: int


def count_mp4_pictures(film: Path) -> int:
    """How many pictures a whole MP4 holds. Raises BrokenFilm, and OSError."""
    with open(film, "rb") as file:
        moov = _movie_box(file)[1]
    boxes = _picture_boxes(moov)
    samples = boxes[len(SAMPLE_TABLE) - 1]  # of the pictures' track: the sound has one too
    table = _descend(moov, PICTURE_SIZES, samples.content, samples.end)
    if table is None:
        raise BrokenFilm("it has no table of pictures")
    # Version and flags, the size that all have (0 where they differ), their number.
    return int(struct.unpack_from(">III", moov, table[-1].content)[2])


def say_mp4_colours(film: Path) -> None:
    """Write into an MP4 how its colours are to be read, where Blender did not.

    Before 4.4 Blender turns RGB into YUV by the matrix of BT.601 and doesn't say so; players
    then guess BT.709 for large pictures, and reds and greens are off. Later versions use BT.709
    and say it. Raises BrokenFilm, and OSError.
    """
    with open(film, "r+b") as file:
        start, moov = _movie_box(file)
        boxes = _picture_boxes(moov)
        if start + len(moov) != os.fstat(file.fileno()).st_size:
            raise BrokenFilm("something comes after its index of pictures")
        entry = boxes[-1]
        inner = _boxes(moov, entry.content + FIELDS_BEFORE_BOXES[entry.kind], entry.end)
        if any(box.kind == b"colr" for box in inner):
            return
        # The colour box goes to the end of the innermost box, and all boxes around it grow. Places
        # of pictures stay right, since they lie before the index.
        longer = bytearray(moov)
        for box in boxes:
            BOX_HEADER.pack_into(longer, box.start, box.end - box.start + len(COLOUR), box.kind)
        longer[entry.end : entry.end] = COLOUR
        file.seek(start)
        file.write(longer)


def _picture_boxes(moov: bytes) -> tuple[Box, ...]:
    """The boxes from the index down to the entry that says how its pictures are coded."""
    boxes = _descend(moov, H264, 0, len(moov))
    if boxes is None:
        raise BrokenFilm("it has no H.264 pictures")
    return boxes


def _movie_box(file: BinaryIO) -> tuple[int, bytes]:
    """The index, the file's last box but for free space, with where it starts."""
    size = os.fstat(file.fileno()).st_size
    last = None
    start = 0
    while start < size:
        box = _box_at(file, start, size)
        last = last if box.kind == b"free" else box
        start = box.end
    if last is None or last.kind != b"moov":
        raise BrokenFilm("its index of pictures is not at its end")
    file.seek(last.start)
    return last.start, file.read(last.end - last.start)


def _box_at(file: BinaryIO, start: int, size: int) -> Box:
    file.seek(start)
    head = file.read(BOX_HEADER.size + LONG_BOX_LENGTH.size)
    if len(head) < BOX_HEADER.size:
        raise BrokenFilm("it ends inside a box's header")
    length, kind = BOX_HEADER.unpack_from(head)
    content = start + BOX_HEADER.size
    if length == 1 and len(head) == BOX_HEADER.size + LONG_BOX_LENGTH.size:
        (length,) = LONG_BOX_LENGTH.unpack_from(head, BOX_HEADER.size)
        content += LONG_BOX_LENGTH.size
    end = start + length
    if end < content or end > size:
        raise BrokenFilm(f"its box {kind!r} is cut off")
    return Box(kind, start, content, end)


def _boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    while start < end:
        if end - start < BOX_HEADER.size:
            raise BrokenFilm("its index of pictures is damaged")
        length, kind = BOX_HEADER.unpack_from(data, start)
        if not BOX_HEADER.size <= length <= end - start:
            raise BrokenFilm("its index of pictures is damaged")
        yield Box(kind, start, start + BOX_HEADER.size, start + length)
        start += length


def _descend(data: bytes, kinds: tuple[bytes, ...], start: int, end: int) -> tuple[Box, ...] | None:
    """The first row of boxes, each inside the one before it, that has these names."""
    for box in _boxes(data, start, end):
        if box.kind != kinds[0]:
            continue
        if len(kinds) == 1:
            return (box,)
        inner_start = box.content + FIELDS_BEFORE_BOXES.get(box.kind, 0)
        if inner := _descend(data, kinds[1:], inner_start, box.end):
            return (box, *inner)
    return None


@dataclass(frozen=True)
class Element:
    """An element of the file: what it is, where its content starts and where it ends."""

    kind: int
    content: int
    end: int


def count_matroska_pictures(film: Path) -> int:
    """How many pictures a whole Matroska holds. Raises BrokenFilm, and OSError."""
    with open(film, "rb") as file:
        whole = _elements(file, 0, os.fstat(file.fileno()).st_size)
        # The one that holds everything but the file's own header, and ends with the file.
        segment = next(_of_kind(SEGMENT, whole), None)
        if segment is None:
            raise BrokenFilm("it has no segment")
        inside = list(_inner(file, segment))
        video = _video_track(file, inside)
        return sum(
            _number(file, block.content)[0] == video
            for cluster in _of_kind(CLUSTER, inside)
            for block in _blocks(file, cluster)
        )


def _blocks(file: BinaryIO, cluster: Element) -> Iterator[Element]:
    for element in _inner(file, cluster):
        if element.kind == SIMPLE_BLOCK:
            yield element
        elif element.kind == BLOCK_GROUP:
            yield from _of_kind(BLOCK, _inner(file, element))


def _video_track(file: BinaryIO, inside: list[Element]) -> int:
    for tracks in _of_kind(TRACKS, inside):
        for entry in _of_kind(TRACK_ENTRY, _inner(file, tracks)):
            numbers: dict[int, int] = {}
            for each in _inner(file, entry):
                if each.kind in (TRACK_NUMBER, TRACK_TYPE):
                    file.seek(each.content)
                    numbers[each.kind] = int.from_bytes(file.read(each.end - each.content))
            if numbers.get(TRACK_TYPE) == VIDEO and TRACK_NUMBER in numbers:
                return numbers[TRACK_NUMBER]
    raise BrokenFilm("it has no track of pictures")


def _of_kind(kind: int, elements: Iterable[Element]) -> Iterator[Element]:
    return (element for element in elements if element.kind == kind)


def _inner(file: BinaryIO, element: Element) -> Iterator[Element]:
    return _elements(file, element.content, element.end)


def _elements(file: BinaryIO, start: int, end: int) -> Iterator[Element]:
    while start < end:
        kind, kind_bytes = _number(file, start, keeps_marker=True)
        length, length_bytes = _number(file, start + kind_bytes)
        if length == (1 << 7 * length_bytes) - 1:
            raise BrokenFilm(f"its element {kind:X} was never finished")
        content = start + kind_bytes + length_bytes
        element = Element(kind, content, content + length)
        if element.end > end:
            raise BrokenFilm(f"its element {element.kind:X} is cut off")
        yield element
        start = element.end


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
