"""Pure: the mark by which a film, a contact sheet or a report is known to be this program's work.

Their names follow from the output folder's; nobody has chosen them. So a file of the artist's may
have the same name, and what has no mark is never replaced. The mark stands at the very end, in a
place of each format that its readers pass over, and stays there when the file is copied.
"""

from __future__ import annotations

import os
import stat
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

from ..chunking.errors import SceneRefused
from ..chunking.regular_files import open_regular

MARK = b"made by Array Chunk Render"
_TAIL_BYTES = 64
"""No ending below is longer."""

_PNG_END = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
_PNG_TEXT = b"tEXtComment\0" + MARK


class _Format(NamedTuple):
    """How the files of a format begin, and how they end with the mark."""

    start_at: int
    start: bytes
    ending: bytes
    replaced: int = 0
    """Bytes at the end of the unmarked file that the ending says again."""


_FORMATS = (
    # MP4: a box that is free space (ISO/IEC 14496-12, 8.1.2).
    _Format(4, b"ftyp", struct.pack(">I4s", 8 + len(MARK), b"free") + MARK),
    # Matroska: a Void element, which may stand at every level (RFC 8794, 11.3.2).
    _Format(0, b"\x1a\x45\xdf\xa3", bytes((0xEC, 0x80 | len(MARK))) + MARK),
    # PNG: a text (11.3.3.2) before the chunk that ends the file.
    _Format(
        0,
        b"\x89PNG",
        struct.pack(">I", len(_PNG_TEXT) - 4)
        + _PNG_TEXT
        + struct.pack(">I", zlib.crc32(_PNG_TEXT))
        + _PNG_END,
        len(_PNG_END),
    ),
    # HTML: a comment.
    _Format(0, b"<!", b"<!-- " + MARK + b" -->\n"),
)


def add_mark(made: Path) -> None:
    """Mark a whole file, by what it begins with. Raises OSError."""
    with open(made, "r+b") as file:
        start = file.read(8)
        for each in _FORMATS:
            if start[each.start_at :].startswith(each.start):
                file.seek(-each.replaced, os.SEEK_END)
                file.write(each.ending)


def has_mark(path: Path) -> bool:
    """Whether this program made what is there; also False for a link, and what can't be read."""
    try:
        if stat.S_ISLNK(os.lstat(path).st_mode):
            return False
        with open_regular(path) as file:
            file.seek(-min(_TAIL_BYTES, os.fstat(file.fileno()).st_size), os.SEEK_END)
            return file.read(_TAIL_BYTES).endswith(tuple(each.ending for each in _FORMATS))
    except OSError:
        return False


def refuse_another_maker(path: Path) -> None:
    """Raise SceneRefused where something is there that this program has not made."""
    if os.path.lexists(path) and not has_mark(path):
        raise SceneRefused(
            f"{str(path)!r} is there already, and this program did not make it: give it another "
            "name, or move it away."
        )
