"""Pure: by which version of Blender a .blend was saved, told by its first bytes.

An older Blender opens some files of newer ones and loses what is new in them, which makes other
pictures; others it can't read, and calls them no .blend.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path

from ..chunking.errors import BlendUnreadable
from ..chunking.regular_files import open_regular
from . import zstd_start

Version = tuple[int, int]

_HEADER = re.compile(rb"BLENDER(?:[_-][vV]([0-9]{3})|[0-9]{2}-[0-9]{2}[vV]([0-9]{4}))")
"""Up to Blender 4.5 with the size of pointers, from 5.0 on with its own and a format."""
_HEADER_BYTES = 17
_MOST_PACKED = 1 << 18
"""A block of Zstandard is at most half as long."""
_GZIP_MAGIC = b"\x1f\x8b"


def saved_by(path: Path) -> Version | None:
    """Major and minor version, such as (4, 5); None where the file doesn't tell. Raises OSError."""
    with open_regular(path) as file:
        start = file.read(_MOST_PACKED)
    if match := _HEADER.match(_unpacked(start)):
        return divmod(int(match[1] or match[2]), 100)
    return None


def _unpacked(start: bytes) -> bytes:
    if start.startswith(zstd_start.MAGIC):
        return zstd_start.first_bytes(start, _HEADER_BYTES)
    if start.startswith(_GZIP_MAGIC):
        try:
            return zlib.decompressobj(wbits=31).decompress(start, _HEADER_BYTES)
        except zlib.error:
            return b""
    return start


def refuse_newer(path: Path, saved: Version | None, own: Version, own_name: str) -> None:
    """Raise BlendUnreadable where the .blend was saved by a newer Blender than this one."""
    if saved is not None and saved > own:
        newer = f"{saved[0]}.{saved[1]}"
        raise BlendUnreadable(
            f"The .blend {str(path)!r} was saved by Blender {newer}, and this is Blender "
            f"{own_name}, which can't read all of it: render it by Blender {newer} or later, or "
            "save it by this Blender and look at what is lost."
        )
