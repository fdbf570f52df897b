"""Pure: is an MP4 file whole, how many pictures does it hold, and does it say its colours?

Blender says FINISHED for a film that a full disk cut off, so the file is looked at: an MP4 is a
row of boxes, each a length in four bytes, a name in four, and its content, which may be boxes
again. The index of the pictures is in `moov`, which Blender writes last (ISO/IEC 14496-12).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .film_file import BrokenFilm

HEADER = struct.Struct(">I4s")
LONG_LENGTH = struct.Struct(">Q")
FIELDS_BEFORE_BOXES = {b"stsd": 8, b"avc1": 78}
"""Bytes of fixed fields that come before the inner boxes, where there are any."""

SAMPLE_TABLE = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
H264 = (*SAMPLE_TABLE, b"stsd", b"avc1")
PICTURE_SIZES = (b"stsz",)

BT709, BT601 = 1, 6
COLOUR = HEADER.pack(19, b"colr") + struct.pack(">4sHHHB", b"nclx", BT709, BT709, BT601, 0)
"""Primaries and curve of BT.709, matrix of BT.601, limited range (numbers of ITU-T H.273)."""


@dataclass(frozen=True)
class Box:
    """A box inside some bytes or a file: where its header starts and where its content ends."""

    kind: bytes
    start: int
    content: int
    end: int


def count_pictures(film: Path) -> int:
    """How many pictures a whole film holds. Raises BrokenFilm, and OSError."""
    with open(film, "rb") as file:
        moov = _movie_box(file)[1]
    boxes = _picture_boxes(moov)
    samples = boxes[len(SAMPLE_TABLE) - 1]  # of the pictures' track: the sound has one too
    table = _descend(moov, PICTURE_SIZES, samples.content, samples.end)
    if table is None:
        raise BrokenFilm("it has no table of pictures")
    # Version and flags, the size that all have (0 where they differ), their number.
    return int(struct.unpack_from(">III", moov, table[-1].content)[2])


def say_colours(film: Path) -> None:
    """Write into the film how its colours are to be read, where Blender did not.

    Before 4.4 Blender turns RGB into YUV by the matrix of BT.601 and doesn't say so; players
    then guess BT.709 for large pictures, and reds and greens are off. Later versions use BT.709
    and say it. Raises BrokenFilm, and OSError.
    """
    with open(film, "r+b") as file:
        start, moov = _movie_box(file)
        boxes = _picture_boxes(moov)
        if start + len(moov) != os.fstat(file.fileno()).st_size:
            raise BrokenFilm("something comes after its index of pictures")
        if any(box.kind == b"colr" for box in _inner_boxes(moov, boxes[-1])):
            return
        file.seek(start)
        file.write(_with_colour(moov, boxes))


def _picture_boxes(moov: bytes) -> tuple[Box, ...]:
    """The boxes from the index down to the entry that says how its pictures are coded."""
    boxes = _descend(moov, H264, 0, len(moov))
    if boxes is None:
        raise BrokenFilm("it has no H.264 pictures")
    return boxes


def _with_colour(moov: bytes, boxes: tuple[Box, ...]) -> bytes:
    """The index with the colour box put at the end of the innermost of `boxes`.

    All boxes around it grow. Places of pictures stay right, since they lie before the index.
    """
    longer = bytearray(moov)
    for box in boxes:
        HEADER.pack_into(longer, box.start, box.end - box.start + len(COLOUR), box.kind)
    end = boxes[-1].end
    longer[end:end] = COLOUR
    return bytes(longer)


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
    head = file.read(HEADER.size + LONG_LENGTH.size)
    if len(head) < HEADER.size:
        raise BrokenFilm("it ends inside a box's header")
    length, kind = HEADER.unpack_from(head)
    content = start + HEADER.size
    if length == 1 and len(head) == HEADER.size + LONG_LENGTH.size:
        (length,) = LONG_LENGTH.unpack_from(head, HEADER.size)
        content += LONG_LENGTH.size
    end = start + length
    if end < content or end > size:
        raise BrokenFilm(f"its box {kind!r} is cut off")
    return Box(kind, start, content, end)


def _boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    while start < end:
        if end - start < HEADER.size:
            raise BrokenFilm("its index of pictures is damaged")
        length, kind = HEADER.unpack_from(data, start)
        if not HEADER.size <= length <= end - start:
            raise BrokenFilm("its index of pictures is damaged")
        yield Box(kind, start, start + HEADER.size, start + length)
        start += length


def _inner_boxes(data: bytes, box: Box) -> Iterator[Box]:
    return _boxes(data, box.content + FIELDS_BEFORE_BOXES.get(box.kind, 0), box.end)


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
