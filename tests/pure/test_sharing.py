"""Sharing: every frame comes to be, none is rendered twice without need, nobody waits for long."""

from __future__ import annotations

import math
import random

import pytest
from array_chunk_render.child.helping import MOST_OPERATIONS
from array_chunk_render.child.share import (
    LONGEST_WATCH_SECONDS,
    UNKNOWN_FRAME_SECONDS,
    Share,
    Take,
    Wait,
)
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.chunking.plan import Plan
from claimants import EXPIRY_SECONDS, Claim, Claimant, Schedule, World, live
from hypothesis import example, given, settings
from hypothesis import strategies as st

SECONDS = st.floats(0.5, 20) | st.sampled_from([1.0, 400.0])
PARTITIONS = st.sampled_from(["contiguous", "interleaved"])


SCHEDULES = st.builds(
    Schedule,
    frames=st.integers(1, 80),
    size=st.integers(1, 12),
    partition=PARTITIONS,
    lanes=st.integers(1, 3),
    seed=st.integers(0, 1000),
    dying=st.integers(0, 4),
    late=st.integers(0, 3),
    common_seconds=SECONDS,
    crashing=st.frozensets(st.integers(1, 80), max_size=3),
)


@settings(max_examples=150)
@given(schedule=SCHEDULES)
@example(schedule=Schedule(3, 8, "contiguous", 2, 0, 1, 1, 1.0, frozenset()))
def test_every_frame_comes_to_be(schedule: Schedule) -> None:
    world = schedule.world()
    live(world, schedule.claimants(world), schedule.seed)
    assert world.done.keys() == set(world.plan.frames)


@settings(max_examples=150)
@given(schedule=SCHEDULES)
def test_no_frame_is_rendered_twice_without_need(schedule: Schedule) -> None:
    world = schedule.world()
    live(world, schedule.claimants(world), schedule.seed)
    twice = {frame for frame, times in world.renders.items() if times > 1}
    assert twice <= world.excused


@settings(max_examples=100)
@given(schedule=SCHEDULES)
def test_no_owner_waits_for_a_helper_longer_than_one_frame_time(schedule: Schedule) -> None:
    world = schedule.world()
    for claimant in live(world, schedule.claimants(world), schedule.seed):
        # Every frame is first waited for when the own ones are through, so all at once.
        longest = max((world.durations[take.frame] for take in claimant.takes), default=0)
        recorded = max((world.durations[frame] for frame in claimant.own), default=0)
        assert claimant.waits_for_helper <= max(longest, recorded, UNKNOWN_FRAME_SECONDS) + 0.1


