"""Pure: files that a thread sends or fetches, as the window shows it and has it end."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..chunking.errors import Interrupted
from ..transport.progress import Progress

SENDING, FETCHING = "Sending", "Fetching"


class Transfer(Progress):
    """How far it is. The thread that does it tells it; any thread may read, and cancel."""

    def __init__(self, verb: str, place: str) -> None:
        """`verb` is SENDING or FETCHING, `place` where to or from: `to /mnt/farm`."""
        self.verb = verb
        self.is_over = False
        self.ends: Callable[[], None] = lambda: None
        """Ends what else works for it."""
        self._place = place
        self._cancelled = threading.Event()
        self._files = self._size = self._done = self._number = 0
        self._name = self._waiting = ""

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def factor(self) -> float:
        """From 0 to 1, by the bytes; 0 while it is not known how many there are."""
        return min(self._done / self._size, 1.0) if self._size else 0.0

    @property
    def text(self) -> str:
        """How far it is, in a few words."""
        if self.is_cancelled:
            return f"{self.verb} is being cancelled…"
        if self._waiting:
            return self._waiting
        if not self._number:
            return f"{self.verb} {self._place}: looking at what is there…"
        return f"{self.verb} {self._name}: {self.factor:.0%}, file {self._number} of {self._files}"

    def cancel(self) -> None:
        """Have it end at the next bytes."""
        self._cancelled.set()
        self.ends()

    def begin(self, files: int, size: int) -> None:
        self._files, self._size = files, size
        self._done = self._number = 0
        self.check()

    def start(self, name: str) -> None:
        self._number += 1
        self._name, self._waiting = name, ""
        self.check()

    def advance(self, count: int) -> None:
        self._done += count
        self.check()

    def wait(self, seconds: float, text: str, done: int, whole: int) -> None:
        """Wait for more, with the text shown and so much of the whole. Raises Interrupted."""
        self._done, self._size, self._waiting = done, whole, text
        self._cancelled.wait(seconds)
        self.check()

    def check(self) -> None:
        """Raise Interrupted where it was cancelled."""
        if self.is_cancelled:
            raise Interrupted(f"{self.verb} was cancelled.")


_shown: dict[str, Transfer] = {}


def show_transfer(transfer: Transfer) -> Transfer:
    """Show this one of its kind from now on, as long as it goes on; returns it."""
    _shown[transfer.verb] = transfer
    return transfer


def shown_transfer(verb: str) -> Transfer | None:
    """The one of this kind that goes on."""
    transfer = _shown.get(verb)
    return None if transfer is None or transfer.is_over else transfer
