"""Pure: how long the array will take, by the frames that are rendered already.

A frame that nobody has rendered yet is taken to last as long as a line between its nearest
neighbours says, and like the nearest one beyond the first and the last.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from .frames import FrameSet
from .plan import chunk_of
from .runs import Run
from .settings import MOST_CHILDREN, Partition

SECONDS_A_MINUTE, SECONDS_AN_HOUR = 60.0, 3600.0


class Forecast(NamedTuple):
    """What an array of one size and partition takes, in seconds."""

    chunk_seconds: tuple[float, ...]

    @property
    def longest(self) -> float:
        """How long the array takes where every child has a machine of its own."""
        return max(self.chunk_seconds)

    @property
    def instance_hours(self) -> float:
        """What is paid for, in hours, apart from starting."""
        return sum(self.chunk_seconds) / SECONDS_AN_HOUR


class FrameTimes:
    """The seconds of every frame of a frame set, known or told by their neighbours."""

    def __init__(self, frames: FrameSet, known: Mapping[int, float]) -> None:
        """`known` has the seconds of at least one frame, of this frame set or near it."""
        numbers = sorted(known)
        self._seconds = [_between(frame, numbers, known) for frame in frames]
        self._sums = [*accumulate(self._seconds, initial=0.0)]
        self._positions = FrameSet((range(len(self._seconds)),))
        """Where each frame stands in the frame set: it is shared out like the frames themselves."""

    def forecast(self, size: int, partition: Partition) -> Forecast:
        """What an array takes whose chunks are those of `chunking.plan`.

        Raises BadSetting for a size or a partition that there is not.
        """
        chunks = (chunk_of(self._positions, size, index, partition) for index in range(size))
        return Forecast(tuple(sum(map(self._seconds_of, chunk.runs)) for chunk in chunks))

    def _seconds_of(self, positions: Run) -> float:
        """Of a run of the frame set. Neighbours cost two look-ups, however many they are."""
        if positions.step == 1:
            return self._sums[positions.stop] - self._sums[positions.start]
        return sum(self._seconds[position] for position in positions)

    def size_for(self, partition: Partition, target: float) -> int:
        """A size of an array whose longest child takes `target` seconds at the most.

        Where one frame alone takes longer, as many children as there are frames; never more than
        an array can have. It is found by halves, and more children can make the longest chunk
        longer, so a somewhat smaller array may do as well where frames differ much.
        """
        most = max(1, min(len(self._seconds), MOST_CHILDREN))
        low, high = 1, most
        while low < high:
            middle = (low + high) // 2
            if self.forecast(middle, partition).longest <= target:
                high = middle
            else:
                low = middle + 1
        return low


def _between(frame: int, numbers: Sequence[int], known: Mapping[int, float]) -> float:
    place = bisect_left(numbers, frame)
    if place == len(numbers):
        return known[numbers[-1]]
    after = numbers[place]
    if after == frame or place == 0:
        return known[after]
    before = numbers[place - 1]
    part = (frame - before) / (after - before)
    return known[before] + part * (known[after] - known[before])
