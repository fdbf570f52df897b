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


def stop_at(place: str, frame: int = 1) -> Rule:
    """A rule that stops a child at this place of one of its frames."""
    at, how, number = PLACES[place]
    if at == BEGIN:
        number = frame
    elif at != PIN:
        at = of_frame(at, frame)
    return once("strike", at, sends(signal.SIGSTOP, how), number)


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
    """Somebody submits the film again as 3 children while the 2 of before are still at it."""
    place = ("before their first frame", "between two replaces", "before the record")[number % 3]
    with new_trial(make_film(end=FRAMES), "children of 2 and of 3 at once") as trial:
        first_frames = {(2, 0): 1, (2, 1): 3, (3, 0): 1, (3, 1): 3, (3, 2): 4}
        children = [
            trial.begin(
                stop_at(place, 1 if place == "before their first frame" else frame),
                **array_variables(size, index, "old" if size == 2 else "new"),
            )
            for (size, index), frame in first_frames.items()
        ]
        ended = let_go_together(children)
        trial.hit(place, *ended)
        assert {each.code for each in ended} == {0}, ended
        trial.hold(set(), ended)
        trial.hold_complete()


@pytest.mark.parametrize("number", rounds(27, 2))
def test_stopped_while_a_copy_finishes(
    number: int, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    """An old attempt that everybody takes for dead, and that goes on when its retry is done."""
    place = list(PLACES)[(number * 4 + 2) % len(PLACES)]
    frame = chance("stopped", number).randint(1, 2)
    with new_trial(make_film(end=FRAMES), "SIGSTOP, a retry finishes, SIGCONT") as trial:
        old = trial.begin(stop_at(place, frame), **array_variables(1, 0, attempt=1))
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
        rule = stop_at(other)
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
    assert len(found.untrue) <= 1, found.untrue
