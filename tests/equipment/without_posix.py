"""Making this Python as poor as that of Windows, for a Blender of Linux as it is.

Names and modules that Windows has not got are gone (`posix.json`, beside this file, says which),
and what Windows does otherwise is done so, as far as Python's own audit events and a few functions
let it: signals, groups of processes, locks, handles of folders, files that are open, reserved
characters. `sys.platform` and `os.name` stay, since Blender's own scripts and Python's library act
by them.

It holds for what is run after `take_away`. What of the standard library needs POSIX itself here is
imported before, and `subprocess` keeps what it needs.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import enum
import errno
import fcntl
import importlib.util
import json
import multiprocessing
import os
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import types
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

IMPORTED_BEFORE = (concurrent.futures, multiprocessing, socket, tempfile, urllib.request, uuid)
SIGBREAK = 21
CTRL_C_EVENT, CTRL_BREAK_EVENT = 0, 1
CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW = 0x200, 0x8000000
ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_INVALID_NAME = 5, 32, 123
CONTROL_C_EXIT = 0x3A
"""The last byte of what a process of Windows ends with that Ctrl-Break has ended."""
RESERVED = frozenset('<>"|?*:')

SIGKILL, SIGINT = signal.SIGKILL, signal.SIGINT
kill, killpg, flock, readlink = os.kill, os.killpg, fcntl.flock, os.readlink
fsync, select_sockets, set_handler = os.fsync, select.select, signal.signal
GETFL, ACCMODE = fcntl.F_GETFL, os.O_ACCMODE
get_flags = fcntl.fcntl


class Signals(enum.IntEnum):
    """What Windows has of them."""

    SIGINT = 2
    SIGILL = 4
    SIGFPE = 8
    SIGSEGV = 11
    SIGTERM = 15
    SIGBREAK = SIGBREAK
    SIGABRT = 22


def take_away() -> None:
    """From here on this process has what Windows has."""
    told = json.loads(Path(__file__).with_name("posix.json").read_text())
    if importlib.util.find_spec("bpy"):
        importlib.import_module("bpy")
    for name in ("os", "signal"):
        vars(subprocess)[name] = _copy(vars(subprocess)[name])
    for module, names in told["names"].items():
        for name in names:
            vars(sys.modules[module]).pop(name, None)
    for name in told["modules"]:
        sys.modules[name] = None  # type: ignore[assignment]
    _signals()
    _processes()
    _files()
    sys.addaudithook(_refuse)


def _copy(module: types.ModuleType) -> types.ModuleType:
    copy = types.ModuleType(module.__name__)
    vars(copy).update(vars(module))
    return copy


# --- signals and processes ------------------------------------------------------------------------


def _signals() -> None:
    def set_known(number: int, handler: Any) -> Any:
        if number not in Signals.__members__.values():
            raise ValueError("signal number out of range")
        return set_handler(number, handler)

    def only_sockets(*descriptors: Any) -> Any:
        for each in (*descriptors[0], *descriptors[1], *descriptors[2]):
            number = each if isinstance(each, int) else each.fileno()
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                raise OSError(10038, "An operation was attempted on something that is no socket")
        return select_sockets(*descriptors)

    signal.Signals = Signals  # type: ignore[assignment,misc]
    vars(signal).update(Signals.__members__)
    vars(signal).update(CTRL_C_EVENT=CTRL_C_EVENT, CTRL_BREAK_EVENT=CTRL_BREAK_EVENT)
    signal.signal = set_known
    select.select = only_sockets  # type: ignore[assignment]
    set_handler(SIGBREAK, lambda number, frame: os._exit(CONTROL_C_EXIT))


class Popen(subprocess.Popen):  # type: ignore[type-arg]
    """A process as on Windows: nobody's child, in a group by a flag, ended by force alone."""

    def __init__(self, *words: Any, **options: Any) -> None:
        assert not options.get("pass_fds"), "pass_fds not supported on Windows."
        flags = options.pop("creationflags", 0)
        options.pop("start_new_session", None)  # Windows ignores it
        self._has_group = bool(flags & CREATE_NEW_PROCESS_GROUP)
        if self._has_group:
            options["process_group"] = 0
        super().__init__(*words, **options)

    def send_signal(self, number: int) -> None:
        if self.poll() is not None:
            return
        if number == CTRL_BREAK_EVENT:
            assert self._has_group, "Ctrl-Break would end this process, too"
            killpg(self.pid, SIGBREAK)
        else:
            kill(self.pid, SIGKILL)

    def kill(self) -> None:
        self.send_signal(int(signal.SIGTERM))

    terminate = kill


