"""Pure: a picture file: its bytes, read by place, what is known of it, and what is wrong with it.

Nothing is read past the end, and never all at once.

Not mapped into memory: a mapped file that another process cuts off, or an I/O error of a network
disk, kills the reader by SIGBUS, where a read raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from struct import Struct
from typing import Any, BinaryIO, NamedTuple

BLOCK_BYTES = 256 * 1024
LONGEST_READ_BYTES = 16 * 1024 * 1024
"""No table or header of a picture is longer; a length above it is taken for damage."""
MOST_READS = 1 << 21
"""A picture of more pieces is a trap: one of 65,536 lines, each compressed alone, has 65,536 pieces
in each of its parts. Some five seconds' work."""
MOST_BYTES = 1 << 35
"""32 GiB: no picture is larger, but a file with a hole can be, and would be read for hours."""
MOST_BYTES_OF_RUNS = 1 << 30
"""A picture of 16384 x 16384 pixels. Runs are walked one by one: this much of the shortest ones
takes a minute."""


class Picture(NamedTuple):
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


class Source:
    """An open file of known size. Whatever is asked for outside of it raises BrokenPicture.

    So does what would be endless work: too many reads, and too many bytes in all.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size
        self._reads = 0
        self._block_start = 0
        self._block = b""
        if size > MOST_BYTES:
            raise BrokenPicture(f"it has {size} bytes, too many for a picture, from byte 0")

    def read(self, offset: int, length: int, what: str) -> bytes:
        """The bytes from `offset` on, exactly `length`; `what` names them in the error."""
        self.need(offset, length, what)
        if length > LONGEST_READ_BYTES:
            raise BrokenPicture(
                f"{what} at byte {offset} claims {length} bytes, too many to be true"
            )
        self._reads += 1
        if self._reads > MOST_READS:
            raise BrokenPicture(f"it has too many pieces to be a picture, up to byte {offset}")
        self._file.seek(offset)
        data = self._file.read(length)
        if len(data) != length:
            raise BrokenPicture(f"the file was cut to {offset + len(data)} bytes while it was read")
        return data

    def window(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset` on: fewer, or none, where the file ends before."""
        start = min(offset, self.size)
        return self.read(start, min(length, self.size - start), "the data")

    def view(self, offset: int, length: int) -> memoryview:
        """What `window` gives, for one window after the other, most of each seen before.

        What is read at a time is twice as long, so that no byte is read more than a few times.
        """
        start = min(offset, self.size)
        end = min(offset + length, self.size)
        if not self._block_start <= start <= end <= self._block_start + len(self._block):
            self._block = self.window(start, max(2 * length, BLOCK_BYTES))
            self._block_start = start
        return memoryview(self._block)[start - self._block_start : end - self._block_start]

    def unpack(self, layout: Struct, offset: int, what: str) -> tuple[Any, ...]:
        """The fields of `layout` at `offset`."""
        return layout.unpack(self.read(offset, layout.size, what))

    def need(self, offset: int, length: int, what: str) -> None:
        """Raise BrokenPicture unless the bytes from `offset` on are all inside the file."""
        if offset < 0 or length < 0:
            raise BrokenPicture(
                f"{what} has a negative place or length: byte {offset}, {length} bytes"
            )
        if offset + length > self.size:
            raise BrokenPicture(
                f"{what} should fill bytes {offset} to {offset + length}, "
                f"but the file ends at byte {self.size}"
            )

    def need_end(self, offset: int, what: str) -> None:
        """Raise BrokenPicture unless the file ends exactly at `offset`, where `what` ends."""
        if offset != self.size:
            raise BrokenPicture(f"{what} ends at byte {offset}, but the file at byte {self.size}")

    def need_walkable(self, what: str) -> None:
        """Raise BrokenPicture where the file is too large for its runs to be walked."""
        if self.size > MOST_BYTES_OF_RUNS:
            raise BrokenPicture(f"{what} of {self.size} bytes would take hours, from byte 0 on")

    def blocks(self, offset: int, length: int, what: str) -> Iterator[bytes]:
        """Any number of bytes from `offset` on, block by block; `what` names them in the error."""
        self.need(offset, length, what)
        end = offset + length
        while offset < end:
            block = self.read(offset, min(BLOCK_BYTES, end - offset), what)
            yield block
            offset += len(block)

    def find(self, pattern: re.Pattern[bytes], overlap: int, offset: int) -> int | None:
        """Where `pattern` first matches from `offset` on.

        `overlap` is one byte less than the longest match, so that none is missed at the border
        of two blocks.
        """
        while offset < self.size:
            block = self.window(offset, BLOCK_BYTES)
            if (match := pattern.search(block)) is not None:
                return offset + match.start()
            if offset + len(block) >= self.size:
                return None
            offset += len(block) - overlap
        return None
