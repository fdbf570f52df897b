"""How many lanes a child has, and what it is told by its system for that."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from array_chunk_render.child.lane_choice import (
    LEAST_SECONDS,
    MEMORY_SHARE,
    MOST_LANES,
    STARTS,
    FrameCost,
    Room,
    choose_lanes,
    lane_threads,
)
from array_chunk_render.machine.processes import idle_seconds, process_age
from hypothesis import given
from hypothesis import strategies as st

GIB = 1 << 30
ONE_CORE = FrameCost(seconds=10.0, cpu_seconds=10.5, idle_seconds=9.5)
TWO_CORES = Room(cores=2, peak_bytes=GIB, limit_bytes=24 * GIB, start_seconds=2.0, frames_left=23)


def chosen(cost: FrameCost = ONE_CORE, **changes: object) -> int:
    return choose_lanes(cost, TWO_CORES._replace(**changes)).lanes  # type: ignore[arg-type]


def busy(cores: float, idle: float | None) -> FrameCost:
    return FrameCost(10.0, 10.0 * cores, None if idle is None else 10.0 * idle)


@pytest.mark.parametrize(
    ("cost", "cores", "lanes"),
    [
        pytest.param(busy(1.05, 0.95), 2, 2, id="one of two cores"),
        pytest.param(busy(1.9, 0.1), 2, 1, id="both cores"),
        pytest.param(busy(1.4, 0.6), 2, 2, id="a lane would fill most of its share"),
        pytest.param(busy(1.0, 63.0), 64, 14, id="one of 64 cores, with memory for 14 lanes"),
        pytest.param(busy(20.0, 44.0), 64, 3, id="a third of 64 cores"),
        pytest.param(busy(0.4, 1.6), 2, 2, id="it waited for others"),
        pytest.param(busy(1.0, 0.1), 2, 1, id="others keep the second core busy"),
        pytest.param(busy(1.0, 5.0), 2, 2, id="the host has idle cores that are not ours"),
        pytest.param(busy(1.0, None), 2, 2, id="nobody tells what is idle"),
        pytest.param(busy(1.0, 1.0), 1, 1, id="one core"),
    ],
)
def test_idle_cores_decide(cost: FrameCost, cores: int, lanes: int) -> None:
    assert chosen(cost, cores=cores) == lanes


@pytest.mark.parametrize(
    ("gib", "lanes"), [(1.6, 1), (3.2, 1), (3.4, 2), (5.1, 3)], ids=lambda each: str(each)
)
def test_peak_memory_of_all_lanes_fits(gib: float, lanes: int) -> None:
    cost, limit = busy(1.0, 15.0), int(gib * GIB)
    assert chosen(cost, cores=16, limit_bytes=limit) == lanes
    assert lanes == 1 or lanes * GIB <= MEMORY_SHARE * limit


def test_memory_that_nobody_tells_is_not_risked() -> None:
    assert chosen(limit_bytes=None) == chosen(peak_bytes=None) == 1


def test_there_is_work_for_every_lane() -> None:
    assert chosen(busy(1.0, 15.0), cores=16, frames_left=4) == 4


def test_a_lane_is_worth_its_start() -> None:
    assert chosen(start_seconds=231.0 / STARTS) == 1
    assert chosen(start_seconds=229.0 / STARTS) == 2
    short = FrameCost(LEAST_SECONDS / 24, LEAST_SECONDS / 24, LEAST_SECONDS / 24)
    assert chosen(short) == 1


@given(
    cores=st.integers(1, 256),
    used=st.floats(0, 256),
    idle=st.one_of(st.none(), st.floats(0, 256)),
    peak=st.one_of(st.none(), st.integers(0, 64 * GIB)),
    limit=st.one_of(st.none(), st.integers(0, 256 * GIB)),
    start=st.floats(0, 1000),
    left=st.integers(0, 10_000),
    seconds=st.floats(0, 10_000),
)
def test_whatever_is_measured(
    cores: int,
    used: float,
    idle: float | None,
    peak: int | None,
    limit: int | None,
    start: float,
    left: int,
    seconds: float,
) -> None:
    cost = FrameCost(seconds, used * seconds, None if idle is None else idle * seconds)
    choice = choose_lanes(cost, Room(cores, peak, limit, start, left))
    assert 1 <= choice.lanes <= min(MOST_LANES, max(1, left), cores)
    assert choice.reason
    if choice.lanes > 1:
        assert peak is not None and limit is not None
        assert choice.lanes * peak <= MEMORY_SHARE * limit


def test_a_cost_is_the_difference_of_two_looks() -> None:
    begun = FrameCost.begin()
    sum(range(200_000))
    cost = begun.end()
    assert 0 < cost.cpu_seconds < 10
    assert 0 < cost.seconds < 60
    assert cost.idle_seconds is None or cost.idle_seconds >= 0


@pytest.mark.parametrize(
    ("cores", "lanes", "threads"), [(1, 1, 1), (2, 2, 2), (64, 4, 32), (64, 60, 4), (3, 2, 3)]
)
def test_threads_of_a_lane(cores: int, lanes: int, threads: int) -> None:
    assert lane_threads(cores, lanes) == threads


def told(root: Path, **files: str) -> Path:
    (root / "proc/self").mkdir(parents=True)
    for name, text in files.items():
        (root / "proc" / name.replace("_", "/")).write_text(text)
    return root


def test_idle_time_of_the_machine(tmp_path: Path) -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    root = told(tmp_path, stat=f"cpu  1 2 3 {4 * ticks} {5 * ticks} 6 7\ncpu0 1 2 3\n")
    assert idle_seconds(root) == 9.0


@pytest.mark.parametrize("text", ["", "cpu 1 2", "cpu a b c d e f"])
def test_idle_time_that_is_not_told(text: str, tmp_path: Path) -> None:
    assert idle_seconds(tmp_path) is None
    assert idle_seconds(told(tmp_path, stat=text)) is None


def test_age_of_a_process_with_an_odd_name(tmp_path: Path) -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    fields = ["S", *map(str, range(4, 22)), str(100 * ticks), "23"]
    root = told(tmp_path, self_stat="7 (a) b (c)) " + " ".join(fields), uptime="130.5 1.0\n")
    assert process_age(root) == 30.5


def test_age_that_is_not_told(tmp_path: Path) -> None:
    assert process_age(tmp_path) == 0.0


def test_age_of_this_process() -> None:
    assert 0 < process_age() < 86_400
