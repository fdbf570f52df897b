"""Claimants that share a film in virtual time, on a board in memory: what test_sharing drives."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from array_chunk_render.child.share import Share, Take, Wait
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.chunking.plan import Plan

EXPIRY_SECONDS = 30.0


@dataclass
class Claim:
    claimant: Claimant
    expires: float | None = None
    """When it ends, of a claimant that has died."""


@dataclass
class World:
    """The output folder: records and claims."""

    plan: Plan
    durations: Mapping[int, float]
    crashing: frozenset[int] = frozenset()
    now: float = 0.0
    done: dict[int, float] = field(default_factory=dict)
    claims: dict[int, Claim] = field(default_factory=dict)
    renders: Counter[int] = field(default_factory=Counter)
    excused: set[int] = field(default_factory=set)
    """Frames that may be rendered twice: a claimant died, or was waited for long enough."""

    def is_taken(self, frame: int) -> bool:
        claim = self.claims.get(frame)
        return claim is not None and (claim.expires is None or claim.expires > self.now)


@dataclass(eq=False)
class Claimant:
    """A process that renders: a child, or one lane of it. It is its own view of the board."""

    world: World
    index: int
    begins: float = 0.0
    dies: float = float("inf")
    helps: bool = True
    fails: frozenset[int] = frozenset()
    operations: int = 0
    most_operations: int = 0
    takes: list[Take] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    waits_for_helper: float = 0.0
    left: float | None = None

    def is_done(self, frame: int) -> bool:
        self.operations += 1
        return frame in self.world.done

    def take(self, frame: int) -> bool:
        self.operations += 1
        world = self.world
        others = world.is_taken(frame) or (
            frame in world.crashing and frame not in world.plan.chunk(self.index)
        )
        if others or frame in world.done:
            return False
        world.claims[frame] = Claim(self)
        return True

    def is_taken(self, frame: int) -> bool:
        self.operations += 1
        return self.world.is_taken(frame)

    def is_in_lane(self, frame: int) -> bool:
        self.operations += 1
        claim = self.world.claims.get(frame)
        return claim is not None and claim.expires is None and claim.claimant.index == self.index

    def seconds(self, frame: int) -> float | None:
        self.operations += 1
        return self.world.durations[frame] if frame in self.world.done else None

    @property
    def own(self) -> list[int]:
        return list(self.world.plan.chunk(self.index))

    def events(self, chance: random.Random) -> Iterator[float]:
        """Live; yield when something happens next."""
        self.todo = [frame for frame in self.own if frame not in self.world.done]
        spent: list[float] = []
        self.share = Share(
            self.world.plan,
            self.index,
            self.todo,
            self,
            frame_seconds=lambda: sum(spent) / len(spent) if spent else None,
            clock=lambda: self.world.now,
            chance=chance if self.helps else None,
        )
        self.operations = 0
        for step in self.share.steps():
            self.most_operations = max(self.most_operations, self.operations)
            if isinstance(step, Wait):
                yield from self._wait(step)
            else:
                yield from self._render(step)
                spent.append(self.world.durations[step.frame])
            self.operations = 0
        self.most_operations = max(self.most_operations, self.operations)
        self.left = self.world.now

    def _wait(self, step: Wait) -> Iterator[float]:
        assert step.seconds > 0
        self.waits.append(step.seconds)
        left = [frame for frame in self.todo if frame not in self.world.done]
        if left and not any(self.is_in_lane(frame) for frame in left):
            self.waits_for_helper += step.seconds
        yield self.world.now + step.seconds

    def _render(self, step: Take) -> Iterator[float]:
        world, frame = self.world, step.frame
        assert frame not in world.done
        self.takes.append(step)
        claim = world.claims[frame]
        if claim.claimant is not self:
            assert step.is_own
            world.excused.add(frame)
        world.renders[frame] += 1
        ends = world.now + world.durations[frame]
        if self.dies < ends:
            self._die(frame)
            return
        yield ends
        if frame not in self.fails:
            world.done.setdefault(frame, world.now)
        if world.claims.get(frame) is claim:
            del world.claims[frame]

    def _die(self, frame: int) -> None:
        self.world.excused.add(frame)
        claim = self.world.claims[frame]
        if claim.claimant is self:
            claim.expires = max(self.world.now, self.dies) + EXPIRY_SECONDS
        raise Death


class Death(Exception):
    """Raised when a claimant dies."""


def live(world: World, claimants: list[Claimant], seed: int) -> list[Claimant]:
    """Let them all live to their end; a child that died comes again. Return those that lived."""
    chance = random.Random(seed)
    number = count()
    queue: list[tuple[float, int, Claimant, Iterator[float] | None]] = []
    lived = []

    def add(claimant: Claimant) -> None:
        lived.append(claimant)
        heapq.heappush(queue, (claimant.begins, next(number), claimant, None))

    for claimant in claimants:
        add(claimant)
    while queue:
        world.now, _, claimant, events = heapq.heappop(queue)
        events = events or claimant.events(random.Random(chance.random()))
        try:
            heapq.heappush(queue, (next(events), next(number), claimant, events))
        except StopIteration:
            pass
        except Death:
            begins = max(world.now, claimant.dies) + chance.uniform(0, 3 * EXPIRY_SECONDS)
            add(Claimant(world, claimant.index, begins, helps=claimant.helps))
        assert next(number) < 100_000, "nobody comes to an end"
    return lived


@dataclass(frozen=True)
class Schedule:
    """Who begins, and who dies, when; how long frames take."""

    frames: int
    size: int
    partition: str
    lanes: int
    seed: int
    dying: int
    late: int
    common_seconds: float
    crashing: frozenset[int]

    def world(self) -> World:
        plan = Plan(FrameSet.range(1, self.frames, 1), self.size, self.partition)
        chance = random.Random(self.seed)
        durations = {
            frame: self.common_seconds * chance.choice([1, 1, 1, chance.uniform(0.3, 2), 15])
            for frame in plan.frames
        }
        return World(plan, durations, self.crashing)

    def claimants(self, world: World) -> list[Claimant]:
        chance = random.Random(self.seed + 1)
        whole = sum(world.durations.values())
        made = [
            Claimant(world, index, begins=chance.uniform(0, 1))
            for index in range(self.size)
            for _ in range(self.lanes)
        ]
        for claimant in chance.sample(made, min(self.dying, len(made))):
            claimant.dies = chance.uniform(0, whole / self.size)
        for claimant in chance.sample(made, min(self.late, len(made))):
            claimant.begins = chance.uniform(0, whole)
        return made
