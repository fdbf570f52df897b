"""The simulated array: it renders all, and helping brings it near to what is possible."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from array_chunk_render.child.helping import MOST_OPERATIONS

BENCHMARKS = Path(__file__).resolve().parent.parent.parent / "benchmarks"
SIZE = 100
FRAMES = 100 * SIZE
NAMES = (
    "recorded,uniform,ramp,heavy tail,heavy quarter,monster frame,spot losses,staggered starts"
).split(",")


class Simulation(NamedTuple):
    array: ModuleType
    films: ModuleType
    recording: ModuleType


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    """The benchmark's own modules, which import each other from their folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
        import record_frame_seconds
        import simulated_array
        import simulated_films

        yield Simulation(simulated_array, simulated_films, record_frame_seconds)


def test_all_films_are_tested(simulation: Simulation) -> None:
    assert list(simulation.films.FILMS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_helping_comes_near_to_the_bound(simulation: Simulation, name: str) -> None:
    film = simulation.films.film(name, FRAMES, SIZE, seed=1)
    outcome = simulation.array.simulate(film, "contiguous", helps=True, seed=1)
    assert outcome.frames_done == FRAMES
    # One frame that begins near the end and takes long ends late, whoever is to render it.
    possible = max(film.bound(), simulation.array.one_queue(film))
    assert outcome.film_seconds <= 1.05 * possible
    assert outcome.rendered_twice <= 0.001 * FRAMES
    search = MOST_OPERATIONS + 8 * math.log2(FRAMES // SIZE) + 64 + 3 * FRAMES // SIZE
    assert outcome.most_operations_helping <= search
    assert outcome.operations_helping <= 150 * outcome.helped
    assert outcome.operations_leaving <= search * SIZE


@pytest.mark.parametrize("partition", ["contiguous", "interleaved"])
@pytest.mark.parametrize("size", [1, 2, 7, 300])
def test_any_array_renders_everything_once(
    simulation: Simulation, partition: str, size: int
) -> None:
    film = simulation.films.film("heavy tail", 200, size, seed=2)
    outcome = simulation.array.simulate(film, partition, helps=True, seed=2)
    assert outcome.frames_done == 200
    assert outcome.rendered == 200 + outcome.rendered_twice
    assert outcome.film_seconds >= film.bound()


@pytest.mark.parametrize("partition", ["contiguous", "interleaved"])
def test_without_helping_each_child_renders_its_chunk(
    simulation: Simulation, partition: str
) -> None:
    film = simulation.films.film("ramp", 1000, 10, seed=3)
    outcome = simulation.array.simulate(film, partition, helps=False, seed=3)
    sums = [
        sum(film.seconds[frame - 1] for frame in chunk)
        for chunk in map(simulation.array.Chunks(1000, 10, partition).chunk, range(10))
    ]
    assert outcome.helped == 0
    assert max(sums) <= outcome.film_seconds <= max(sums) + 10


def test_the_bound_counts_the_time_that_machines_are_there(simulation: Simulation) -> None:
    presence = simulation.films.Presence
    film = simulation.films.Film([10.0] * 10, [presence(0.0), presence(20.0, ((30.0, 50.0),))])
    # 0-20 one machine: 20; 20-30 two: 40; 30-50 one: 60; then two: 100 at 70.
    assert film.bound() == pytest.approx(70.0)
    film.seconds[3] = 500.0
    assert simulation.films.Film([500.0], film.presences).bound() == pytest.approx(500.0)


def test_frame_times_are_recorded_from_records(simulation: Simulation, tmp_path: Path) -> None:
    records = tmp_path / ".array_chunk" / "frames"
    records.mkdir(parents=True)
    for frame, seconds, adopted in ((10, 2.5, False), (9, 1.5, False), (11, 0.0, True)):
        content = {"frame": frame, "seconds": seconds, "adopted": adopted}
        (records / f"{frame:05d}.json").write_text(json.dumps(content))
    target = tmp_path / "recorded.json"
    assert simulation.recording.record(tmp_path, "a test", target) == 2
    assert json.loads(target.read_text())["seconds"] == [1.5, 2.5]
