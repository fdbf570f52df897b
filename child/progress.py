"""Pure: how far a chunk is, and how long the rest will take."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How far a chunk is, after one more of its frames was delivered."""

    frame: int
    seconds: float
    done: int
    total: int
    seconds_left: float


class Pace:
    """Counts a chunk's frames as they are delivered, and tells how far it is after each.

    Frames are delivered by several threads.
    """

    def __init__(self, total: int, done: int) -> None:
        self._total = total
        self._done = done
        self._seconds: list[float] = []
        self._counting = threading.Lock()
        self.lanes = 1
        """How many processes share the chunk."""

    @property
    def left(self) -> int:
        """How many frames are not delivered yet."""
        return self._total - self._done

    def delivered(self, frame: int, seconds: float) -> Progress:
        """Take note of a frame that took so long, and say so in the log."""
        with self._counting:
            self._seconds.append(seconds)
            self._done = min(self._done + 1, self._total)
            mean = sum(self._seconds) / len(self._seconds)
            left = mean * self.left / self.lanes
            progress = Progress(frame, seconds, self._done, self._total, left)
            _log(progress)
        return progress


def _log(progress: Progress) -> None:
    percent = progress.done * 100 // progress.total
    line = (
        f"frame {progress.frame} · {progress.seconds:.1f} s · {progress.done}/{progress.total} · "
        f"{percent} % · ETA {duration(progress.seconds_left)}"
    )
    log.info(line, extra={"fields": vars(progress)})


def duration(seconds: float) -> str:
    """Seconds in words that a person reads at a glance."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} m"
    return f"{minutes} m {rest} s" if minutes else f"{rest} s"
