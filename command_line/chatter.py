"""Pure: Blender's chatter, taken off standard output into a local file.

Blender writes hundreds of lines a frame by C's printf, straight to file descriptor 1, and some
log services are paid by the byte. So descriptor 1 itself is turned to a file; our own log goes
to a copy of the old one. Of standard error, which comes out all the same, a file gets a copy.

Standard error goes by way of that file, so that what Blender says there can be read back. All of
it still comes out where it would have, in its order, a moment later. A file and no pipe: whoever
writes to a full pipe waits for its reader, which would wait for Python's lock. What is written last
before a crash is put out by a shell, which waits for the end of this process.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TextIO

from ..child.blender_words import Words
from ..machine import output_lines

log = logging.getLogger(__name__)

_C_LIBRARY = "ucrtbase" if os.name == "nt" else None
"""The one that Blender itself writes by; None: that of this process."""
LAST_LINES = 20
"""How many lines of the file are shown where something failed."""
SHELL = "/bin/sh"
GUARD = """
trap "" HUP INT TERM
at=1
while read -r line; do at=$line; done
[ "$at" = end ] || tail -c "+$at" -- "$1" >&2
"""
"""Hears how far the file is put out (the number of the next byte, from 1); puts out the rest."""
FORWARD_SECONDS = 0.25
"""What is written waits so long at the most, as long as the process lives."""
MOST_WAIT_SECONDS = 3.0
"""For a reader of standard error that doesn't read, when the process is to end."""
BLOCK_BYTES = 1 << 16


class ErrorStream:
    """File descriptor 2, turned to a file until `let_go`."""

    def __init__(self, path: Path) -> None:
        """Turn it from here on. Raises OSError where there is no shell: nothing has changed."""
        if os.name == "nt":  # it has no such shell
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), SHELL)
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._at = 0
        with contextlib.ExitStack() as opened:
            writing = opened.enter_context(path.open("ab"))
            self._reading = opened.enter_context(path.open("rb", buffering=0))
            self._real = os.dup(2)
            opened.callback(os.close, self._real)
            self._guard = subprocess.Popen(
                [SHELL, "-c", GUARD, SHELL, str(path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
            )
            os.dup2(writing.fileno(), 2)
            writing.close()
            self._files = opened.pop_all()
        threading.Thread(target=self._forward_on, daemon=True).start()

    def _forward_on(self) -> None:
        while not self._is_over.wait(FORWARD_SECONDS):
            with self._lock:
                self._forward()

    def _forward(self) -> None:
        """Put out what has been written since; whoever reads it may have gone away."""
        with contextlib.suppress(OSError):
            while not self._is_over.is_set():
                self._reading.seek(self._at)
                block = self._reading.read(BLOCK_BYTES)
                if not block:
                    break
                self._at += os.write(self._real, block)
                self._tell_guard(f"{self._at + 1}\n")

    def _tell_guard(self, line: str) -> None:
        assert self._guard.stdin is not None
        with contextlib.suppress(OSError):  # it was killed
            os.write(self._guard.stdin.fileno(), line.encode())

    def let_go(self) -> None:
        """Put out the rest, and turn standard error back to where it was."""
        os.dup2(self._real, 2)
        if not self._lock.acquire(timeout=MOST_WAIT_SECONDS):
            return  # nobody reads: the shell puts it out where somebody does after all
        try:
            self._forward()
            self._is_over.set()
            self._tell_guard("end\n")
            self._files.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._guard.communicate(timeout=MOST_WAIT_SECONDS)
        finally:
            self._lock.release()


def divert(path: Path) -> TextIO:
    """Turn standard output to a file from here on; return the old one, to write to."""
    flush()
    kept = os.dup(1)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(file, 1)
    os.close(file)
    return os.fdopen(kept, "w", buffering=1, encoding="utf-8", errors="backslashreplace")


_errors: ErrorStream | None = None


def words_of(diverted: Path) -> Words:
    """What is said from here on: on the standard output that goes to this file, and on errors.

    Of standard error a file beside that one gets a copy, where this system lets it have one.
    """
    global _errors
    flush()
    errors = diverted.with_suffix(".errors")
    try:
        _errors = ErrorStream(errors)
    except OSError as error:
        log.info("what Blender says on standard error is not looked at: %s", error)
        return Words(diverted, None, flush)
    return Words(diverted, errors, flush)


def let_go() -> None:
    """Turn the standard streams away from files, for good: Windows removes no file that is open."""
    global _errors
    flush()
    errors, _errors = _errors, None
    if errors is not None:
        errors.let_go()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def flush() -> None:
    """Write out what Python and C still hold back for their standard streams."""
    sys.stdout.flush()
    sys.stderr.flush()
    ctypes.CDLL(_C_LIBRARY).fflush(None)


def last_lines(path: Path) -> list[str]:
    """The end of the diverted output."""
    flush()
    return [line.rstrip() for line in output_lines.last_lines(path, LAST_LINES)]
