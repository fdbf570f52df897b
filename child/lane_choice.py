"""Pure: how many Blender processes may share one chunk with profit.

Much of what Blender does before a frame's first sample is done by one core: modifiers, particles,
the upload of the scene to Cycles. Where that is most of a frame, a second process fills the time in
which the first leaves the other cores idle.
"""

from __future__ import annotations

import math
import time
from typing import NamedTuple

from ..machine.processes import idle_seconds

WORTH = 0.4
"""What a further lane has to bring: the cores that it finds idle against those that it can use."""
MEMORY_SHARE = 0.6
"""Share of the memory that all lanes may use at their peaks; the rest is for what can't be seen
ahead: heavier frames, and the pages of files that the kernel keeps."""
MOST_LANES = 16
"""More would wait for the output folder and for memory rather than for cores."""
STARTS = 3.0
"""The rest of the chunk has to take so many times as long as starting a Blender with the scene."""
LEAST_SECONDS = 12.0
"""Of rendering that are left, or no lane is worth its start."""
THREADS_OVER = 2
"""Threads of a lane against its share of the cores: a lane that is alone in sampling, while the
others prepare, should not leave half of the cores idle. (Measured with two lanes on two cores: 24 s
with two threads each, 27 s with one.)"""


class FrameCost(NamedTuple):
    """What a frame took, in seconds; `begin` gives the clocks, `end` makes a cost of them."""

    seconds: float
    cpu_seconds: float
    """Of all threads of this process."""
    idle_seconds: float | None
    """Of all cores of the machine; None where the system does not tell."""

    @classmethod
    def begin(cls) -> FrameCost:
        return cls(time.monotonic(), time.process_time(), idle_seconds())

    def end(self) -> FrameCost:
        now = self.begin()
        idle = None
        if now.idle_seconds is not None and self.idle_seconds is not None:
            idle = now.idle_seconds - self.idle_seconds
        return FrameCost(now.seconds - self.seconds, now.cpu_seconds - self.cpu_seconds, idle)

    @property
    def cores(self) -> float:
        """How many cores a process keeps busy. One at the least: where it was less, it had to
        wait for others."""
        return max(1.0, self.cpu_seconds / self.seconds) if self.seconds else math.inf

    def idle_cores(self, cores: int) -> float:
        """How many of the cores that this process may use nobody used."""
        free = max(0.0, cores - self.cores)
        return free if self.idle_seconds is None else min(free, self.idle_seconds / self.seconds)


class Room(NamedTuple):
    """What there is for lanes."""

    cores: int
    peak_bytes: int | None
    """The most memory that one lane takes; None where the system does not tell."""
    limit_bytes: int | None
    """The most that all may take together."""
    start_seconds: float
    """From the start of a process to its first frame."""
    frames_left: int
    """Frames of the chunk that nobody has begun."""


class Choice(NamedTuple):
    """How many lanes to have, and why not more."""

    lanes: int
    reason: str


def choose_lanes(cost: FrameCost, room: Room) -> Choice:
    """One lane more for as long as it fills idle cores, fits into memory, and has work.

    `cost` is that of the first frame.
    """
    seconds_left = cost.seconds * room.frames_left
    if seconds_left < max(LEAST_SECONDS, STARTS * room.start_seconds):
        return Choice(1, f"{seconds_left:.0f} s of work are left")
    for lanes in range(2, MOST_LANES + 1):
        if reason := _against(cost, room, lanes):
            return Choice(lanes - 1, reason)
    return Choice(MOST_LANES, f"{MOST_LANES} are enough")


def _against(cost: FrameCost, room: Room, lanes: int) -> str:
    """What speaks against so many lanes; empty: nothing."""
    idle = cost.idle_cores(room.cores) - cost.cores * (lanes - 2)
    if idle < WORTH * cost.cores:
        return f"of {room.cores} cores {max(0.0, idle):.1f} would be idle"
    if lanes > room.frames_left:
        return f"{room.frames_left} frames are left"
    if room.limit_bytes is None or room.peak_bytes is None:
        return "the memory can't be told"
    if room.peak_bytes * lanes > MEMORY_SHARE * room.limit_bytes:
        return f"of {room.limit_bytes >> 20} MiB a lane fills {room.peak_bytes >> 20}"
    return ""


def lane_threads(cores: int, lanes: int) -> int:
    """How many threads each of so many lanes renders with."""
    return min(cores, THREADS_OVER * math.ceil(cores / lanes))
