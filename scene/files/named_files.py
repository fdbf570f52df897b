"""Pure: the files that another file names: includes of an OSL script, and layers of a USD file.

Nothing here reads them as their own programs do: what is named like such a file counts.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ...chunking.regular_files import open_regular
from . import lz4_block

MOST_TEXT_BYTES = 16 << 20
MOST_TOKEN_BYTES = 64 << 20
"""Of a USD file's table of words, which has all its names, unpacked."""
MOST_SECTIONS = 64
MOST_NAMES = 4096
LAYERS = (".usd", ".usda", ".usdc", ".usdz")
NAMING = (".osl", ".h", ".usd", ".usda", ".usdc")
"""What the files end with that are looked into."""
_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]+"([^"\n]+)"', re.MULTILINE)
_ASSET = re.compile(rb"@([^@\n]+)@")
_CRATE = b"PXR-USDC"


def named_in(path: Path) -> list[str]:
    """The names as they are written in the file, which are relative to its folder or absolute.

    None for a file of another kind, one that can't be read, and one that is not as it should be.
    """
    suffix = path.suffix.lower()
    if suffix not in NAMING:
        return []
    try:
        with open_regular(path) as file:
            texts = [name.decode() for name in _names(file, suffix in LAYERS)]
    except (OSError, ValueError, IndexError, struct.error):
        return []
    return [name for name in dict.fromkeys(texts) if "\0" not in name][:MOST_NAMES]


def _names(file: BinaryIO, is_layered: bool) -> list[bytes]:
    start = file.read(len(_CRATE))
    if not is_layered:
        return _INCLUDE.findall(start + file.read(MOST_TEXT_BYTES))
    words = _tokens(file) if start == _CRATE else _ASSET.findall(start + file.read(MOST_TEXT_BYTES))
    endings = tuple(each.encode() for each in LAYERS)
    return [word for word in words if word.lower().endswith(endings)]


def _tokens(file: BinaryIO) -> list[bytes]:
    """The table of words of a binary USD file, a "crate" (pxr/usd/usd/crateFile.h)."""
    _, minor, contents_at = struct.unpack("<BB6xq", _part(file, 8, 16))
    (count,) = struct.unpack("<Q", _part(file, contents_at, 8))
    contents = _part(file, contents_at + 8, min(count, MOST_SECTIONS) * 32)
    for name, start, size in struct.iter_unpack("<16sqq", contents):
        if name.rstrip(b"\0") == b"TOKENS" and size <= MOST_TOKEN_BYTES:
            return _words(_part(file, start, size), is_packed=minor >= 4).split(b"\0")
    return []


def _part(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


def _words(section: bytes, is_packed: bool) -> bytes:
    if not is_packed:
        return section[16:]
    unpacked, packed = struct.unpack_from("<QQ", section, 8)
    if unpacked > MOST_TOKEN_BYTES:
        raise ValueError("more words than are read")
    data = section[24 : 24 + packed]
    return b"".join(lz4_block.unpacked(block, unpacked) for block in _blocks(data))


def _blocks(data: bytes) -> Iterator[bytes]:
    """What TfFastCompression packs by itself: all of it, or blocks each with its length."""
    count, at = data[0], 1
    if not count:
        yield data[1:]
    for _ in range(count):
        (size,) = struct.unpack_from("<i", data, at)
        yield data[at + 4 : at + 4 + size]
        at += 4 + size
