"""Pure: which texts are one name of a file, as this system reads names, or as Windows does."""

from __future__ import annotations

import functools
import re
from pathlib import PurePath, PureWindowsPath

RESERVED = '< > : " | ? *'
"""What no name of Windows has in it, as a person reads it."""
_RESERVED = re.compile(r'[<>:"|?*\x00-\x1f]')
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\..*)?", re.IGNORECASE | re.DOTALL
)


@functools.lru_cache(maxsize=4096)  # each frame asks some fifty times, most of it the same names
def is_one_name(text: str, flavour: type[PurePath] = PurePath) -> bool:
    """Whether it is one name: no way up, and nothing that the system reads as more than a name.

    Windows reads a drive, a stream of a file (`a:b`) and devices (`NUL.png`), and leaves out a dot
    or a blank at the end, so that one file would have two names.
    """
    path = flavour(text)
    if text == ".." or "\0" in text or path.name != text or not text:
        return False
    if not isinstance(path, PureWindowsPath):
        return True
    is_cut = text.endswith((".", " "))
    return not (is_cut or _RESERVED.search(text) or _DEVICE.fullmatch(text))