def _processes() -> None:
    def end(pid: int, number: int) -> None:
        """On Windows each number but those of the console's events ends the process."""
        if number in (CTRL_C_EVENT, CTRL_BREAK_EVENT):
            killpg(pid, SIGINT if number == CTRL_C_EVENT else SIGBREAK)
        else:
            kill(pid, SIGKILL)

    os.kill = end
    subprocess.Popen = Popen  # type: ignore[misc]
    vars(subprocess).update(
        CREATE_NEW_PROCESS_GROUP=CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW=CREATE_NO_WINDOW
    )


# --- files ----------------------------------------------------------------------------------------


def _files() -> None:
    def lock(descriptor: int, mode: int, count: int) -> None:
        unlock, wait = mode == msvcrt.LK_UNLCK, mode == msvcrt.LK_LOCK
        try:
            flock(descriptor, 8 if unlock else 2 if wait else 2 | 4)  # LOCK_UN, LOCK_EX, LOCK_NB
        except BlockingIOError:
            raise PermissionError(errno.EACCES, "Permission denied") from None

    def commit(descriptor: int) -> None:
        if get_flags(descriptor, GETFL) & ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, "Bad file descriptor")
        fsync(descriptor)

    msvcrt: Any = types.ModuleType("msvcrt")
    msvcrt.LK_UNLCK, msvcrt.LK_LOCK, msvcrt.LK_NBLCK = 0, 1, 2
    msvcrt.locking = lock
    sys.modules["msvcrt"] = msvcrt
    os.fsync = commit  # type: ignore[assignment]
    os.supports_dir_fd = set()
    os.supports_fd = {os.stat, os.truncate}  # type: ignore[arg-type]
    os.supports_follow_symlinks = {os.stat}
    shutil._use_fd_functions = False  # type: ignore[attr-defined]


_looking = threading.local()


@contextlib.contextmanager
def _unwatched() -> Iterator[None]:
    _looking.now = True
    try:
        yield
    finally:
        _looking.now = False


def _refuse(event: str, told: tuple[Any, ...]) -> None:
    """Raise what Windows would raise."""
    check = CHECKS.get(event)
    if check is not None and not getattr(_looking, "now", False):
        with _unwatched():
            check(*told)


def _opened(path: Any, mode: Any, flags: int) -> None:
    if isinstance(path, int):
        return
    if os.fsdecode(path).startswith(("/proc/", "/sys/")):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    _plain(path)
    if os.path.isdir(path):
        raise _error(errno.EACCES, ERROR_ACCESS_DENIED, path)


def _renamed(old: Any, new: Any, old_folder: int, new_folder: int) -> None:
    _removed(old, old_folder)
    _removed(new, new_folder)
    _plain(new)


def _removed(path: Any, folder: int) -> None:
    assert folder == -1, "dir_fd unavailable on this platform"
    if _is_open(path):
        raise _error(errno.EACCES, ERROR_SHARING_VIOLATION, path)


def _made(path: Any, mode: int, folder: int) -> None:
    assert folder == -1, "dir_fd unavailable on this platform"
    _plain(path)


def _linked(old: Any, new: Any, old_folder: int, new_folder: int) -> None:
    assert (old_folder, new_folder) == (-1, -1), "dir_fd unavailable on this platform"
    _plain(new)


def _listed(path: Any) -> None:
    assert not isinstance(path, int), "listing a descriptor is unavailable on this platform"


def _touched(path: Any, times: Any, ns: Any, folder: int) -> None:
    assert folder == -1, "dir_fd unavailable on this platform"


CHECKS: dict[str, Any] = {
    "open": _opened,
    "os.rename": _renamed,
    "os.remove": _removed,
    "os.rmdir": _removed,
    "os.mkdir": _made,
    "os.link": _linked,
    "os.listdir": _listed,
    "os.scandir": _listed,
    "os.utime": _touched,
}


def _plain(path: Any) -> None:
    if RESERVED & {*os.fsdecode(path)}:
        raise _error(errno.EINVAL, ERROR_INVALID_NAME, path)


def _error(number: int, of_windows: int, path: Any) -> OSError:
    error = OSError(number, os.strerror(number), path)
    vars(error)["winerror"] = of_windows
    return error


def _is_open(path: Any) -> bool:
    """Whether this process has the file, or the folder, open."""
    home, name = os.path.split(os.path.abspath(os.fsdecode(path)))
    whole = os.path.join(os.path.realpath(home), name)
    for descriptor in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if readlink(f"/proc/self/fd/{descriptor}") == whole:
                return True
    return False