@settings(max_examples=100)
@given(schedule=SCHEDULES)
def test_each_step_costs_a_bounded_number_of_operations(schedule: Schedule) -> None:
    world = schedule.world()
    length = -(-schedule.frames // schedule.size)
    search = MOST_OPERATIONS + 8 * math.log2(length) + 64
    for claimant in live(world, schedule.claimants(world), schedule.seed):
        assert claimant.most_operations <= 8 * length + search


@settings(max_examples=50)
@given(schedule=SCHEDULES)
def test_who_comes_late_leaves_at_once(schedule: Schedule) -> None:
    world = schedule.world()
    world.done = dict.fromkeys(world.plan.frames, 0.0)
    for claimant in live(world, schedule.claimants(world), schedule.seed):
        assert (claimant.takes, claimant.waits) == ([], [])
        assert claimant.left == claimant.begins


@settings(max_examples=50)
@given(schedule=SCHEDULES)
def test_who_does_not_help_renders_its_own_chunk_only(schedule: Schedule) -> None:
    world = schedule.world()
    claimants = schedule.claimants(world)
    for claimant in claimants:
        claimant.helps = False
    for claimant in live(world, claimants, schedule.seed):
        assert all(take.is_own for take in claimant.takes)
        assert not claimant.share.is_helping


def world_of(frames: int, size: int, seconds: float = 1.0) -> World:
    plan = Plan(FrameSet.range(1, frames, 1), size, "contiguous")
    return World(plan, dict.fromkeys(plan.frames, seconds))


def test_an_owner_and_its_helper_meet() -> None:
    world = world_of(20, 2)
    world.durations = {frame: 1.0 if frame <= 10 else 5.0 for frame in world.plan.frames}
    quick, slow = live(world, [Claimant(world, 0), Claimant(world, 1)], 0)
    assert [take.frame for take in quick.takes if not take.is_own] == [20, 19, 18, 17]
    assert [take.frame for take in slow.takes] == [11, 12, 13, 14, 15, 16]
    assert set(world.renders.values()) == {1}


def test_all_of_a_child_that_never_comes_is_rendered_by_others() -> None:
    world = world_of(100, 10)
    live(world, [Claimant(world, index) for index in range(9)], 0)
    assert len(world.done) == 100
    assert set(world.renders.values()) == {1}


def test_the_child_with_most_seconds_left_is_helped_first() -> None:
    world = world_of(40, 4)
    world.durations = {frame: 100.0 if 21 <= frame <= 30 else 1.0 for frame in world.plan.frames}
    world.done = dict.fromkeys([*range(1, 11), 11, 21, 22, 23, 31], 0.0)
    helper = Claimant(world, 0)
    events = helper.events(random.Random(0))
    next(events)
    assert helper.takes == [Take(30, is_own=False)]


def test_a_frame_that_crashed_before_is_not_taken_by_helpers() -> None:
    world = world_of(20, 2)
    world.crashing = frozenset({20, 18})
    helper = Claimant(world, 0)
    live(world, [helper], 0)
    assert [take.frame for take in helper.takes[10:]] == [19, *range(17, 10, -1)]


def test_a_frame_that_fails_is_taken_once_by_each() -> None:
    world = world_of(20, 2)
    helper = Claimant(world, 0, fails=frozenset({20, 17}))
    live(world, [helper], 0)
    assert max(world.renders.values()) == 1
    assert set(world.plan.frames) - world.done.keys() == {17, 20}


def test_a_frame_left_behind_that_fails_is_taken_once() -> None:
    world = world_of(20, 2)
    world.done = dict.fromkeys(range(1, 20), 0.0)
    world.claims[20] = Claim(Claimant(world, 1), expires=3.0)
    helper = Claimant(world, 0, fails=frozenset({20}))
    live(world, [helper], 0)
    assert helper.takes == [Take(20, is_own=False)]


def test_who_failed_at_home_helps_nobody() -> None:
    world = world_of(20, 2)
    failing = Claimant(world, 0, fails=frozenset({3}))
    live(world, [failing], 0)
    assert [take.frame for take in failing.takes] == list(range(1, 11))
    assert not failing.share.is_helping


def owner_of_taken(world: World, taken: dict[int, Claimant], begins: float = 0.0) -> Claimant:
    for frame, claimant in taken.items():
        world.claims[frame] = Claim(claimant)
    owner = Claimant(world, 0, begins)
    live(world, [owner], 0)
    return owner


def test_a_helper_that_hangs_is_waited_for_one_frame_time() -> None:
    world = world_of(10, 2, seconds=8.0)
    owner = owner_of_taken(world, dict.fromkeys([4, 5], Claimant(world, 1)))
    assert [take.frame for take in owner.takes[:5]] == [1, 2, 3, 4, 5]
    assert sum(owner.waits) == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("done", "waited"),
    [
        pytest.param([], UNKNOWN_FRAME_SECONDS, id="nothing is known"),
        pytest.param([1, 2, 3], 12.0, id="by the slowest record of the chunk"),
    ],
)
def test_one_frame_time_of_who_has_rendered_nothing(done: list[int], waited: float) -> None:
    world = world_of(10, 2, seconds=3.0)
    world.durations = {**world.durations, 2: 12.0}
    world.done = dict.fromkeys(done, 0.0)
    left = [frame for frame in range(1, 6) if frame not in done]
    owner = owner_of_taken(world, dict.fromkeys(left, Claimant(world, 1)))
    assert sum(owner.waits) == pytest.approx(waited)
    assert [take.frame for take in owner.takes if take.is_own] == left


