"""Small whole picture files of the formats of film and print, made byte by byte.

Their pixels are of no account: where a format compresses them, any bytes stand for the result.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from .formats_common import HEIGHT, WIDTH

CHUNK = b"chunk"
ZIPS, ZIP, DWAB = 2, 3, 9
ONE_LEVEL, MIP_MAP, RIP_MAP, ROUND_UP = 0, 1, 2, 16


def exr_attribute(name: str, kind: str, value: bytes) -> bytes:
    return b"%s\0%s\0%s" % (name.encode(), kind.encode(), struct.pack("<i", len(value))) + value


def exr_header(compression: int = ZIPS, top: int = -2, **more: tuple[str, bytes]) -> bytes:
    """A header whose data window, as large as the display window, lies left of and above it."""
    attributes = {
        "Camera": ("string", b"a name"),
        "compression": ("compression", bytes((compression,))),
        "dataWindow": ("box2i", struct.pack("<4i", -3, top, WIDTH - 4, top + HEIGHT - 1)),
        "displayWindow": ("box2i", struct.pack("<4i", 0, 0, WIDTH - 1, HEIGHT - 1)),
        **more,
    }
    return b"".join(exr_attribute(name, *value) for name, value in attributes.items()) + b"\0"


def exr_tiles(mode: int, width: int = 4, height: int = 2) -> tuple[str, bytes]:
    return "tiledesc", struct.pack("<IIB", width, height, mode)


def exr_part(
    number: int, chunks: int, kind: bytes = b"scanlineimage", compression: int = ZIPS
) -> bytes:
    """The header of one of several parts."""
    return exr_header(
        compression,
        name=("string", b"part %d" % number),
        type=("string", kind),
        chunkCount=("int", struct.pack("<i", chunks)),
    )


def exr(
    header: bytes,
    places: Sequence[tuple[int, ...]],
    flags: int = 0,
    order: Sequence[int] | None = None,
) -> bytes:
    """The header, the offset table, and a chunk at each place, written in the given order."""
    start = b"\x76\x2f\x31\x01" + struct.pack("<I", 2 | flags) + header
    offsets = [0] * len(places)
    chunks = b""
    for index in order or range(len(places)):
        offsets[index] = len(start) + len(places) * 8 + len(chunks)
        place = places[index]
        chunks += struct.pack(f"<{len(place) + 1}i", *place, len(CHUNK)) + CHUNK
    return start + struct.pack(f"<{len(places)}Q", *offsets) + chunks


def radiance(lines: bytes, width: int = WIDTH) -> bytes:
    size = b"-Y %d +X %d\n" % (HEIGHT, width)
    return b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n" + size + lines


def radiance_line(width: int = WIDTH) -> bytes:
    """A scan line of four channels: a run; single values; both; both. Up to 127 pixels wide."""
    run, literal = bytes((128 + width, 7)), bytes((width, *range(width)))
    mixed = bytes((1, 6, 128 + width - 3, 7, 2, 8, 9))
    return bytes((2, 2, width >> 8, width & 0xFF)) + run + literal + mixed + mixed


def dpx(order: str = ">", elements: int = 1, bits: int = 10) -> bytes:
    """Three values of 10 bits in each 32 bits, that is, 4 bytes a pixel."""
    data = bytearray(2048) + bytes(WIDTH * HEIGHT * 4)
    magic = b"SDPX" if order == ">" else b"XPDS"
    struct.pack_into(order + "4sI8sI", data, 0, magic, 2048, b"V2.0", len(data))
    struct.pack_into(order + "HHII", data, 768, 0, elements, WIDTH, HEIGHT)
    struct.pack_into(order + "20xBBBB", data, 780, 50, 2, 2, bits)
    return bytes(data)


def cineon(channels: int = 3) -> bytes:
    data = bytearray(1024) + bytes(WIDTH * HEIGHT * 4)
    struct.pack_into(">II12xI", data, 0, 0x802A5FD7, 1024, len(data))
    struct.pack_into(">BB", data, 192, 0, channels)
    struct.pack_into(">BBBxII", data, 196, 0, 1, 10, WIDTH, HEIGHT)
    return bytes(data)


def j2c_segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">HH", marker, len(data) + 2) + data


def j2c_tile_part(data: bytes, length: int | None = None) -> bytes:
    """A tile part; length 0 says that it goes on to the end marker."""
    length = 12 + len(data) if length is None else length
    return struct.pack(">HHHIBB", 0xFF90, 10, 0, length, 0, 1) + data


def j2c(*tile_parts: bytes) -> bytes:
    size = struct.pack(">HIIII", 0, WIDTH + 1, HEIGHT + 2, 1, 2) + bytes(21)
    headers = j2c_segment(0xFF51, size) + j2c_segment(0xFF52, bytes(10))
    return b"\xff\x4f" + headers + b"".join(tile_parts) + b"\xff\xd9"


def jp2_box(kind: bytes, data: bytes, length: int | None = None) -> bytes:
    """Length 1 means that a longer length follows, 0 that the box goes on to the file's end."""
    long_length = struct.pack(">Q", 16 + len(data)) if length == 1 else b""
    length = 8 + len(data) if length is None else length
    return struct.pack(">I4s", length, kind) + long_length + data


def jp2(*boxes: bytes) -> bytes:
    start = jp2_box(b"jP  ", b"\r\n\x87\n") + jp2_box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    return start + b"".join(boxes)


def iris_header(compression: int = 0, dimensions: int = 3, channels: int = 3) -> bytes:
    fields = (0x01DA, compression, 1, dimensions, WIDTH, HEIGHT, channels)
    return struct.pack(">HBBHHHH", *fields).ljust(512, b"\0")


def iris_in_runs(channels: int = 3) -> bytes:
    """The table of rows, then each row as one run and its end."""
    row = bytes((WIDTH, 7, 0))
    rows = HEIGHT * channels
    starts = [512 + 8 * rows + number * len(row) for number in range(rows)]
    table = struct.pack(f">{2 * rows}I", *starts, *[len(row)] * rows)
    return iris_header(compression=1, channels=channels) + table + row * rows
