"""Pure: the signals that ask this process to end, heard by a thread, whatever Python is doing.

Python's own signal handlers run when the main thread comes back from what it has called, such as a
frame in Blender, which may be in an hour; on Windows not even a lock that it waits for lets them
run. So the handlers are empty, and a thread reads what the interpreter writes of every signal
(`signal.set_wakeup_fd`): it is woken at once, and as process 1 of a container, too. That is a pair
of sockets: a pipe can't be waited on for a time on Windows.
"""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Iterator

from ..chunking.errors import Interrupted

END_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)
"""Those that this system has: SIGHUP is POSIX' own, SIGBREAK (Ctrl-Break, a closed console)
Windows'."""

_MEANT = frozenset({signal.SIGTERM, signal.SIGINT})
"""Heard where they were ignored, too. SIGHUP is not: by nohup a closed terminal is no end."""


def _is_heard(number: int) -> bool:
    return signal.getsignal(number) is not signal.SIG_IGN or number in _MEANT


@contextlib.contextmanager
def interrupted_by_signals(left: str) -> Iterator[None]:
    """Have the first of these signals raise Interrupted in the main thread, where Python is.

    For work that puts away by itself what is half; `left` says what becomes of the rest.
    """

    def interrupt(number: int, frame: object) -> None:
        for each in heard:
            signal.signal(each, lambda number, frame: None)
        raise Interrupted(f"Interrupted by {signal.Signals(number).name}: {left}")

    heard = [number for number in END_SIGNALS if _is_heard(number)]
    before = {number: signal.signal(number, interrupt) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


class EndRequests:
    """Hears from its making on; one of it in a process, made by the main thread."""

    def __init__(self) -> None:
        self._reading, self._writing = socket.socketpair()
        self._writing.setblocking(False)
        signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        for number in END_SIGNALS:
            if _is_heard(number):
                signal.signal(number, lambda number, frame: None)

    def wait(self, seconds: float | None) -> str:
        """Name of a signal that asks for the end; empty: none came in this time (None: any).

        Any other signal that a script handles ends the waiting, too.
        """
        self._reading.settimeout(seconds)
        try:
            number = self._reading.recv(1)[0]
        except (TimeoutError, BlockingIOError):  # the latter for no time at all
            return ""
        return signal.Signals(number).name if number in END_SIGNALS else ""
