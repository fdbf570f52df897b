"""Pure: a lock on a file that the system itself gives back when the process ends, in whatever way.

POSIX has flock, Windows the locks of its C library. Those are exclusive only: of two processes that
look at once whether it is held, one may take the other for its holder.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from typing import Any, BinaryIO


def _module(name: str) -> Any:
    """A module of the standard library, None where this system has not got it."""
    with contextlib.suppress(ImportError):
        return importlib.import_module(name)
    return None


_fcntl, _msvcrt = _module("fcntl"), _module("msvcrt")


def hold_lock(file: BinaryIO) -> None:
    """Hold the lock of a file, as long as this opening of it lasts; waits for whoever has it.

    It is to be open for writing. Raises OSError where its file system has no locks.
    """
    if _fcntl is not None:
        _fcntl.flock(file, _fcntl.LOCK_EX)
    else:
        _lock_first_byte(file, _msvcrt.LK_LOCK)


def is_locked(file: BinaryIO) -> bool:
    """Whether a process has the lock, by an opening of its own, which is to be for reading.

    What is taken to see that is given back as the file is closed. Raises OSError as `hold_lock`.
    """
    try:
        if _fcntl is not None:
            _fcntl.flock(file, _fcntl.LOCK_SH | _fcntl.LOCK_NB)  # NFS locks what is read so
        else:
            _lock_first_byte(file, _msvcrt.LK_NBLCK)
    except (BlockingIOError, PermissionError):
        return True
    return False


def _lock_first_byte(file: BinaryIO, mode: int) -> None:
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    _msvcrt.locking(file.fileno(), mode, 1)  # it need not be there
