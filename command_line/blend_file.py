"""Pure: whether a .blend file is there and whole, as far as its structure tells, and who saved it.

A .blend is a header and blocks one after the other, each with its length, up to one called ENDB
(Blender's doc/blender_file_format; Blender 5.0's longer header and lengths of 64 bits were read
off its files). Compressed ones are frames of Zstandard (RFC 8878) with a table of their sizes at
the end, or before Blender 3.0 gzip (RFC 1952). Nothing is decompressed to see whether it is whole,
and only the heads of blocks are read, so that a large file costs milliseconds.

A whole file is never refused. So what this module doesn't know it leaves to Blender, and a
compressed file that was cut exactly between two frames as well: Blender says so itself. The same
goes for a file of more blocks than can be walked in a short time.

An older Blender opens some files of newer ones and loses what is new in them, which makes other
pictures; others it can't read, and calls them no .blend. So the version that saved a file is read
off its first bytes.
"""

from __future__ import annotations

import contextlib
import os
import re
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

from ..chunking.errors import BlendUnreadable
from ..chunking.regular_files import open_regular
from . import zstd_start

Version = tuple[int, int]
"""Major and minor, such as (4, 5)."""

MOST_BYTES = 1 << 38
"""256 GiB: a file of holes that claims to be larger would take hours to be digested."""
MOST_PARTS = 1 << 22
"""So many blocks or frames are walked, some ten seconds' work; Blender is left to find more."""
LEAST_BYTES = 32
"""No whole .blend is shorter: it has at least a header and the block ENDB, compressed or not."""

_HEADER = re.compile(rb"BLENDER(?P<pointer>[_-])(?P<order>[vV])[0-9]{3}")
_HEADER_5 = re.compile(rb"BLENDER17-01v[0-9]{4}")
_BLOCK_HEADS = {b"_": "4si12x", b"-": "4si16x"}
"""Code and length, then what doesn't matter here; by the size of pointers, 4 or 8 bytes."""
_BLOCK_HEAD_5 = struct.Struct("<4s12xq8x")

_ZSTD_MAGIC = 0xFD2FB528
_SKIPPABLE_MAGICS = range(0x184D2A50, 0x184D2A60)
_TABLE_END = struct.Struct("<IBI")
"""Number of frames, flags, magic: the end of a seek table in Zstandard's seekable format."""
_TABLE_MAGIC = 0x8F92EAB1
_TABLE_CHECKSUMS = 0x80
"""The flag that says that each entry of the table has a checksum of 4 bytes too."""
_RLE_BLOCK, _RESERVED_BLOCK = 1, 3

_GZIP_MAGIC = b"\x1f\x8b"
_MOST_DEFLATED = 1032
"""By what factor deflate can shrink at the most (zlib's own documentation)."""

_VERSION = re.compile(rb"BLENDER(?:[_-][vV]([0-9]{3})|[0-9]{2}-[0-9]{2}[vV]([0-9]{4}))")
"""Up to Blender 4.5 with the size of pointers, from 5.0 on with its own and a format."""
_VERSION_BYTES = 17
_MOST_PACKED = 1 << 18
"""What is read to unpack the version from: a block of Zstandard is at most half as long."""


class _NotWhole(Exception):
    """Raised when the structure shows that something is missing; the text says where."""


