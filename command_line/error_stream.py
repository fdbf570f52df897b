"""Pure: standard error by way of a file, so that what Blender says there can be read back.

All of it still comes out where it would have, in its order, a moment later. A file and no pipe:
whoever writes to a full pipe waits for its reader, which would wait for Python's lock. What is
written last before a crash is put out by a shell, which waits for the end of this process.
"""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import threading
from pathlib import Path

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
