"""A child is killed at a certain moment, again and again, until one comes through."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from .conftest import MakeFilm, NewTrial
from .scale import chance, rounds
from .strikes import (
    BEGIN,
    COPY,
    COPY_SYNC,
    NOTE_GONE,
    PUT,
    RECORD,
    STAGED,
    Place,
    Rule,
    of_frame,
    once,
    sends,
)
from .trial import MOST_LONG_FRAMES_LOST, MOST_WORK_LOST, Ended, Trial

KILLS_A_FILM = 4
SLOW = {"end": 5, "samples": 2048, "width": 256, "height": 144}
"""A film of frames that take long enough for a strike within one."""
FAST = {"end": 24}
"""A film of frames that take less than the disk does: several are on their way at a time."""


@dataclass(frozen=True)
class Moment:
    """A place in the life of a frame where a signal strikes, and the words of the table for it."""

    name: str
    at: Place
    how: str = "kill"
    files: tuple[int, ...] = (1,)
    """At which of the frame's calls of this kind, counted from 1."""


MOMENTS = (
    Moment("in mid-render", BEGIN, "late"),
    Moment("while Blender writes the stage", STAGED, "done"),
    Moment("in mid-copy, half a block written", COPY, "half", (1, 2, 3)),
    Moment("copied, before its fsync", COPY_SYNC, "kill", (1, 2, 3)),
    Moment("copied, before the first replace", PUT),
    Moment("between two replaces", PUT, "kill", (2, 3)),
    Moment("before the record", RECORD),
    Moment("after the record, before its fsync", RECORD, "done"),
    Moment("before its note is removed", NOTE_GONE),
)
IN_RENDER = MOMENTS[0]


def strike(trial: Trial, moment: Moment, number: signal.Signals, *names: object) -> Rule:
    """A rule that strikes at this moment of a child's first frame, or its second.

    Where the frame is as good as done it is the first: so a kill leaves enough of the film for the
    next one.
    """
    random = chance(moment.name, number.name, *names)
    nth = random.randint(0, moment.at not in (RECORD, NOTE_GONE))
    file = random.choice(moment.files)
    action = sends(number, moment.how, random.randint(20, 150))
    if moment.at in (BEGIN, STAGED):
        return once("strike", moment.at, action, nth + 1)
    return once("strike", of_frame(moment.at, trial.order()[nth]), action, file)


def hold_struck(trial: Trial, moment: Moment, rule: Rule, ended: Ended) -> None:
    """The signal came, and where it was to come."""
    hits = ended.hits
    if moment is IN_RENDER:
        # The thread that strikes notes it too, and the frame is not rendered yet.
        assert hits.count("strike") == 2, hits
        assert hits.count("staged") == rule.first - 1, hits
    trial.hit(moment.name, ended)


def kill_again_and_again(trial: Trial, moments: list[Moment], most: int, *names: object) -> None:
    with trial:
        for kill, moment in enumerate(moments):
            before = trial.look().done
            rule = strike(trial, moment, signal.SIGKILL, *names, kill)
            ended = trial.begin(rule).end()
            assert ended.signal is signal.SIGKILL, ended
            hold_struck(trial, moment, rule, ended)
            trial.hold_kill(before, ended, most)
        trial.complete()


def drawn(film: int, kind: str) -> list[Moment]:
    """The moments of one film: over all films each comes up as often as any other."""
    moments = [MOMENTS[(film * KILLS_A_FILM + kill) % len(MOMENTS)] for kill in range(KILLS_A_FILM)]
    chance(kind, film).shuffle(moments)
    return moments


@pytest.mark.parametrize("film", rounds(45, 4))
def test_killed(film: int, make_film: MakeFilm, new_trial: NewTrial) -> None:
    moments = drawn(film, "killed")
    kind, most = (SLOW, MOST_LONG_FRAMES_LOST) if IN_RENDER in moments else (FAST, MOST_WORK_LOST)
    trial = new_trial(make_film(**kind), "SIGKILL")
    kill_again_and_again(trial, moments, most, film)


@pytest.mark.parametrize("film", rounds(5, 1))
def test_killed_real_blender(
    film: int, real_blender: Path, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    moments = drawn(film, "real")
    start = (str(real_blender), "-b", "-P")
    trial = new_trial(make_film(real_blender, **SLOW), "SIGKILL, real Blender", start=start)
    kill_again_and_again(trial, moments, MOST_LONG_FRAMES_LOST, "real", film)


@pytest.mark.parametrize("film", rounds(17, 1))
def test_asked_to_end(film: int, make_film: MakeFilm, new_trial: NewTrial) -> None:
    """SIGTERM, with a grace in which a frame fits (30) and one in which none does (3)."""
    film_of_12 = make_film(**{**SLOW, "end": 12})  # one that fits the grace is finished, too
    with new_trial(film_of_12, "SIGTERM") as trial:
        for kill in range(3):
            moment = MOMENTS[(film * 3 + kill) % len(MOMENTS)]
            before = trial.look().done
            rule = strike(trial, moment, signal.SIGTERM, "ask", film, kill)
            grace = ("3", "30")[(film + kill) % 2]
            ended = trial.begin(rule, words=("--grace", grace)).end()
            assert ended.code == 75, ended
            trial.hit(f"{moment.name}, --grace {grace}", ended)
            trial.hold_kill(before, ended, MOST_LONG_FRAMES_LOST)
        trial.complete()


assert KILLS_A_FILM * (45 + 5) == 200
assert 3 * 17 >= 50