def check_blend(path: Path) -> None:
    """Raise BlendUnreadable where the file is missing, can't be read, is no .blend or cut off."""
    try:
        with open_regular(path) as file:
            _check(file, os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise BlendUnreadable(
            f"The .blend {str(path)!r} can't be read: {error.strerror}. See that the path is "
            "right (EFS_BLENDER_FILE_PATH, --blend) and that the folder is mounted."
        ) from None
    except _NotWhole as fault:
        raise BlendUnreadable(
            f"The file {str(path)!r} is no .blend, or only a part of one: {fault}. Upload it again."
        ) from None


def _check(file: BinaryIO, size: int) -> None:
    """Raise _NotWhole unless it is a .blend that is whole."""
    start = file.read(LEAST_BYTES)
    magic = int.from_bytes(start[:4], "little")
    is_zstd = magic == _ZSTD_MAGIC or magic in _SKIPPABLE_MAGICS
    is_gzip = start.startswith(_GZIP_MAGIC)
    if not (is_zstd or is_gzip or start.startswith(b"BLENDER")):
        raise _NotWhole(f"it begins with {start[:8]!r}")
    if size < LEAST_BYTES:
        raise _NotWhole(f"it has {size} bytes")
    if size > MOST_BYTES:
        raise _NotWhole(f"it has {size} bytes, more than any .blend")
    if is_zstd:
        # Blender writes a table, other programs that compress mostly don't.
        if not _seek_table_fits(file, size):
            _walk_frames(file, size)
    elif is_gzip:
        _check_gzip(file, size)
    elif header := _HEADER.match(start):
        order = "<" if header["order"] == b"v" else ">"
        head = struct.Struct(order + _BLOCK_HEADS[header["pointer"]])
        _walk_blocks(file, size, header.end(), head)
    elif header := _HEADER_5.match(start):
        _walk_blocks(file, size, header.end(), _BLOCK_HEAD_5)


def _walk_blocks(file: BinaryIO, size: int, place: int, head: struct.Struct) -> None:
    """Go from block to block to the last one, inside the file."""
    for _ in range(MOST_PARTS):
        code, length = head.unpack(_part(file, size, place, head.size))
        if length < 0 or code == bytes(4):
            raise _NotWhole(f"no block begins at byte {place}")
        if code == b"ENDB":
            return
        place += head.size + length


def _part(file: BinaryIO, size: int, place: int, length: int) -> bytes:
    part = b""
    if place + length <= size:
        file.seek(place)
        part = file.read(length)
    if len(part) < length:
        raise _NotWhole(f"it goes on to byte {place + length} at least, but has {size} bytes")
    return part


def _seek_table_fits(file: BinaryIO, size: int) -> bool:
    """Whether the file ends in a table of frames whose sizes add up to the file's."""
    end = _part(file, size, size - _TABLE_END.size, _TABLE_END.size)
    count, flags, magic = _TABLE_END.unpack(end)
    entry = struct.Struct("<I8x" if flags & _TABLE_CHECKSUMS else "<I4x")
    table = 8 + count * entry.size + _TABLE_END.size
    if magic != _TABLE_MAGIC or table > size or count > MOST_PARTS:
        return False
    entries = _part(file, size, size - table + 8, count * entry.size)
    frames: int = sum(length for (length,) in entry.iter_unpack(entries))
    return bool(frames + table == size)


def _walk_frames(file: BinaryIO, size: int) -> None:
    """Go from frame to frame of Zstandard to the file's end."""
    place = 0
    for _ in range(MOST_PARTS):
        if place >= size:
            return
        magic = _number(file, size, place, 4)
        if magic in _SKIPPABLE_MAGICS:
            place += 8 + _number(file, size, place + 4, 4)
        elif magic == _ZSTD_MAGIC:
            place = _data_frame_end(file, size, place)
        else:
            raise _NotWhole(f"no Zstandard frame begins at byte {place}")
        if place > size:
            raise _NotWhole(f"it goes on to byte {place} at least, but has {size} bytes")


def _data_frame_end(file: BinaryIO, size: int, place: int) -> int:
    """Where the frame that begins at `place` ends: through its blocks, by RFC 8878, 3.1.1."""
    descriptor = _number(file, size, place + 4, 1)
    single_segment = descriptor >> 5 & 1
    content_size = (single_segment, 2, 4, 8)[descriptor >> 6]
    dictionary = (0, 1, 2, 4)[descriptor & 3]
    place += 5 + (1 - single_segment) + dictionary + content_size
    for _ in range(MOST_PARTS):
        head = _number(file, size, place, 3)
        last, kind, length = head & 1, head >> 1 & 3, head >> 3
        if kind == _RESERVED_BLOCK or not (length or last):  # a hole of zeros would take minutes
            raise _NotWhole(f"no Zstandard block begins at byte {place}")
        place += 3 + (1 if kind == _RLE_BLOCK else length)
        if last:
            break
    else:
        return size  # more blocks than are walked
    has_checksum = descriptor >> 2 & 1
    return place + 4 * has_checksum


def _number(file: BinaryIO, size: int, place: int, length: int) -> int:
    return int.from_bytes(_part(file, size, place, length), "little")


def _check_gzip(file: BinaryIO, size: int) -> None:
    """Without unpacking nothing shows but whether the length at the end is a possible one."""
    unpacked = _number(file, size, size - 4, 4)  # modulo 4 GiB
    while unpacked < size - size // 100 - 100:  # what can't be packed grows by less than this
        unpacked += 1 << 32
    if unpacked > size * _MOST_DEFLATED:
        raise _NotWhole(f"its last 4 bytes are no length of what {size} bytes can hold")


def saved_by(path: Path) -> Version | None:
    """By which Blender it was saved; None where the file doesn't tell. Raises OSError."""
    with open_regular(path) as file:
        start = file.read(_MOST_PACKED)
    if start.startswith(zstd_start.MAGIC):
        start = zstd_start.first_bytes(start, _VERSION_BYTES)
    elif start.startswith(_GZIP_MAGIC):
        with contextlib.suppress(zlib.error):
            start = zlib.decompressobj(wbits=31).decompress(start, _VERSION_BYTES)
    match = _VERSION.match(start)
    return divmod(int(match[1] or match[2]), 100) if match else None


def refuse_newer(path: Path, saved: Version | None, own: Version, own_name: str) -> None:
    """Raise BlendUnreadable where the .blend was saved by a newer Blender than this one."""
    if saved is not None and saved > own:
        newer = f"{saved[0]}.{saved[1]}"
        raise BlendUnreadable(
            f"The .blend {str(path)!r} was saved by Blender {newer}, and this is Blender "
            f"{own_name}, which can't read all of it: render it by Blender {newer} or later, or "
            "save it by this Blender and look at what is lost."
        )
