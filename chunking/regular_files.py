"""Pure: opening a file that somebody else has named, or put there.

What has the name of a picture, a texture or a .blend can be a pipe, whose reader waits for ever,
or a device that never ends; a device can even act when it is opened. So a name is looked at before
it is opened, nothing is waited for, and what was opened is looked at again.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_FLAGS |= getattr(os, "O_BINARY", 0)  # Windows
"""Without blocking a pipe opens at once, also where nobody writes to it."""

NAMED_PIPE = "a named pipe"
_KINDS = (
    (stat.S_ISFIFO, NAMED_PIPE),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


READ_BYTES = 1 << 16
"""What is read at a time, of files that are no longer."""


class NotAFile(OSError):
    """Raised when a name is that of a pipe, a device or a socket; `strerror` says of which."""

    def __init__(self, path: Path, kind: str) -> None:
        super().__init__(errno.EINVAL, f"it is {kind}, not a file", str(path))
        self.kind = kind


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file to read its bytes, without a buffer; links are followed.

    Raises NotAFile for a pipe, a device or a socket, IsADirectoryError for a folder, and any other
    OSError as the system gives it. Reading from what is returned never waits for a writer.
    """
    refuse_special(path, os.stat(path))
    descriptor = os.open(path, _FLAGS)
    try:
        refuse_special(path, os.fstat(descriptor))
        return open(descriptor, "rb", buffering=0)
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path, most_bytes: int) -> bytes:
    """All of a regular file. Raises as `open_regular` does, and OSError for one of more bytes."""
    with open_regular(path) as file:
        content = content_of(file, os.fstat(file.fileno()), most_bytes)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, f"it has more than {most_bytes:,} bytes", str(path))
    return content


def content_of(file: BinaryIO, there: os.stat_result, most_bytes: int) -> bytes:
    """What an open file holds, to its end, however much it has grown since its state was `there`.

    Of a longer one a byte more than `most_bytes`. A buffer of the whole limit would be dear.
    """
    content = bytearray()
    while (left := most_bytes + 1 - len(content)) and (
        block := file.read(min(left, max(there.st_size, READ_BYTES)))
    ):
        content += block
    return bytes(content)


def refuse_special(path: Path, there: os.stat_result) -> None:
    """Raise as `open_regular` does unless what was looked at is a regular file."""
    if stat.S_ISREG(there.st_mode):
        return
    if stat.S_ISDIR(there.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    kinds = (kind for is_kind, kind in _KINDS if is_kind(there.st_mode))
    raise NotAFile(path, next(kinds, "something else"))


def special_kind(path: Path) -> str:
    """What is there in place of a file, such as `a named pipe`; empty: a file, a folder, nothing.

    Also empty where it can't be looked at: whoever opens it is told why.
    """
    try:
        refuse_special(path, os.stat(path))
    except NotAFile as error:
        return error.kind
    except (OSError, ValueError):  # the latter for a name that can be none
        return ""
    return ""
