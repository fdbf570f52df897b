"""Pure: is this DPX whole? The file size in its header and the room for all its pixels.

Layout: SMPTE ST 268, the generic file, image and element headers. Every cut is seen. Changed bytes
inside the pixels are not.
"""

from __future__ import annotations

from struct import Struct

from .picture import BrokenPicture
from .source import Source

_ORDERS = {b"SDPX": ">", b"XPDS": "<"}
_FILE_FIELDS = "4sI8sI"
_IMAGE_OFFSET = 768
_IMAGE_FIELDS = "HHII"
_ELEMENT_OFFSET = 780
_ELEMENT_FIELDS = "20xBBBB"
_COMPONENTS = {50: 3, 51: 4, 52: 4}
"""R,G,B; R,G,B,A; A,B,G,R. Any other descriptor that Blender writes has one."""


def recognises(start: bytes) -> bool:
    """True for the first bytes of a DPX, of either byte order."""
    return start[:4] in _ORDERS


def measure(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    order = _ORDERS[source.read(0, 4, "the DPX's header")]
    file_header = Struct(order + _FILE_FIELDS)
    _, pixels_offset, _, file_bytes = source.unpack(file_header, 0, "the DPX's file header")
    source.need_end(file_bytes, "the DPX by its header")
    image_header = Struct(order + _IMAGE_FIELDS)
    image = source.unpack(image_header, _IMAGE_OFFSET, "the DPX's image header")
    _, elements, width, height = image
    element_header = Struct(order + _ELEMENT_FIELDS)
    element = source.unpack(element_header, _ELEMENT_OFFSET, "the DPX's element header")
    descriptor, _, _, bits = element
    if elements == 0 or bits == 0:
        raise BrokenPicture(f"the DPX has no pixels, at byte {_IMAGE_OFFSET}")
    # At the least: lines and words may be filled up.
    pixel_bits = bits * _COMPONENTS.get(descriptor, 1)
    source.need(pixels_offset, width * height * pixel_bits // 8, "the DPX's pixels")
    return width, height
