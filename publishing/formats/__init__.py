"""Pure: is a picture file whole? Its structure is checked to the last byte, without decoding it.

This is code of our own because Blender's readers accept files that are cut off, and crash or hang
on others. Formats of one kind share a module. Each has `recognises…(start)`, which knows it by the
first bytes, and `measure…(source)`, which checks the structure and gives the size.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ...chunking.regular_files import NotAFile, open_regular
from . import avif, chunked, jpeg, openexr, plain_headers, run_lengths, tiff
from .source import BrokenPicture, Picture, Source
from .still_formats import SUFFIXES, VIDEO_SUFFIXES

__all__ = [
    "SUFFIXES",
    "VIDEO_SUFFIXES",
    "BrokenPicture",
    "Picture",
    "inspect",
    "inspect_open",
]

_START_BYTES = 32
"""Enough for every format's magic number, and for a Targa's whole header."""


class _Format(NamedTuple):
    name: str
    recognises: Callable[[bytes], bool]
    measure: Callable[[Source], tuple[int, int]]


_FORMATS = (
    _Format("PNG", chunked.recognises_png, chunked.measure_png),
    _Format("OPEN_EXR", openexr.recognises, openexr.measure),
    _Format("JPEG", jpeg.recognises_jpeg, jpeg.measure_jpeg),
    _Format("WEBP", chunked.recognises_webp, chunked.measure_webp),
    _Format("AVIF", avif.recognises, avif.measure),
    _Format("TIFF", tiff.recognises, tiff.measure),
    _Format("BMP", plain_headers.recognises_bmp, plain_headers.measure_bmp),
    _Format("HDR", run_lengths.recognises_radiance, run_lengths.measure_radiance),
    _Format("DPX", plain_headers.recognises_dpx, plain_headers.measure_dpx),
    _Format("CINEON", plain_headers.recognises_cineon, plain_headers.measure_cineon),
    _Format("JPEG2000", jpeg.recognises_jpeg2000, jpeg.measure_jpeg2000),
    _Format("IRIS", plain_headers.recognises_iris, plain_headers.measure_iris),
    # Last, as it has no magic number.
    _Format("TARGA", run_lengths.recognises_targa, run_lengths.measure_targa),
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
    if not start:
        raise BrokenPicture("it is empty: it ends at byte 0")
    form = next((each for each in _FORMATS if each.recognises(start)), None)
    if form is None:
        raise BrokenPicture(
            f"it begins like no picture that Blender writes, at byte 0: {start[:8]!r}"
        )
    width, height = form.measure(source)
    if width < 1 or height < 1:
        raise BrokenPicture(f"the {form.name} header says {width}x{height} pixels, from byte 0")
    return Picture(form.name, width, height)
