"""Small whole picture files of everyday formats, made byte by byte.

Their pixels are of no account: where a format compresses them, any bytes stand for the result.
"""

from __future__ import annotations

import struct
import zlib

WIDTH, HEIGHT = 9, 5
"""Wide enough for the runs of a Radiance HDR's scan lines, which begin at 8."""


def png_chunk(kind: bytes, data: bytes) -> bytes:
    crc = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)


def png_header(width: int = WIDTH) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + png_chunk(
        b"IHDR", struct.pack(">II5B", width, HEIGHT, 8, *[0] * 4)
    )


def png(pieces: int = 1) -> bytes:
    """A grey picture of 8 bits, its compressed pixels in one or several IDAT chunks."""
    pixels = zlib.compress(b"".join(b"\0" + bytes(range(WIDTH)) for _ in range(HEIGHT)))
    length = -(-len(pixels) // pieces)
    starts = range(0, len(pixels), length)
    data = b"".join(png_chunk(b"IDAT", pixels[start : start + length]) for start in starts)
    return png_header() + png_chunk(b"tEXt", b"Frame\x00001") + data + png_chunk(b"IEND", b"")


def jpeg_segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def jpeg_frame(marker: int = 0xC0) -> bytes:
    return jpeg_segment(marker, struct.pack(">BHHB3B", 8, HEIGHT, WIDTH, 1, 1, 0x11, 0))


def jpeg_scan(data: bytes = b"\x12\xff\x00\x34\xff\xd0\x56") -> bytes:
    """A scan whose data hold an escaped FF and a restart marker."""
    return jpeg_segment(0xDA, bytes((1, 1, 0, 0, 63, 0))) + data


def jpeg(*parts: bytes) -> bytes:
    """The parts between a JPEG's start and end markers, with a comment that looks like its end."""
    start = b"\xff\xd8" + jpeg_segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    return start + jpeg_segment(0xFE, b"not the \xff\xd9 end") + b"".join(parts) + b"\xff\xd9"


def riff_chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def webp(*chunks: bytes) -> bytes:
    data = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(data)) + data


def webp_canvas(width: int = WIDTH) -> bytes:
    sizes = ((length - 1).to_bytes(3, "little") for length in (width, HEIGHT))
    return riff_chunk(b"VP8X", bytes(4) + b"".join(sizes))


def webp_lossy(start_code: bytes = b"\x9d\x01\x2a", partition: bytes = b"lossy") -> bytes:
    flags = (len(b"lossy") << 5 | 0b10000).to_bytes(3, "little")
    data = flags + start_code + struct.pack("<HH", WIDTH, HEIGHT) + partition
    return riff_chunk(b"VP8 ", data)


def webp_lossless(signature: int = 0x2F, pixels: bytes = b"lossless") -> bytes:
    sizes = WIDTH - 1 | HEIGHT - 1 << 14
    return riff_chunk(b"VP8L", struct.pack("<BI", signature, sizes) + pixels)


def tiff_tags(pieces: int, place: int, length: int = 6) -> dict[int, list[int]]:
    """The tags of a picture in strips of two rows, one behind the other from byte `place` on."""
    return {
        256: [WIDTH],
        257: [HEIGHT],
        273: [place + length * number for number in range(pieces)],
        277: [1],
        278: [2],
        279: [length] * pieces,
    }


def tiff_in_tiles(tags: dict[int, list[int]]) -> dict[int, list[int]]:
    """The same tags, but for tiles of 16 x 2 pixels."""
    kept = {tag: values for tag, values in tags.items() if tag not in (273, 278, 279)}
    return {**kept, 322: [16], 323: [2], 324: tags[273], 325: tags[279]}


def tiff(
    tags: dict[int, list[int]] | None = None,
    order: str = "<",
    big: bool = False,
    next_directory: int = 0,
) -> bytes:
    """The pixels of three strips, long values, and last one directory of the tags."""
    word, inline, kind = ("Q", 8, 16) if big else ("I", 4, 4)
    data = bytearray(16 if big else 8)
    tags = tags or tiff_tags(3, len(data))
    data += b"pixels" * 3
    entries = b""
    for tag, values in sorted(tags.items()):
        raw = struct.pack(f"{order}{len(values)}{word}", *values)
        if len(raw) > inline:
            data += raw
            raw = struct.pack(order + word, len(data) - len(raw))
        entries += struct.pack(f"{order}HH{word}", tag, kind, len(values))
        entries += raw.ljust(inline, b"\0")
    start = len(data)
    data += struct.pack(order + ("Q" if big else "H"), len(tags)) + entries
    data += struct.pack(order + word, next_directory)
    data[:2] = b"II" if order == "<" else b"MM"
    fields = ("HHHQ", 43, 8, 0, start) if big else ("HI", 42, start)
    data[2 : 16 if big else 8] = struct.pack(order + str(fields[0]), *fields[1:])
    return bytes(data)


def bmp(height: int = HEIGHT, info: int = 40, depth: int = 24, compression: int = 0) -> bytes:
    """Rows of 3 bytes a pixel, filled up to 28 bytes; a negative height means from the top down."""
    rows = bytes(range(28)) * HEIGHT
    start = struct.pack("<2sIII", b"BM", 54 + len(rows), 0, 54)
    fields = (info, WIDTH, height, 1, depth, compression, 0, 0, 0, 0, 0)
    return start + struct.pack("<IiiHH6I", *fields) + rows


def targa(
    pixels: bytes = bytes(WIDTH * HEIGHT * 3), kind: int = 2, palette: int = 0, depth: int = 24
) -> bytes:
    """A Targa of version 2.0. Its extension area could be read as a packet of one pixel more."""
    header = struct.pack("<BBBHHB4xHHBB", 2, palette, kind, 0, palette * 3, palette * 24, WIDTH,
                         HEIGHT, depth, 32)  # fmt: skip
    start = header + b"id" + bytes(palette * 9) + pixels
    return start + b"\x80are" + struct.pack("<II18s", len(start), 0, b"TRUEVISION-XFILE.\0")
