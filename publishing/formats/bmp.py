"""Pure: is this BMP whole? The file size in its header and the room for all its rows.

Layout: BITMAPFILEHEADER and BITMAPINFOHEADER (Microsoft, Windows GDI). Every cut is seen.
Run-length compressed BMP, which Blender doesn't write, is refused. The header's image size is
not used: Blender writes the number of pixels there.
"""

from __future__ import annotations

from struct import Struct

from .picture import BrokenPicture
from .source import Source

_HEADER = Struct("<2sI4xIIiiHHI")
_INFO_HEADER_BYTES = 40
_DEPTHS = frozenset({1, 4, 8, 16, 24, 32})
_UNCOMPRESSED = frozenset({0, 3})
"""BI_RGB and BI_BITFIELDS."""


def recognises(start: bytes) -> bool:
    """True for the first bytes of a BMP."""
    return start.startswith(b"BM")


def measure(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    fields = source.unpack(_HEADER, 0, "the BMP's header")
    _, file_bytes, rows_offset, info_bytes, width, height, _, depth, compression = fields
    source.need_end(file_bytes, "the BMP by its header")
    if info_bytes < _INFO_HEADER_BYTES or depth not in _DEPTHS or compression not in _UNCOMPRESSED:
        raise BrokenPicture(
            f"the BMP header of {info_bytes} bytes with depth {depth} and compression "
            f"{compression} is none that Blender writes, at byte 14"
        )
    height = abs(height)  # negative: the rows go from the top down
    row_bytes = (width * depth + 31) // 32 * 4
    source.need(rows_offset, row_bytes * height, "the BMP's rows")
    return width, height
