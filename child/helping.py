"""Pure: which frame of another child a child takes that has nothing left to do itself.

A child renders its chunk from the front, helpers take from the back. So a chunk in work looks like

    done … done, in work, open … open, in work, done … done

and its open frames are one window. It is found by looking at frames here and there, never by a
listing of the whole film: a child that is far behind has a wide window, which few looks will hit.
The windows that were seen are remembered and looked at again first; they only become narrower.
Who finds nothing any more looks through the next child's chunk, frame by frame, before it leaves.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice
from typing import Protocol

from ..chunking.frames import FrameSet
from ..chunking.plan import Plan

SAMPLES = 3
"""Windows that are compared before the one with most left is chosen."""

FRESH_LOOKS = 16
"""Frames looked at in chunks that are not known yet, as long as known ones have work."""

ENOUGH_OPERATIONS = 40
"""Board operations after which the best window that was seen is good enough."""

MOST_OPERATIONS = 400
"""Board operations after which a child gives up the search and leaves."""

FRONT_LOOKS = 3
"""Halvings that tell about where a window begins: that is only for comparing."""

NARROW = 8
"""Places of which each is looked at where a known window has become so narrow."""

RACES = 8
"""Takes that may fail in one window before another one is chosen."""


class Board(Protocol):
    """What can be seen and done of frames in the output folder; each call is a few operations."""

    def is_done(self, frame: int) -> bool:
        """Whether a true record of this render is there."""

    def take(self, frame: int) -> bool:
        """Claim the frame.

        False: another claimant holds a live claim, or nobody may take it (it crashed before), or
        it was done in the meantime. For that last one the record is to be looked at under the
        claim, or a frame that was finished between two looks is rendered twice.
        """

    def is_taken(self, frame: int) -> bool:
        """Whether somebody holds a live claim."""

    def is_in_lane(self, frame: int) -> bool:
        """Whether a living lane of this very child works on it."""

    def seconds(self, frame: int) -> float | None:
        """What the frame's record says that it took; None: no record."""


@dataclass(slots=True)
class Window:
    """What is known of the open frames of one chunk, as places in it.

    Open ones are from `first` to `last`; the window ends somewhere between `last` and `above` and
    begins somewhere between `below` and `first`. At `below - 1` and at `above` it has ended.
    """

    below: int
    first: int
    last: int
    above: int
    pace: float | None = None
    """Seconds that the nearest finished frame took."""

    @property
    def frames(self) -> float:
        """About how many frames are open."""
        return (
            self.last - self.first + 1 + (self.first - self.below + self.above - 1 - self.last) / 2
        )


