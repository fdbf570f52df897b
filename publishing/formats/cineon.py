"""Pure: is this Cineon whole? The file size in its header and the room for all its pixels.

Layout: Kodak, Cineon Image File Format Draft 4.5. Every cut is seen. Changed bytes inside the
pixels are not. Blender writes it with the high byte first, three 10-bit values in each 32 bits.
"""

from __future__ import annotations

from struct import Struct

from .picture import BrokenPicture
from .source import Source

_MAGIC = b"\x80\x2a\x5f\xd7"
_FILE_HEADER = Struct(">4sI12xI")
_IMAGE_OFFSET = 193
_IMAGE_HEADER = Struct(">B4xB1xII")
"""Number of channels; of the first: bits, pixels a line, lines."""


def recognises(start: bytes) -> bool:
    """True for the first bytes of a Cineon."""
    return start.startswith(_MAGIC)


def measure(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    _, pixels_offset, file_bytes = source.unpack(_FILE_HEADER, 0, "the Cineon's file header")
    source.need_end(file_bytes, "the Cineon by its header")
    image = source.unpack(_IMAGE_HEADER, _IMAGE_OFFSET, "the Cineon's image header")
    channels, bits, width, height = image
    if channels == 0 or bits == 0:
        raise BrokenPicture(f"the Cineon has no pixels, at byte {_IMAGE_OFFSET}")
    # At the least: lines and words may be filled up.
    source.need(pixels_offset, width * height * channels * bits // 8, "the Cineon's pixels")
    return width, height
