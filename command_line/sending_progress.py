"""Pure: how far a sending is: a bar on a terminal, or a line of the log now and then."""

from __future__ import annotations

import logging
import shutil
import time
from typing import TextIO

from ..chunking.plain_text import plain_line
from ..transport.project_destination import Progress
from .printing import RedrawnLine

log = logging.getLogger(__name__)

LINES = 10
"""As many lines of a log a sending has at the most, whatever its size, and two more."""
DRAW_SECONDS = 0.1
BAR_WIDTH = 30
LARGE_BYTES = 1 << 20


class LoggedProgress(Progress):
    """A line when it begins, and one for each tenth of the bytes."""

    def __init__(self) -> None:
        self._files = self._size = self._done = self._tenths = 0

    def begin(self, files: int, size: int) -> None:
        self._files, self._size = files, size
        if files:
            log.info("sending %d files, %s bytes", files, f"{size:,}")

    def advance(self, count: int) -> None:
        self._done += count
        tenths = self._done * LINES // max(self._size, 1)
        if tenths > self._tenths and self._size > LARGE_BYTES:
            self._tenths = tenths
            log.info(
                "%d %%: %s of %s bytes", tenths * 100 // LINES, f"{self._done:,}", f"{self._size:,}"
            )


class ProgressBar(Progress):
    """One line of a terminal, drawn again and again, and gone at the end."""

    def __init__(self, stream: TextIO) -> None:
        self._shown = RedrawnLine(stream)
        self._files = self._size = self._done = self._number = 0
        self._name = ""
        self._drawn = 0.0

    def begin(self, files: int, size: int) -> None:
        self._files, self._size = files, size

    def start(self, place: str) -> None:
        self._number += 1
        self._name = place
        self._draw()

    def advance(self, count: int) -> None:
        self._done += count
        self._draw()

    def end(self) -> None:
        self._shown.erase()

    def _draw(self) -> None:
        now = time.monotonic()
        if now - self._drawn >= DRAW_SECONDS:
            self._drawn = now
            self._shown.draw(self.line(shutil.get_terminal_size().columns))

    def line(self, columns: int) -> str:
        """What the line shows, shorter than a terminal of so many columns is wide."""
        share = min(self._done / self._size, 1.0) if self._size else 1.0
        full = round(share * BAR_WIDTH)
        bar = "#" * full + "." * (BAR_WIDTH - full)
        text = f"[{bar}] {share:4.0%} {self._number}/{self._files} {plain_line(self._name)}"
        return text[: columns - 1]
