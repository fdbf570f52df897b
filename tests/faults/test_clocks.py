"""Machines whose clocks disagree, or jump while a child is at work."""

from __future__ import annotations

import itertools
import os
import signal

import pytest

from .conftest import MakeFilm, NewTrial
from .scale import FULL, chance
from .strikes import BEGIN, PUT, RECORD, STAGED, of_frame, once, sends

FRAMES = 4
DAY = 24 * 3600
JUMPS = {"an hour back": -3600, "a day back": -DAY, "to 1990": -36 * 365 * DAY,
         "ten years ahead": 3650 * DAY}  # fmt: skip
PLACES = {
    "before a frame": BEGIN,
    "when a frame is rendered": STAGED,
    "between two replaces": PUT,
    "before the record": RECORD,
}


def some() -> list[tuple[str, str]]:
    every = list(itertools.product(PLACES, JUMPS))
    return every if FULL else sorted(chance("clocks").sample(every, 2))


@pytest.mark.parametrize(("place", "jump"), some())
def test_clock_jumps(place: str, jump: str, make_film: MakeFilm, new_trial: NewTrial) -> None:
    with new_trial(make_film(end=FRAMES), "the clock jumps") as trial:
        jumps = once("strike", PLACES[place], f"clock={JUMPS[jump]}", 2)
        ended = trial.run(jumps)
        trial.hit(place, ended)
        assert ended.code == 0
        trial.hold_complete()
        assert trial.complete().hits.count("begun") == 0


@pytest.mark.parametrize("jump", JUMPS if FULL else ["a day back"])
def test_retry_on_a_machine_with_another_clock(
    jump: str, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    with new_trial(make_film(end=FRAMES), "killed, retried under another clock") as trial:
        before = trial.look().done
        killed = trial.begin(once("strike", of_frame(PUT, 2), sends(signal.SIGKILL), 2)).end()
        trial.hit("between two replaces", killed)
        trial.hold_kill(before, killed)
        clock = once("clock", ("read", "*"), f"clock={JUMPS[jump]}")
        ended = trial.run(clock)
        assert ended.hits.count("clock") >= 1
        assert ended.code == 0
        trial.hold_complete()


AGES = {2 * 3600: True, 60: False, -DAY: False}
"""Seconds, and whether a left-over of that age is nobody's any more."""


@pytest.mark.parametrize(("age", "swept"), list(AGES.items())[: 3 if FULL else 1])
def test_left_overs_are_swept_by_the_disk_clock(
    age: int, swept: bool, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    """Whatever the child's own clock says of their age."""
    with new_trial(make_film(end=FRAMES), "what a kill left is old, new, of the future") as trial:
        killed = trial.begin(once("strike", of_frame(PUT, 1), sends(signal.SIGKILL), 2)).end()
        trial.hit(f"{age} s old", killed)
        temporaries = trial.output / ".array_chunk" / "tmp"
        (left,) = temporaries.glob("00001.*")  # others may be on their way behind it
        now = left.stat().st_ctime
        os.utime(left, (now - age, now - age))
        ended = trial.run(once("clock", ("read", "*"), f"clock={5 * DAY}"))
        assert ended.code == 0
        trial.hold_complete()
        assert left.exists() != swept
