"""An array in virtual time: real decisions (child.share), simulated rendering and folder.

Whatever a child does on the output folder is counted, and costs it OPERATION_SECONDS each. What it
looks at within one step is looked at in one moment, when the step begins.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from array_chunk_render.child.share import CLAIM_EXPIRY_SECONDS, Share, Take, Wait
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.chunking.plan import chunk_of
from simulated_films import Film

OPERATION_SECONDS = 0.003


@dataclass
class Outcome:
    """What came of one array; times in seconds from its start."""

    film_seconds: float = 0.0
    """When the last frame was there."""
    array_seconds: float = 0.0
    """When the last child had left."""
    operations: int = 0
    rendered: int = 0
    helped: int = 0
    rendered_twice: int = 0
    most_operations_helping: int = 0
    """The most that one search has cost."""
    operations_helping: int = 0
    """What all searches have cost that found something."""
    operations_leaving: int = 0
    """What all searches have cost that found nothing more."""
    waited_seconds: float = 0.0
    frames_done: int = 0


class Chunks:
    """A plan that keeps its chunks as ranges: ten thousand children ask for them all the time."""

    def __init__(self, frames: int, size: int, partition: str) -> None:
        self.frames = FrameSet.range(1, frames, 1)
        self.size = size
        self._chunks = [
            next(iter(chunk_of(self.frames, size, index, partition).runs), range(0))
            for index in range(size)
        ]

    def chunk(self, index: int) -> range:
        return self._chunks[index]


class MemoryBoard:
    """The output folder in memory, at one moment, as one child sees it."""

    def __init__(self, film: Film) -> None:
        self._seconds = film.seconds
        frames = len(film.seconds) + 1
        self.done = bytearray(frames)
        self.claimed = [-1] * frames
        self.expiring: dict[int, float] = {}
        self.now = 0.0
        self.child = 0
        self.operations = 0

    def is_done(self, frame: int) -> bool:
        self.operations += 1
        return self.done[frame] == 1

    def is_taken(self, frame: int) -> bool:
        self.operations += 1
        return self._is_taken(frame)

    def _is_taken(self, frame: int) -> bool:
        if self.claimed[frame] < 0:
            return False
        if not self.expiring or self.expiring.get(frame, self.now + 1) > self.now:
            return True
        del self.expiring[frame]
        self.claimed[frame] = -1
        return False

    def take(self, frame: int) -> bool:
        self.operations += 1
        if self._is_taken(frame) or self.done[frame]:
            return False
        self.claimed[frame] = self.child
        return True

    def is_in_lane(self, frame: int) -> bool:
        self.operations += 1
        return False

    def seconds(self, frame: int) -> float | None:
        self.operations += 1
        return self._seconds[frame - 1] if self.done[frame] else None


@dataclass(eq=False, slots=True)
class Child:
    """One child: its policy, the frame that it renders, the losses that wait for it."""

    index: int
    gaps: Iterator[tuple[float, float]]
    lost: float = float("inf")
    back: float = float("inf")
    share: Share | None = None
    steps: Iterator[Take | Wait] | None = None
    frame: int = 0
    longest: float = 0.0
    rendered: int = 0

    def next_loss(self) -> None:
        self.lost, self.back = next(self.gaps, (float("inf"), float("inf")))

    def longest_frame(self) -> float | None:
        return self.longest or None


@dataclass
class SimulatedArray:
    """All children of one array, and the queue of what happens next."""

    film: Film
    plan: Chunks
    helps: bool
    seed: int
    outcome: Outcome = field(default_factory=Outcome)

    def run(self) -> Outcome:
        """Let every child live to its end."""
        self.board = MemoryBoard(self.film)
        self.chance = random.Random(self.seed)
        self.queue: list[tuple[float, int]] = []
        self.children = []
        for index, presence in enumerate(self.film.presences):
            child = Child(index, iter(presence.gaps))
            child.next_loss()
            self.children.append(child)
            self.queue.append((presence.begins, index))
        heapq.heapify(self.queue)
        while self.queue:
            self.board.now, index = heapq.heappop(self.queue)
            self._step(self.children[index])
        self.outcome.operations = self.board.operations
        self.outcome.frames_done = sum(self.board.done)
        return self.outcome

    def _step(self, child: Child) -> None:
        board, now = self.board, self.board.now
        board.child = child.index
        before = board.operations
        while child.lost <= now:  # it was lost while it was not needed
            child.next_loss()
        if child.steps is None:
            self._begin(child)
        elif child.frame:
            self._finish(child, now)
        step = next(child.steps, None)
        cost = board.operations - before
        if child.share.is_helping:
            self._count_search(cost, step)
        begins = now + cost * OPERATION_SECONDS
        if step is None:
            self.outcome.array_seconds = max(self.outcome.array_seconds, begins)
        elif isinstance(step, Wait):
            self.outcome.waited_seconds += step.seconds
            self._go_on(child, begins + step.seconds)
        else:
            child.frame = step.frame
            self.outcome.helped += not step.is_own
            self._go_on(child, begins + self.film.seconds[step.frame - 1])

    def _begin(self, child: Child) -> None:
        todo = [frame for frame in self.plan.chunk(child.index) if not self.board.is_done(frame)]
        child.share = Share(
            self.plan,
            child.index,
            todo,
            self.board,
            frame_seconds=child.longest_frame,
            clock=lambda: self.board.now,
            chance=self.chance if self.helps else None,
        )
        child.steps = child.share.steps()

    def _finish(self, child: Child, now: float) -> None:
        frame, child.frame = child.frame, 0
        board = self.board
        self.outcome.rendered_twice += board.done[frame]
        if not board.done[frame]:
            board.done[frame] = 1
            self.outcome.film_seconds = now
        if board.claimed[frame] == child.index:
            board.claimed[frame] = -1
        self.outcome.rendered += 1
        child.longest = max(child.longest, self.film.seconds[frame - 1])
        child.rendered += 1

    def _go_on(self, child: Child, time: float) -> None:
        """The child's next step is at that time, unless its machine is lost before."""
        if child.lost >= time:
            heapq.heappush(self.queue, (time, child.index))
            return
        if child.frame and self.board.claimed[child.frame] == child.index:
            self.board.expiring[child.frame] = child.lost + CLAIM_EXPIRY_SECONDS
        child.frame, child.steps, child.share = 0, None, None
        heapq.heappush(self.queue, (child.back, child.index))
        child.next_loss()

    def _count_search(self, cost: int, step: Take | Wait | None) -> None:
        outcome = self.outcome
        if step is None:
            outcome.operations_leaving += cost
        elif isinstance(step, Take):
            outcome.operations_helping += cost
            outcome.most_operations_helping = max(outcome.most_operations_helping, cost)


def simulate(film: Film, partition: str, *, helps: bool, seed: int) -> Outcome:
    """Render a film by an array of as many children as machines are in it."""
    plan = Chunks(len(film.seconds), len(film.presences), partition)
    return SimulatedArray(film, plan, helps, seed).run()


def one_queue(film: Film) -> float:
    """When the film is there if each free machine is handed the next frame, for nothing.

    Nobody who does not know beforehand which frames take long can do much better. Seconds; losses
    of machines are left out.
    """
    free = [presence.begins for presence in film.presences]
    heapq.heapify(free)
    for seconds in film.seconds:
        heapq.heapreplace(free, free[0] + seconds)
    return max(free)
