"""Pure: a lock on a file that the system itself gives back when the process ends, in whatever way.

POSIX has flock, Windows the locks of its C library. Those are exclusive only: of two processes that
look at once whether it is held, one may take the other for its holder.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from pathlib import Path
from typing import IO, Any


def _module(name: str) -> Any:
    """A module of the standard library, None where this system has not got it."""
    with contextlib.suppress(ImportError):
        return importlib.import_module(name)
    return None


_fcntl, _msvcrt = _module("fcntl"), _module("msvcrt")


def lock_for_life(path: Path) -> IO[bytes]:
    """Hold the lock, as long as the file that is returned is open; waits for whoever has it.

    Raises OSError where the file can't be made.
    """
    file = open(path, "a+b")  # noqa: SIM115  it is to outlive this
    if _fcntl is not None:
        _fcntl.flock(file, _fcntl.LOCK_EX)
    else:
        _lock_first_byte(file, _msvcrt.LK_LOCK)
    return file


def is_locked(path: Path) -> bool:
    """Whether a process has the lock. Raises OSError where the file can't be made."""
    with open(path, "a+b") as file:  # NFS locks what is read
        try:
            if _fcntl is not None:
                _fcntl.flock(file, _fcntl.LOCK_SH | _fcntl.LOCK_NB)
            else:
                _lock_first_byte(file, _msvcrt.LK_NBLCK)
        except (BlockingIOError, PermissionError):
            return True
    return False  # what was just taken is given back with the file


def _lock_first_byte(file: IO[bytes], mode: int) -> None:
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    _msvcrt.locking(file.fileno(), mode, 1)  # it need not be there
