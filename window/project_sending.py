"""Pure: a project that is being sent in a thread, as the window shows it and has it end."""

from __future__ import annotations

from collections.abc import Callable

from ..chunking.errors import Interrupted
from ..transport.progress import Progress


class Sending(Progress):
    """How far it is. The thread that sends tells it; any thread may read, and cancel."""

    def __init__(self, destination: str) -> None:
        self.is_over = self.is_cancelled = False
        self.ends: Callable[[], None] = lambda: None
        """Ends what else works for the sending."""
        self._destination = destination
        self._files = self._size = self._done = self._number = 0
        self._name = ""

    @property
    def factor(self) -> float:
        """From 0 to 1, by the bytes; 0 while it is not known what is to be sent."""
        return min(self._done / self._size, 1.0) if self._size else 0.0

    @property
    def text(self) -> str:
        """How far it is, in a few words."""
        if self.is_cancelled:
            return "Sending is being cancelled…"
        if not self._number:
            return f"Sending to {self._destination}: looking at what is there…"
        return f"Sending {self._name}: {self.factor:.0%}, file {self._number} of {self._files}"

    def cancel(self) -> None:
        """Have it end at the next bytes."""
        self.is_cancelled = True
        self.ends()

    def begin(self, files: int, size: int) -> None:
        self._files, self._size = files, size
        self._go_on()

    def start(self, name: str) -> None:
        self._number += 1
        self._name = name
        self._go_on()

    def advance(self, count: int) -> None:
        self._done += count
        self._go_on()

    def _go_on(self) -> None:
        if self.is_cancelled:
            raise Interrupted("Sending was cancelled.")


_shown: Sending | None = None


def show_sending(sending: Sending) -> Sending:
    """Show this one from now on, as long as it goes on; returns it."""
    global _shown
    _shown = sending
    return sending


def shown_sending() -> Sending | None:
    """The one that goes on."""
    return None if _shown is None or _shown.is_over else _shown