class Helping:
    """What one child knows of the others' chunks, and the search for a frame to take."""

    def __init__(self, plan: Plan, index: int, board: Board, chance: random.Random) -> None:
        self._plan = plan
        self._board = board
        self._windows: dict[int, Window] = {}
        self._finished = {index}
        self._claimed: set[int] = set()
        self._next_door = list(plan.chunk((index + 1) % plan.size)) if plan.size > 1 else []
        self._operations = 0
        places = -(-len(plan.frames) // plan.size) * plan.size
        self._walk = _walk(places, chance)
        self._pass = places

    def find(self) -> int | None:
        """Claim a frame of the child that has most left, as far as seen; None: there is none.

        It costs at most MOST_OPERATIONS of the board, and what ends the last look: not more than
        8 * log2(frames of a chunk) + 64. Where there is something to take, it is some 30 to 80.
        """
        self._operations = 0
        samples: list[int] = []
        for index in self._sightings():
            if index is not None:
                samples.append(index)
            if len(samples) >= SAMPLES or (samples and self._operations >= ENOUGH_OPERATIONS):
                frame = self._claim_best(samples)
                if frame is not None:
                    return frame
                samples = []
            if self._operations >= MOST_OPERATIONS:
                break
        return self._claim_best(samples)

    @property
    def is_next_door_busy(self) -> bool:
        """Whether frames of the next child's chunk were in work at the last look."""
        return bool(self._next_door)

    def find_next_door(self) -> int | None:
        """Claim a frame of the next child's chunk, after a look at each; None: none is open.

        The search may miss what is left here and there, and claimants die over their last frames.
        So every chunk is looked through once by its neighbour, and then what was not done of it.
        """
        frames, self._next_door = self._next_door, []
        while frames:
            frame = frames.pop()
            if self._board.is_done(frame):
                continue
            if self._board.is_taken(frame):
                self._next_door.append(frame)
            elif frame not in self._claimed and self._take(frame):
                self._next_door = [*frames, *reversed(self._next_door)]
                return frame
        self._next_door.reverse()
        return None

    def _take(self, frame: int) -> bool:
        self._operations += 1
        is_ours = self._board.take(frame)
        if is_ours:
            self._claimed.add(frame)
        return is_ours

    def _sightings(self) -> Iterator[int | None]:
        """Yield chunks that have open frames right now, and None for each look in vain."""
        widest = nlargest(len(self._windows), self._windows, key=self._left)
        fresh = self._fresh()
        # One short of a full sample: a child that has fallen behind and is not known yet gets its
        # chance to be the third, in some looks that may be in vain.
        yield from map(self._again, widest[: SAMPLES - 1])
        yield from islice(fresh, FRESH_LOOKS)
        yield from map(self._again, widest[SAMPLES - 1 :])
        yield from fresh

    def _fresh(self) -> Iterator[int | None]:
        """Look at frames all over the film, none of them twice in this search."""
        for number in islice(self._walk, self._pass):
            if len(self._finished) + len(self._windows) >= self._plan.size:
                return
            place, index = divmod(number, self._plan.size)
            if index in self._finished or index in self._windows:
                continue
            chunk = self._plan.chunk(index)
            if not chunk:
                self._finished.add(index)
            is_open = place < len(chunk) and self._is_open(chunk[place])
            if is_open:
                self._see(index, chunk, Window(0, place, place, len(chunk)))
            yield index if is_open else None

    def _again(self, index: int) -> int | None:
        """Look at a known window: from its end, by growing steps, then from its front."""
        chunk, window = self._plan.chunk(index), self._windows[index]
        above = window.above
        # Helpers have gone on from its end, so it ends earlier by now: by a little, as a rule.
        for place in _steps_back(window.below, window.above):
            if self._is_open(chunk[place]):
                self._see(index, chunk, Window(window.below, place, place, above, window.pace))
                return index
            above = place if place < above else above
        del self._windows[index]
        self._finished.add(index)
        return None

    def _see(self, index: int, chunk: FrameSet, window: Window) -> None:
        """Keep a window of which one open frame is known, after a closer look."""
        if window.above - window.last > 1 and self._is_open(chunk[window.above - 1]):
            window.last = window.above - 1
        for _ in range(FRONT_LOOKS):
            if window.below == window.first:
                break
            middle = (window.below + window.first) // 2
            if self._is_open(chunk[middle]):
                window.first = middle
            else:
                window.below = middle + 1
        for place in (window.below - 1, window.above):
            if 0 <= place < len(chunk):
                self._operations += 1
                seconds = self._board.seconds(chunk[place])
                if seconds is not None:
                    window.pace = seconds
                    break
        self._windows[index] = window

    def _left(self, index: int) -> float:
        """Seconds left in a window, or frames as long as nobody knows how long one takes."""
        window = self._windows[index]
        return window.frames * (1.0 if window.pace is None else window.pace)

    def _claim_best(self, indices: list[int]) -> int | None:
        """Take the last open frame of the window with most left; then of the one after it.

        Where others were faster, it is a frame before the last one, for some RACES of them.
        """
        for index in sorted(indices, key=self._left, reverse=True):
            chunk, window = self._plan.chunk(index), self._windows[index]
            while window.above - window.last > 1:  # where it ends by now
                middle = (window.last + window.above) // 2
                if self._is_open(chunk[middle]):
                    window.last = middle
                else:
                    window.above = middle
            for place in range(window.last, max(window.below, window.last - RACES + 1) - 1, -1):
                # Whoever has it, it is open no more: the window ends before it from now on.
                window.last, window.above = place - 1, place
                window.first = min(window.first, window.last)
                if self._is_open(chunk[place]) and self._take(chunk[place]):
                    return chunk[place]
        return None

    def _is_open(self, frame: int) -> bool:
        self._operations += 1
        if frame in self._claimed or self._board.is_done(frame):
            return False
        self._operations += 1
        return not self._board.is_taken(frame)


def _walk(places: int, chance: random.Random) -> Iterator[int]:
    """Yield the numbers below `places` for ever, all of them before one comes again."""
    if places == 0:
        return
    # Two looks in a row are to be far apart, in other chunks and other places of them; and a step
    # that has no divisor in common with the number of places comes by each of them.
    step = chance.randint(places // 4, 3 * places // 4) or 1
    while math.gcd(step, places) > 1:
        step += 1
    number = chance.randrange(places)
    while True:
        yield number
        number = (number + step) % places


def _steps_back(below: int, above: int) -> Iterator[int]:
    """Yield places of a window: the last one, 2, 4, 8 … before the end, then the first one."""
    if above - below <= NARROW:
        yield from range(above - 1, below - 1, -1)
        return
    distance = 1
    while above - distance > below:
        yield above - distance
        distance *= 2
    yield below
