"""Pure: is this BMP, Cineon, DPX or IRIS whole? Their headers say how long they have to be.

Every cut is seen. Changed bytes inside the pixels are not. Layouts:

BMP: BITMAPFILEHEADER and BITMAPINFOHEADER (Microsoft, Windows GDI): the file size, and room for all
rows. Run-length compressed BMP, which Blender doesn't write, is refused. The header's image size is
not used: Blender writes the number of pixels there.

Cineon: Kodak, Cineon Image File Format Draft 4.5: the file size, and room for all pixels. Blender
writes it with the high byte first, three 10-bit values in each 32 bits.

DPX: SMPTE ST 268, the generic file, image and element headers: as Cineon, in both byte orders.

IRIS (SGI RGB): P. Haeberli, The SGI Image File Format, version 1.00: every row where the table of
rows says it is; the last one, or without compression the last value, ends with the file.
"""

from __future__ import annotations

from struct import Struct

from .source import BrokenPicture, Source

_BMP_HEADER = Struct("<2sI4xIIiiHHI")
_BMP_INFO_BYTES = 40
_BMP_DEPTHS = frozenset({1, 4, 8, 16, 24, 32})
_UNCOMPRESSED = frozenset({0, 3})
"""BI_RGB and BI_BITFIELDS."""

_CINEON_START = b"\x80\x2a\x5f\xd7"
_CINEON_FILE_HEADER = Struct(">4sI12xI")
_CINEON_IMAGE_OFFSET = 193
_CINEON_IMAGE_HEADER = Struct(">B4xB1xII")
"""Number of channels; of the first: bits, pixels a line, lines."""

_DPX_ORDERS = {b"SDPX": ">", b"XPDS": "<"}
_DPX_FILE_FIELDS = "4sI8sI"
_DPX_IMAGE_OFFSET = 768
_DPX_IMAGE_FIELDS = "HHII"
_DPX_ELEMENT_OFFSET = 780
_DPX_ELEMENT_FIELDS = "20xBBBB"
_DPX_COMPONENTS = {50: 3, 51: 4, 52: 4}
"""R,G,B; R,G,B,A; A,B,G,R. Any other descriptor that Blender writes has one."""

_IRIS_START = b"\x01\xda"
_IRIS_HEADER = Struct(">2sBBHHHH")
_IRIS_HEADER_BYTES = 512
_IRIS_PLACE = Struct(">I")
_IRIS_COMPRESSED = 1
_IRIS_ONE_CHANNEL = 2


def recognises_bmp(start: bytes) -> bool:
    """True for the first bytes of a BMP."""
    return start.startswith(b"BM")


def measure_bmp(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    fields = source.unpack(_BMP_HEADER, 0, "the BMP's header")
    _, file_bytes, rows_offset, info_bytes, width, height, _, depth, compression = fields
    source.need_end(file_bytes, "the BMP by its header")
    if info_bytes < _BMP_INFO_BYTES or depth not in _BMP_DEPTHS or compression not in _UNCOMPRESSED:
        raise BrokenPicture(
            f"the BMP header of {info_bytes} bytes with depth {depth} and compression "
            f"{compression} is none that Blender writes, at byte 14"
        )
    height = abs(height)  # negative: the rows go from the top down
    row_bytes = (width * depth + 31) // 32 * 4
    source.need(rows_offset, row_bytes * height, "the BMP's rows")
    return width, height


def recognises_cineon(start: bytes) -> bool:
    """True for the first bytes of a Cineon."""
    return start.startswith(_CINEON_START)


def measure_cineon(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    _, pixels_offset, file_bytes = source.unpack(_CINEON_FILE_HEADER, 0, "the Cineon's file header")
    source.need_end(file_bytes, "the Cineon by its header")
    image = source.unpack(_CINEON_IMAGE_HEADER, _CINEON_IMAGE_OFFSET, "the Cineon's image header")
    channels, bits, width, height = image
    if channels == 0 or bits == 0:
        raise BrokenPicture(f"the Cineon has no pixels, at byte {_CINEON_IMAGE_OFFSET}")
    # At the least: lines and words may be filled up.
    source.need(pixels_offset, width * height * channels * bits // 8, "the Cineon's pixels")
    return width, height


def recognises_dpx(start: bytes) -> bool:
    """True for the first bytes of a DPX, of either byte order."""
    return start[:4] in _DPX_ORDERS


def measure_dpx(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    order = _DPX_ORDERS[source.read(0, 4, "the DPX's header")]
    file_header = Struct(order + _DPX_FILE_FIELDS)
    _, pixels_offset, _, file_bytes = source.unpack(file_header, 0, "the DPX's file header")
    source.need_end(file_bytes, "the DPX by its header")
    image_header = Struct(order + _DPX_IMAGE_FIELDS)
    image = source.unpack(image_header, _DPX_IMAGE_OFFSET, "the DPX's image header")
    _, elements, width, height = image
    element_header = Struct(order + _DPX_ELEMENT_FIELDS)
    element = source.unpack(element_header, _DPX_ELEMENT_OFFSET, "the DPX's element header")
    descriptor, _, _, bits = element
    if elements == 0 or bits == 0:
        raise BrokenPicture(f"the DPX has no pixels, at byte {_DPX_IMAGE_OFFSET}")
    # At the least: lines and words may be filled up.
    pixel_bits = bits * _DPX_COMPONENTS.get(descriptor, 1)
    source.need(pixels_offset, width * height * pixel_bits // 8, "the DPX's pixels")
    return width, height


def recognises_iris(start: bytes) -> bool:
    """True for the first bytes of an IRIS picture."""
    return start.startswith(_IRIS_START)


def measure_iris(source: Source) -> tuple[int, int]:
    """Width and height. Raises BrokenPicture where the file is not whole."""
    header = source.unpack(_IRIS_HEADER, 0, "the IRIS picture's header")
    _, compression, value_bytes, dimensions, width, height, channels = header
    if dimensions not in (2, 3) or value_bytes not in (1, 2) or channels == 0:
        raise BrokenPicture("the IRIS picture's header is damaged, at byte 3")
    if dimensions == _IRIS_ONE_CHANNEL:
        channels = 1
    if compression == _IRIS_COMPRESSED:
        end = _rows_end(source, height * channels)
    else:
        end = _IRIS_HEADER_BYTES + width * height * channels * value_bytes
    source.need_end(end, "the IRIS picture's last row")
    return width, height


def _rows_end(source: Source, rows: int) -> int:
    """Where the last of the rows ends, each of which the table places after the table itself."""
    table_bytes = rows * _IRIS_PLACE.size
    starts = source.read(_IRIS_HEADER_BYTES, table_bytes, "the IRIS picture's table of rows")
    lengths = source.read(_IRIS_HEADER_BYTES + table_bytes, table_bytes, "its table of lengths")
    first = end = _IRIS_HEADER_BYTES + 2 * table_bytes
    row_places = zip(_IRIS_PLACE.iter_unpack(starts), _IRIS_PLACE.iter_unpack(lengths), strict=True)
    for row, ((start,), (length,)) in enumerate(row_places):
        if start < first or length == 0:
            raise BrokenPicture(f"row {row} of the IRIS picture was never written, at byte {start}")
        end = max(end, start + length)
    return end
