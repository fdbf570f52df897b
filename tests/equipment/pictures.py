"""Pictures whose every pixel is known, written without Blender and read back by it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

Colour = tuple[int, int, int]

RED, GREEN, SLATE, SAND = (200, 40, 30), (30, 180, 60), (70, 90, 120), (210, 190, 150)


def write_png(path: Path, width: int, height: int, pixel: Callable[[int, int], Colour]) -> Path:
    rows = b"".join(
        b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width)) for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in parts
        )
    )
    return path


def plain(path: Path, colour: Colour, width: int = 64, height: int = 36) -> Path:
    return write_png(path, width, height, lambda x, y: colour)


def plain_frames(folder: Path, *colours: Colour) -> list[Path]:
    return [plain(folder / f"{n:05d}.png", colour) for n, colour in enumerate(colours, start=1)]


class Decoded:
    """A picture's display colours, read by Blender; rows count from the top."""

    def __init__(self, path: Path) -> None:
        import bpy

        image = bpy.data.images.load(str(path))
        try:
            self.width, self.height = image.size
            self._pixels = list(image.pixels)
            self._channels = image.channels
        finally:
            bpy.data.images.remove(image)

    def at(self, x: int, y: int) -> Colour:
        start = ((self.height - 1 - y) * self.width + x) * self._channels
        red, green, blue = (round(255 * value) for value in self._pixels[start : start + 3])
        return red, green, blue

    @property
    def middle(self) -> Colour:
        return self.at(self.width // 2, self.height // 2)
