"""Pure: which frame a child renders next, where children share the work by claims.

A child works through its own chunk in order. What another claimant has begun is left for later; so
is what a lane of its own, another process of this child, has begun. Then it may help others.
Claims save work and never decide correctness: a frame that is rendered twice is published twice.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import NamedTuple

from ..chunking.plan import Plan
from .claims import CLAIM_EXPIRY_SECONDS
from .helping import Board, Helping

UNKNOWN_FRAME_SECONDS = 5.0
"""How long a frame is waited for where nothing tells how long frames take."""

WAIT_PORTIONS = 16
"""How often a child that waits for one frame time looks whether the frame is there.

Who has waited for longer, for a lane, looks after as large a part of that time."""

SHORTEST_WAIT_SECONDS = 0.05
LONGEST_WAIT_SECONDS = 10.0

LONGEST_WATCH_SECONDS = CLAIM_EXPIRY_SECONDS + 30.0
"""How long a child that finds nothing to take looks whether others die over their frames.

It is somewhat longer than the claim of who has died is believed.
"""


WATCH_FRAMES = 3.0
"""It looks for so many frame times at the most: short frames are not worth to stand idle for."""


class Take(NamedTuple):
    """Render this frame: the claim is ours, or the child has waited for another's long enough."""

    frame: int
    is_own: bool


class Wait(NamedTuple):
    """Nothing to take right now: look again after that many seconds."""

    seconds: float


class Share:
    """What one claimant does, step by step, from its first frame to the last that it helps with."""

    def __init__(
        self,
        plan: Plan,
        index: int,
        todo: Sequence[int],
        board: Board,
        frame_seconds: Callable[[], float | None],
        clock: Callable[[], float],
        chance: random.Random | None,
    ) -> None:
        """`todo` are the own frames that were not done at the start, in the order to render them.

        `frame_seconds` is what one of this child's frames takes, None before the first one. The
        longest so far is better than the mean: an owner that waits for a helper only as long as
        the mean renders many frames twice, and ends later (benchmarks/simulated_array.py).
        `clock` is in seconds and never goes back. `chance` says where to look for frames of others
        first; None: it helps nobody.
        """
        self._plan = plan
        self._index = index
        self._todo = todo
        self._board = board
        self._chance = chance
        self._frame_seconds = frame_seconds
        self._clock = clock
        self._tried: set[int] = set()
        self._is_helping = False

    @property
    def is_helping(self) -> bool:
        """Whether the own chunk is complete, and what is taken from now on is other children's."""
        return self._is_helping

    def steps(self) -> Iterator[Take | Wait]:
        """Yield what to do next; the following step is asked for when that has ended.

        A frame is yielded once at most, whether it succeeds or fails. A child whose own chunk is
        not complete in the end, because a frame failed, helps nobody.
        """
        for frame in self._todo:
            if not self._board.is_done(frame) and self._board.take(frame):
                yield self._own(frame)
        yield from self._own_left()
        if self._chance is None or not all(map(self._board.is_done, self._todo)):
            return
        self._is_helping = True
        helping = Helping(self._plan, self._index, self._board, self._chance)
        while True:
            other = helping.find()
            if other is None:
                other = yield from self._next_door(helping)
            if other is None:
                return
            yield Take(other, is_own=False)

    def _own(self, frame: int) -> Take:
        self._tried.add(frame)
        return Take(frame, is_own=True)

    def _own_left(self) -> Iterator[Take | Wait]:
        """Yield the steps towards those own frames that others had taken when their turn came."""
        patience: _Patience | None = None
        while left := [
            frame
            for frame in self._todo
            if frame not in self._tried and not self._board.is_done(frame)
        ]:
            frame = next((frame for frame in left if self._board.take(frame)), None)
            if frame is not None:
                yield self._own(frame)
                continue
            if patience is None:
                patience = _Patience(self._one_frame_time(), self._clock())
            # Whether a lane lives is seen from here; of a helper's machine nothing is known, so a
            # helper is waited for as long as one frame takes.
            of_helpers = [frame for frame in left if not self._board.is_in_lane(frame)]
            overdue = patience.overdue(of_helpers, self._clock())
            yield Wait(patience.portion(self._clock())) if overdue is None else self._own(overdue)

    def _next_door(self, helping: Helping) -> Generator[Wait, None, int | None]:
        """Keep an eye on the next child's frames: who has them in work may die, and nobody come."""
        most = self._frame_seconds() or UNKNOWN_FRAME_SECONDS
        patience = _Patience(most, self._clock())
        longest = min(LONGEST_WATCH_SECONDS, WATCH_FRAMES * most)
        while (frame := helping.find_next_door()) is None and helping.is_next_door_busy:
            if patience.waited(self._clock()) >= longest:
                return None
            yield Wait(patience.portion(self._clock()))
        return frame

    def _one_frame_time(self) -> float:
        """How many seconds an own frame is waited for while a helper has it."""
        typical = self._frame_seconds()
        if typical is not None:
            return typical
        recorded = map(self._board.seconds, self._plan.chunk(self._index))
        return max((each for each in recorded if each), default=UNKNOWN_FRAME_SECONDS)


class _Patience:
    """How long an owner waits: for a lane as long as it lives, for a helper one frame time."""

    def __init__(self, frame_seconds: float, now: float) -> None:
        self._frame_seconds = frame_seconds
        self._start = now
        self._ends: dict[int, float] = {}
        """By frame that a helper has: until when it is waited for."""

    def waited(self, now: float) -> float:
        return now - self._start

    def overdue(self, of_helpers: Sequence[int], now: float) -> int | None:
        """One of the frames that helpers have, if it was waited for long enough."""
        for frame in of_helpers:
            self._ends.setdefault(frame, now + self._frame_seconds)
        return next((frame for frame in of_helpers if self._ends[frame] <= now), None)

    def portion(self, now: float) -> float:
        """Seconds until the next look, and never beyond the end of a wait for a helper."""
        # A part of the wait so far: whoever waits for minutes loses little by a look that comes
        # seconds late, and each look is some operations on a disk that others work on.
        longest = max(self._frame_seconds, self.waited(now)) / WAIT_PORTIONS
        ahead = [end - now for end in self._ends.values() if end > now]
        return min(max(SHORTEST_WAIT_SECONDS, min(longest, LONGEST_WAIT_SECONDS)), *ahead, math.inf)
