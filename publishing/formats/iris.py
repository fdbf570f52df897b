"""Pure: is this IRIS (SGI RGB) picture whole? Every row where the table of rows says it is.

Layout: P. Haeberli, The SGI Image File Format, version 1.00. Every cut is seen: the last row, or
without compression the last value, ends with the file. Changed bytes inside the rows are not.
"""

from __future__ import annotations

from struct import Struct

from .picture import BrokenPicture
from .source import Source

_MAGIC = b"\x01\xda"
_HEADER = Struct(">2sBBHHHH")
_HEADER_BYTES = 512
_WORD = Struct(">I")
_COMPRESSED = 1
_ONE_CHANNEL = 2


def recognises(start: bytes) -> bool:
    """True for the first bytes of an IRIS picture."""
    return start.startswith(_MAGIC)


def measure(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    header = source.unpack(_HEADER, 0, "the IRIS picture's header")
    _, compression, value_bytes, dimensions, width, height, channels = header
    if dimensions not in (2, 3) or value_bytes not in (1, 2) or channels == 0:
        raise BrokenPicture("the IRIS picture's header is damaged, at byte 3")
    if dimensions == _ONE_CHANNEL:
        channels = 1
    if compression == _COMPRESSED:
        end = _rows_end(source, height * channels)
    else:
        end = _HEADER_BYTES + width * height * channels * value_bytes
    source.need_end(end, "the IRIS picture's last row")
    return width, height


def _rows_end(source: Source, rows: int) -> int:
    """Where the last of the rows ends, each of which the table places after the table itself."""
    table_bytes = rows * _WORD.size
    starts = source.read(_HEADER_BYTES, table_bytes, "the IRIS picture's table of rows")
    lengths = source.read(_HEADER_BYTES + table_bytes, table_bytes, "its table of lengths")
    first = end = _HEADER_BYTES + 2 * table_bytes
    row_places = zip(_WORD.iter_unpack(starts), _WORD.iter_unpack(lengths), strict=True)
    for row, ((start,), (length,)) in enumerate(row_places):
        if start < first or length == 0:
            raise BrokenPicture(f"row {row} of the IRIS picture was never written, at byte {start}")
        end = max(end, start + length)
    return end
