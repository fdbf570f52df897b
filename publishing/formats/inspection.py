"""Pure: which format a picture file has, by its first bytes, and whether all of it is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ...chunking.regular_files import NotAFile, open_regular
from . import (
    avif,
    bmp,
    cineon,
    dpx,
    iris,
    jpeg,
    jpeg2000,
    openexr,
    png,
    radiance,
    targa,
    tiff,
    webp,
)
from .picture import BrokenPicture, Picture
from .source import Source

_START_BYTES = 32
"""Enough for every format's magic number, and for a Targa's whole header."""


@dataclass(frozen=True)
class _Format:
    name: str
    recognises: Callable[[bytes], bool]
    measure: Callable[[Source], tuple[int, int]]


_FORMATS = (
    _Format("PNG", png.recognises, png.measure),
    _Format("OPEN_EXR", openexr.recognises, openexr.measure),
    _Format("JPEG", jpeg.recognises, jpeg.measure),
    _Format("WEBP", webp.recognises, webp.measure),
    _Format("AVIF", avif.recognises, avif.measure),
    _Format("TIFF", tiff.recognises, tiff.measure),
    _Format("BMP", bmp.recognises, bmp.measure),
    _Format("HDR", radiance.recognises, radiance.measure),
    _Format("DPX", dpx.recognises, dpx.measure),
    _Format("CINEON", cineon.recognises, cineon.measure),
    _Format("JPEG2000", jpeg2000.recognises, jpeg2000.measure),
    _Format("IRIS", iris.recognises, iris.measure),
    _Format("TARGA", targa.recognises, targa.measure),  # last: it has no magic number
)


def inspect(path: Path) -> Picture:
    """What picture the file is, once it is known that all of it is there.

    Goes by the content; the name's suffix does not count. Nothing is decoded: what each format's
    structure can't show is said at the top of its module.

    Raises BrokenPicture where the file is empty, cut off, damaged or of no known format, and
    OSError where it can't be read.
    """
    try:
        file = open_regular(path)
    except (NotAFile, IsADirectoryError):
        raise BrokenPicture("it is not a regular file, so it has no byte 0") from None
    with file:
        return inspect_open(file)


def inspect_open(file: BinaryIO) -> Picture:
    """The same of a regular file that is open, without a buffer."""
    source = Source(file, os.fstat(file.fileno()).st_size)
    start = source.window(0, _START_BYTES)
    found = _recognise(start)
    width, height = found.measure(source)
    if width < 1 or height < 1:
        raise BrokenPicture(f"the {found.name} header says {width}x{height} pixels, from byte 0")
    return Picture(found.name, width, height)


def _recognise(start: bytes) -> _Format:
    if not start:
        raise BrokenPicture("it is empty: it ends at byte 0")
    for candidate in _FORMATS:
        if candidate.recognises(start):
            return candidate
    raise BrokenPicture(f"it begins like no picture that Blender writes, at byte 0: {start[:8]!r}")
