"""Pure: is this OpenEXR whole? Every chunk where the offset table says it is, filling the file.

Layout: "OpenEXR File Layout" of the OpenEXR project. Known here: one part or several (as which
Blender 5.0 writes the passes of a multilayer picture, unless it is told to interleave them), of
scan lines or tiles. Every cut is seen, and every chunk that was never written. Changed bytes inside
a chunk's pixels are not. Deep data and compressions that Blender 5.3 doesn't know are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from .openexr_header import MAGIC, Part, read_header
from .picture import BrokenPicture
from .source import Source

_OFFSET = Struct("<Q")
_MOST_OVERSCAN = 16
"""How many times as many pixels as are shown a part may hold: rows and columns of four times the
length. A part is decoded as a whole, so one that holds far more is a trap."""


def recognises(start: bytes) -> bool:
    """True for the first bytes of an OpenEXR."""
    return start.startswith(MAGIC)


def measure(source: Source) -> tuple[int, int]:
    """Width and height of the display window. Raises BrokenPicture where the file is not whole."""
    parts, table = read_header(source)
    first_chunk = table + sum(part.chunk_count for part in parts) * _OFFSET.size
    chunks: list[tuple[int, int]] = []
    for part in parts:
        _check_overscan(part, parts[0])
        chunks.extend(written_chunks(source, part, table))
        table += part.chunk_count * _OFFSET.size
    _check_filled(chunks, first_chunk, source)
    return parts[0].display_window.width, parts[0].display_window.height


def _check_overscan(part: Part, first: Part) -> None:
    if part.data_window.pixels > _MOST_OVERSCAN * first.display_window.pixels:
        window = part.data_window
        raise BrokenPicture(
            f"the OpenEXR has a data window of {window.width}x{window.height} pixels for a picture "
            f"of {first.display_window.width}x{first.display_window.height}, in its header from "
            "byte 8 on"
        )


def written_chunks(source: Source, part: Part, table: int) -> Iterator[tuple[int, int]]:
    """Start and end of each chunk of a part, in the order of its offset table."""
    offsets = source.read(table, part.chunk_count * _OFFSET.size, "the OpenEXR's offset table")
    head = part.chunk_head
    for (start,), place in zip(_OFFSET.iter_unpack(offsets), part.chunk_places(), strict=True):
        if start == 0:
            raise BrokenPicture(
                f"OpenEXR chunk {place} was never written, says byte {table} and on"
            )
        *found, length = source.unpack(head, start, "an OpenEXR chunk's head")
        if tuple(found) != place or length <= 0:
            raise BrokenPicture(f"OpenEXR chunk {place} is not where its offset says, byte {start}")
        yield start, start + head.size + length


def _check_filled(chunks: list[tuple[int, int]], first_chunk: int, source: Source) -> None:
    """Raise unless the chunks, in whatever order they were written, fill the rest of the file."""
    filled = first_chunk
    for start, end in sorted(chunks):
        if start != filled:
            raise BrokenPicture(f"the OpenEXR's chunks leave a gap or overlap, at byte {filled}")
        filled = end
    source.need_end(filled, "the OpenEXR's last chunk")