def test_a_living_lane_is_waited_for_as_long_as_it_lives() -> None:
    world = world_of(10, 2)
    lane = Claimant(world, 0)
    world.durations = {**world.durations, 5: 500.0}
    owner = Claimant(world, 0, begins=0.5)
    live(world, [lane, owner], 0)
    assert world.renders[5] == 1
    assert lane.left is not None
    assert lane.left >= 500


def test_a_lane_that_died_is_followed_when_its_claim_has_ended() -> None:
    world = world_of(10, 2)
    world.claims[5] = Claim(Claimant(world, 0), expires=EXPIRY_SECONDS)
    owner = Claimant(world, 0, helps=False)
    live(world, [owner], 0)
    assert world.done.keys() == {1, 2, 3, 4, 5}
    assert sum(owner.waits) <= EXPIRY_SECONDS


@pytest.mark.parametrize("frames", [0, 1, 3])
def test_chunks_that_are_empty(frames: int) -> None:
    plan = Plan(FrameSet((range(1, frames + 1),)), 8, "contiguous")
    world = World(plan, dict.fromkeys(plan.frames, 1.0))
    lived = live(world, [Claimant(world, index) for index in range(8)], 0)
    assert all(claimant.left is not None for claimant in lived)
    assert set(world.renders.values()) <= {1}


def test_a_search_in_a_finished_film_ends_after_a_bounded_number_of_operations() -> None:
    world = world_of(100_000, 1_000)
    world.done = dict.fromkeys(world.plan.frames, 0.0)
    late = Claimant(world, 0)
    live(world, [late], 0)
    assert late.takes == []
    assert late.most_operations <= MOST_OPERATIONS + 100


def test_what_a_child_leaves_behind_that_dies_in_the_end_is_found_next_door() -> None:
    """Its frame looks as if it were in work until the claim has ended; nobody else may come."""
    world = world_of(10_000, 100, seconds=20.0)
    world.done = dict.fromkeys(set(world.plan.frames) - {137}, 0.0)
    world.claims[137] = Claim(Claimant(world, 1), expires=UNKNOWN_FRAME_SECONDS)
    live(world, [Claimant(world, 0)], 0)
    assert world.done.keys() == set(world.plan.frames)


def test_what_hangs_next_door_is_not_waited_for_endlessly() -> None:
    world = world_of(20, 2, seconds=20.0)
    world.done = dict.fromkeys(range(1, 20), 0.0)
    world.claims[20] = Claim(Claimant(world, 1))
    helper = Claimant(world, 0)
    live(world, [helper], 0)
    assert helper.takes == []
    assert helper.left is not None
    assert helper.left <= LONGEST_WATCH_SECONDS + 10


def test_a_search_does_not_look_for_what_others_have_in_work() -> None:
    """A window is what is not taken either, or a helper would try it all from the back."""
    world = world_of(2_000, 2)
    for frame in range(1_101, 2_001):
        world.claims[frame] = Claim(Claimant(world, 1))
    world.done = dict.fromkeys(range(1, 1_001), 0.0)
    helper = Claimant(world, 0)
    next(helper.events(random.Random(0)))
    assert helper.takes == [Take(1_100, is_own=False)]
    assert helper.operations <= 64


def test_waits_are_never_endless_nor_idle() -> None:
    world = world_of(4, 1, seconds=7200.0)
    world.claims[2] = Claim(Claimant(world, 5))
    share = Share(
        world.plan,
        0,
        [1, 2, 3, 4],
        Claimant(world, 0),
        frame_seconds=lambda: 7200.0,
        clock=lambda: world.now,
        chance=random.Random(0),
    )
    waits = []
    for step in share.steps():
        if isinstance(step, Wait):
            waits.append(step.seconds)
            world.now += step.seconds
        else:
            world.done[step.frame] = world.now
    assert sum(waits) == pytest.approx(7200.0)
    assert max(waits) <= 10.0
