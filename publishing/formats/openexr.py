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
from .source import BrokenPicture, Source

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
    shown = parts[0].display_window
    chunks: list[tuple[int, int]] = []
    for part in parts:
        window = part.data_window
        if window.pixels > _MOST_OVERSCAN * shown.pixels:
            raise BrokenPicture(
                f"the OpenEXR has a data window of {window.width}x{window.height} pixels for a "
                f"picture of {shown.width}x{shown.height}, in its header from byte 8 on"
            )
        chunks.extend(written_chunks(source, part, table))
        table += part.chunk_count * _OFFSET.size
    filled = first_chunk
    for start, end in sorted(chunks):  # in whatever order they were written
        if start != filled:
            raise BrokenPicture(f"the OpenEXR's chunks leave a gap or overlap, at byte {filled}")
        filled = end
    source.need_end(filled, "the OpenEXR's last chunk")
    return shown.width, shown.height


def written_chunks(source: Source, part: Part, table: int) -> Iterator[tuple[int, int]]:
    """Start and end of each chunk of a part, in the order of its offset table."""
    offsets = source.read(table, part.chunk_count * _OFFSET.size, "the OpenEXR's offset table")
    head = part.chunk_head
    for (start,), place in zip(_OFFSET.iter_unpack(offsets), part.chunk_places(), strict=True):
        if start == 0:
            raise BrokenPicture(
                f"OpenEXR chunk {place} was never written, says byte {table} and on"
            )
        *numbers, length = source.unpack(head, start, "an OpenEXR chunk's head")
        if tuple(numbers) != place or length <= 0:
            raise BrokenPicture(f"OpenEXR chunk {place} is not where its offset says, byte {start}")
        yield start, start + head.size + length
