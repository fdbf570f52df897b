"""Pure: is a picture file whole? Its structure is checked to the last byte, without decoding it.

This is code of our own because Blender's readers accept files that are cut off, and crash or hang
on others. One module a format; each has `recognises(start)`, which knows the format by its first
bytes, and `measure(source)`, which checks the structure and gives the size.
"""

from __future__ import annotations

from .inspection import inspect, inspect_open
from .picture import BrokenPicture, Picture
from .suffixes import SUFFIXES, VIDEO_SUFFIXES

__all__ = [
    "SUFFIXES",
    "VIDEO_SUFFIXES",
    "BrokenPicture",
    "Picture",
    "inspect",
    "inspect_open",
]
