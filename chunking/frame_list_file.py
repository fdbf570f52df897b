"""Pure: the text of a file that holds a frame list.

Who names a file may name any that this process can read, so nothing of its content gets into a
message, and what is no file to be read at once, or is too large for a list, is refused.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from .errors import BadSetting

MOST_BYTES = 16 << 20
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_frame_list(path: Path, source: str) -> str:
    """The text of the file; `source` names it in messages. Raises BadSetting."""
    try:
        _refuse_other_kinds(os.stat(path), source)  # a device may act when it is opened
        content = _read(path, source)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its path can't be one"
        raise BadSetting(f"{source} can't be read: {reason}.") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadSetting(f"{source} can't be read: it is no text in UTF-8.") from None


def _read(path: Path, source: str) -> bytes:
    descriptor = os.open(path, _FLAGS)
    with open(descriptor, "rb") as file:
        _refuse_other_kinds(os.fstat(descriptor), source)
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise BadSetting(f"{source} can't be read: it has more than {MOST_BYTES >> 20} MiB.")
    return content


def _refuse_other_kinds(status: os.stat_result, source: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise BadSetting(f"{source} can't be read: it is no regular file.")
