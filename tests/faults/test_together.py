"""Several children at the same frames: held at one moment, then let go together or one by one."""

from __future__ import annotations

import signal

import pytest
from children import array_variables

from .conftest import MakeFilm, NewTrial
from .scale import chance, rounds
from .strikes import (
    BEGIN,
    COPY,
    COPY_SYNC,
    NOTE_GONE,
    PIN,
    PUT,
    RECORD,
    Rule,
    of_frame,
    once,
    sends,
)
from .trial import Child, Ended, Trial

FRAMES = 4
PLACES = {
    "before the pin": (PIN, "kill", 1),
    "before their first frame": (BEGIN, "kill", 1),
    "in mid-copy, half a block written": (COPY, "half", 2),
    "copied, before its fsync": (COPY_SYNC, "kill", 3),
    "before the first replace": (PUT, "kill", 1),
    "between two replaces": (PUT, "kill", 2),
    "before the record": (RECORD, "kill", 1),
    "after the record, before its fsync": (RECORD, "done", 1),
    "before the note is removed": (NOTE_GONE, "kill", 1),
}


OF_ONE_FRAME = (COPY, COPY_SYNC, PUT)
"""Where several frames at once would come in between. Elsewhere any frame will do: another process
may have done the one that was meant."""


def stop_at(place: str, frame: int = 1, nth: int = 1) -> Rule:
    """A rule that stops a child at this place of a frame, which is the nth that it renders."""
    at, how, number = PLACES[place]
    if at in OF_ONE_FRAME:
        return once("strike", of_frame(at, frame), sends(signal.SIGSTOP, how), number)
    return once("strike", at, sends(signal.SIGSTOP, how), number if at == PIN else nth)


def let_go_together(children: list[Child]) -> list[Ended]:
    """The barrier: every child stands at its moment before any goes on."""
    for child in children:
        assert child.wait_stopped(), child.end()
    for child in children:
        child.go_on()
    return [child.end() for child in children]


@pytest.mark.parametrize("number", rounds(100, 6))
def test_copies_of_one_child(number: int, make_film: MakeFilm, new_trial: NewTrial) -> None:
    place = list(PLACES)[number % len(PLACES)]
    copies = 3 if number % 10 == 9 else 2
    with new_trial(make_film(end=FRAMES), "copies of one child, let go together") as trial:
        children = [trial.begin(stop_at(place)) for _ in range(copies)]
        ended = let_go_together(children)
        trial.hit(place, *ended)
        assert [each.code for each in ended] == [0] * copies, ended
        trial.hold(set(), ended)
        trial.hold_complete()
        again = trial.complete()
        assert again.hits.count("begun") == 0, "all was done before"


@pytest.mark.parametrize("number", rounds(10, 1))
def test_arrays_of_another_size(number: int, make_film: MakeFilm, new_trial: NewTrial) -> None:
    """Somebody submits the film again as 3 children while the 2 of before are still at it.

    All of them have begun their first frames when the first goes on. Then each is stopped once
    more, unless others have published its frames by then.
    """
    place = ("before their first frame", "between two replaces", "before the record")[number % 3]
    at, how, count = PLACES[place]
    held = once("strike" if at == BEGIN else "held", BEGIN, sends(signal.SIGSTOP))
    more = () if at == BEGIN else (once("strike", at, sends(signal.SIGSTOP, how), count),)
    with new_trial(make_film(end=FRAMES), "children of 2 and of 3 at once") as trial:
        arrays = [array_variables(2, i, "old") for i in range(2)]
        arrays += [array_variables(3, i, "new") for i in range(3)]
        children = [trial.begin(held, *more, **each) for each in arrays]
        ended = let_go_together(children) if at == BEGIN else let_go_twice(children)
        trial.hit(place, *(each for each in ended if each.hits.count("strike")))
        assert {each.code for each in ended} == {0}, ended
        trial.hold(set(), ended)
        trial.hold_complete()


def let_go_twice(children: list[Child]) -> list[Ended]:
    for child in children:
        assert child.wait_stopped(), child.end()
    for child in children:
        child.go_on()
    stopped = [child for child in children if child.wait_stopped()]
    assert stopped
    for child in stopped:
        child.go_on()
    return [child.end() for child in children]


@pytest.mark.parametrize("number", rounds(27, 2))
def test_stopped_while_a_copy_finishes(
    number: int, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    """An old attempt that everybody takes for dead, and that goes on when its retry is done."""
    place = list(PLACES)[(number * 4 + 2) % len(PLACES)]
    frame = chance("stopped", number).randint(1, 2)
    with new_trial(make_film(end=FRAMES), "SIGSTOP, a retry finishes, SIGCONT") as trial:
        old = trial.begin(stop_at(place, frame, frame), **array_variables(1, 0, attempt=1))
        assert old.wait_stopped()
        before = trial.look().done
        retry = trial.run(**array_variables(1, 0, attempt=2))
        assert retry.code == 0
        trial.hold_complete()
        old.go_on()
        ended = old.end()
        trial.hit(place, ended)
        assert ended.code == 0, ended
        trial.hold(before, [ended])
        trial.hold_complete()


@pytest.mark.parametrize("number", rounds(18, 1))
def test_stopped_while_a_copy_is_killed(
    number: int, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    place = list(PLACES)[(number * 5 + 4) % len(PLACES)]
    other = chance("killed copy", number).choice(list(PLACES)[2:])
    with new_trial(make_film(end=FRAMES), "SIGSTOP, a copy is killed, SIGCONT") as trial:
        stopped = trial.begin(stop_at(place))
        assert stopped.wait_stopped()
        rule = stop_at(other, trial.order()[0])
        action = rule.action.replace(str(int(signal.SIGSTOP)), str(int(signal.SIGKILL)))
        killed = trial.begin(once("strike", rule.at, action, rule.first)).end()
        assert killed.signal is signal.SIGKILL, killed
        before = trial.look().done
        stopped.go_on()
        ended = stopped.end()
        trial.hit(place, ended, killed)
        assert ended.code == 0, ended
        trial.hold(before, [ended])
        trial.hold_complete()


@pytest.mark.parametrize("number", rounds(24, 2))
def test_taken_over_while_stopped(number: int, make_film: MakeFilm, new_trial: NewTrial) -> None:
    """A child of the old film goes on when the new film is complete: it must not spoil it."""
    # Before the pin it is nobody's child yet: going on, it would take the folder over in its turn.
    pinned = [place for place in PLACES if place != "before the pin"]
    place = pinned[(number * 3 + 2) % len(pinned)]
    old, new = make_film(end=FRAMES, samples=2), make_film(end=FRAMES)
    with new_trial(new, "SIGSTOP, another film takes over, SIGCONT") as trial:
        late = trial.begin(
            stop_at(place), EFS_BLENDER_FILE_PATH=str(old.blend), **array_variables(1, 0, "old")
        )
        assert late.wait_stopped()
        trial.film = new
        assert trial.run(**array_variables(1, 0, "new")).code == 0
        trial.hold_complete()
        late.go_on()
        ended = late.end()
        trial.hit(place, ended)
        hold_taken_over(trial, ended)
        trial.complete(**array_variables(1, 0, "new", attempt=2))


def hold_taken_over(trial: Trial, late: Ended) -> None:
    """It stops, and what it may still have put into place is no frame of either film."""
    found = trial.look()
    assert late.code == 65, late
    assert not found.wrong, found.wrong
    assert not found.half, found.half
    assert not trial.reader.half, trial.reader.half
    on_their_way = max(1, late.hits.names.count("staged"))  # each in a thread of its own
    assert len(found.untrue) <= on_their_way, found.untrue
