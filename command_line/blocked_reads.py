"""Pure: not waiting for ever while Blender opens a .blend that names a pipe or a device.

Blender opens libraries, fonts, mesh caches and volumes while it opens the .blend that names them,
each as if it were a file, in threads of its own too: with a named pipe in the place of one it waits
until somebody writes there. Which files those are is known to nobody but Blender (they depend on
its version, and on what it evaluates), so they are not looked for. What is looked at are this
process' own threads: Linux shows for each the system call in which it waits. One that waits for a
pipe or a device is interrupted by a signal; Blender takes that for a file that can't be read, goes
on, and the caller learns of it. Nothing is paid before the first look, and none of the .blend is
read twice.

On systems that don't show this (no Linux, no `/proc`, a processor that is not in the table) nothing
is looked at.
"""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..chunking.regular_files import NAMED_PIPE, special_kind

LOOK_SECONDS = 0.5
"""How often is looked: most files are open before the first look."""
NEXT_LOOK_SECONDS = 0.01
"""How soon is looked again after an interruption: a file may name a pipe a thousand times."""
DEVICE_SECONDS = 10.0
"""So long a device may be waited for: a driver can take seconds to open that of a GPU."""
SIGNAL = getattr(signal, "SIGURG", None)
"""The system itself ignores it, so that one which comes late does nothing."""

_OPENS_AT = {"x86_64": {257}, "aarch64": {56}}
_OPENS = {"x86_64": {2}}
_READS = {"x86_64": {0, 17, 19, 295}, "aarch64": {63, 65, 67, 69}}
"""By processor the numbers of openat, of open, and of read, pread64, readv and preadv."""
_AT_THE_WORKING_FOLDER = 0xFFFFFF9C  # AT_FDCWD, a number of 32 bits
_PAGE_BYTES = 4096

_THREADS = Path("/proc/self/task")
_DESCRIPTORS = Path("/proc/self/fd")

OpenFile = tuple[int, Path]
"""A descriptor, and what it leads to."""
Interrupted = dict[Path, str]
"""What was waited for, each path with its kind, such as `a named pipe`."""


class BlockedRead(NamedTuple):
    """A thread that waits for what is no file."""

    thread: int
    """The system's number for it."""
    path: Path
    kind: str
    """What is there, such as `a named pipe`."""
    descriptor: int | None
    """What it reads from; None where it still waits for being let in."""

    def interrupt(self) -> None:
        """Have the system call end with EINTR, and nothing more be there to read."""
        if self.descriptor is not None:
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, self.descriptor, inheritable=False)
            os.close(nothing)
        # Sent to the number of a thread, Linux gives it to that thread before any other.
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.thread, SIGNAL or 0)


@contextlib.contextmanager
def interrupted_reads() -> Iterator[Interrupted]:
    """Interrupt what waits for a pipe or a device while the body runs.

    What it gives is to be looked at after the body. To be called from the main thread; the body
    must release Python's lock while it waits, as Blender's operators do.
    """
    interrupted: Interrupted = {}
    if SIGNAL is None or platform.machine() not in _READS or not _THREADS.is_dir():
        yield interrupted
        return
    # Without a handler the signal would interrupt nothing.
    before = signal.signal(SIGNAL, lambda number, frame: None)
    is_over = threading.Event()
    known: set[OpenFile] = set()
    for descriptor in map(int, os.listdir(_DESCRIPTORS)):
        with contextlib.suppress(OSError):  # that of the listing is closed
            known.add((descriptor, _path_of(descriptor)))
    arguments = (is_over, frozenset(known), interrupted)
    watcher = threading.Thread(target=_watch, args=arguments, daemon=True)
    watcher.start()
    try:
        yield interrupted
    finally:
        is_over.set()
        watcher.join()
        signal.signal(SIGNAL, before or signal.SIG_DFL)


def _watch(is_over: threading.Event, known: frozenset[OpenFile], interrupted: Interrupted) -> None:
    seconds = LOOK_SECONDS
    since: dict[BlockedRead, float] = {}
    while not is_over.wait(seconds):
        now = time.monotonic()
        since = {blocked: since.get(blocked, now) for blocked in blocked_reads(known)}
        hopeless = [
            blocked
            for blocked, begin in since.items()
            if blocked.kind == NAMED_PIPE or now - begin >= DEVICE_SECONDS
        ]
        for blocked in hopeless:
            interrupted[blocked.path] = blocked.kind
            blocked.interrupt()
        seconds = NEXT_LOOK_SECONDS if hopeless else LOOK_SECONDS


def _path_of(descriptor: int) -> Path:
    return Path(os.readlink(_DESCRIPTORS / str(descriptor)))


def blocked_reads(known: frozenset[OpenFile] = frozenset()) -> Iterator[BlockedRead]:
    """The threads of this process that wait for a pipe with a name, or a device.

    Reading from what is `known` counts for nothing.
    """
    for thread in os.listdir(_THREADS):
        with contextlib.suppress(OSError, ValueError):  # it has ended, or has gone on
            words = (_THREADS / thread / "syscall").read_text().split()
            if len(words) > 3:
                number, *arguments = (int(word, 0) for word in words[:3])
                yield from _blocked(int(thread), number, arguments, known)


def _blocked(
    thread: int, number: int, arguments: list[int], known: frozenset[OpenFile]
) -> Iterator[BlockedRead]:
    machine = platform.machine()
    descriptor = None
    if number in _READS[machine]:
        descriptor = arguments[0]
        path = _read_path(descriptor, known)
    elif number in _OPENS_AT[machine] and arguments[0] & 0xFFFFFFFF == _AT_THE_WORKING_FOLDER:
        path = Path(_text_at(arguments[1])).absolute()
    elif number in _OPENS.get(machine, ()):
        path = Path(_text_at(arguments[0])).absolute()
    else:
        return
    if kind := special_kind(path):
        yield BlockedRead(thread, path, kind, descriptor)


def _read_path(descriptor: int, known: frozenset[OpenFile]) -> Path:
    """What is read from. Raises ValueError where that is nothing to be interrupted.

    A pipe without a name is a program's own, unless a name such as `/dev/stdin` has led to it: then
    it was open before, under another number.
    """
    path = _path_of(descriptor)
    numbers = [number for number, other in known if other == path]
    if descriptor in numbers or not (numbers or path.is_absolute()):
        raise ValueError(path)
    return path if path.is_absolute() else _DESCRIPTORS / str(min(numbers))


def _text_at(address: int) -> str:
    """The path at an address of this process, which may have been given up in the meantime.

    No path is longer than a page of memory, so it lies in two of them at the most.
    """
    with open("/proc/self/mem", "rb", buffering=0) as memory:
        here = _PAGE_BYTES - address % _PAGE_BYTES
        memory.seek(address)
        text = memory.read(here)
        if b"\0" not in text:
            text += memory.read(_PAGE_BYTES)
    return os.fsdecode(text.partition(b"\0")[0])
