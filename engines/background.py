"""Pure: one chunk in a process of its own, watched while something else goes on."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..chunking.errors import EXIT_COMPLETE
from ..machine.child_process import ChildProcess
from ..machine.output_lines import is_number, json_fields
from .local.children import GRACE_SECONDS

RUNNING, DONE, FAILED, CANCELLED = "RUNNING", "DONE", "FAILED", "CANCELLED"
PROGRESS = ("frame", "done", "total", "seconds_left")
MOST_COUNT = 1e9
"""Frames and seconds of a chunk are less; other numbers are none of ours."""
MOST_LINES = 200
"""How many lines are kept at hand; the log file has all."""


def fresh_log(folder: str, name: str) -> Path:
    """A new file for a log, `name` at its beginning: the folder may be everybody's, with a file or
    a link of somebody else under any name that can be guessed. Raises OSError."""
    descriptor, path = tempfile.mkstemp(prefix=f"{name}-", suffix=".log", dir=folder)
    os.close(descriptor)
    return Path(path)


class BackgroundRun:
    """A child that logs JSON lines. A thread reads them; any thread may ask how it goes."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], log_file: Path) -> None:
        self.log_file = log_file
        self.grace_seconds = GRACE_SECONDS
        self.lines: deque[str] = deque(maxlen=MOST_LINES)
        self.progress: dict[str, Any] = {}
        """The PROGRESS fields of the last frame that was rendered; empty before the first."""
        self.log_error = ""
        """Why the log file does not hold all; the child goes on."""
        self._command, self._environ = list(command), dict(environ)
        self._cancelled = False

    def start(self) -> None:
        """Start the child. Raises OSError where it, or its log file, can't be made."""
        self._log = self.log_file.open("w", encoding="utf-8")
        try:
            self._child = ChildProcess(self._command, self._environ, self._read, self._close)
        except OSError:
            self._log.close()
            raise

    @property
    def state(self) -> str:
        """RUNNING until the child has ended, then DONE, FAILED or CANCELLED."""
        if self._child.is_running:
            return RUNNING
        if self._cancelled:
            return CANCELLED
        return DONE if self.exit_code == EXIT_COMPLETE else FAILED

    @property
    def exit_code(self) -> int:
        """What the child ended with; below zero: the signal that ended it."""
        return self._child.exit_code

    def cancel(self) -> None:
        """Ask the child to end; kill what is left of its group after the grace."""
        if self.state != RUNNING:
            return
        self._cancelled = True
        self._child.ask_to_end()
        killer = threading.Timer(self.grace_seconds, self._child.kill)
        killer.daemon = True
        killer.start()

    def kill(self) -> None:
        """End all of the group at once, as Blender quits."""
        if self.state == RUNNING:
            self._cancelled = True
            self._child.kill()

    def wait(self, seconds: float | None = None) -> None:
        """Until the child has ended, at most that long."""
        self._child.wait(seconds)

    def _close(self, code: int) -> None:
        with contextlib.suppress(OSError):  # said already, by the first line that it lost
            self._log.close()

    def _read(self, line: str) -> None:
        try:
            if not self.log_error:
                self._log.write(line + "\n")
                self._log.flush()
        except OSError as error:
            self.log_error = f"The log {str(self.log_file)!r} was cut off: {error.strerror}."
        self.lines.append(line)
        fields = json_fields(line) or {}  # none: Blender's own chatter
        if all(is_number(fields.get(name), MOST_COUNT) for name in PROGRESS) and fields["total"]:
            self.progress = {name: fields[name] for name in PROGRESS}
