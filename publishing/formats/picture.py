"""Pure: what is known of a picture file that is whole, and what is said of one that is not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """A whole picture file.

    `format` is Blender's own identifier (`PNG`, `JPEG`, `OPEN_EXR`, …). Where two of them write
    one kind of file it is the plain one: a multilayer OpenEXR is `OPEN_EXR`, a raw Targa `TARGA`.
    `width` and `height` are in pixels, of an OpenEXR those of its display window, of a picture
    with both stereo views in it those of both together.
    """

    format: str
    width: int
    height: int


class BrokenPicture(Exception):
    """Raised when a file is not one whole picture.

    Its text says what is wrong and at which byte, not of which file: the caller knows its name.
    """
