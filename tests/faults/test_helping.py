"""Children that share frames by claims, and are killed, stopped or short of a disk while at it.

A film of eight frames is two chunks. The child of the first one, the owner, is held at the start of
its first frame, so that the other one, the helper, comes to the owner's last frames.
"""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from children import array_variables

from .conftest import MakeFilm, NewTrial
from .scale import FULL, chance, rounds
from .strikes import (
    ANY_FRAME,
    BEGIN,
    CLAIM,
    CLAIM_GONE,
    CLAIM_READ,
    CLAIM_WRITE,
    COPY,
    NOTE,
    NOTE_GONE,
    PUT,
    RECORD,
    STAGED,
    Place,
    Rule,
    fails,
    of_frame,
    once,
    sends,
)
from .trial import SPEED_WORDS, Child, Ended, Trial

END = 8
OWNERS, HELPERS = {1, 2, 3, 4}, {5, 6, 7, 8}
HELPED = 4
"""The frame that a helper comes to first: the owner's last one."""
MOST_LATE = 4
"""Frames of milliseconds that a child may begin before it hears a signal, on a busy machine."""
TOO_LONG_SECONDS = 100.0
"""Half of what it takes a claim to expire: a child that waited for that has been held up."""


@dataclass(frozen=True)
class Moment:
    """A place in the life of a claim where a signal strikes."""

    name: str
    at: Place
    how: str = "kill"
    is_ahead: bool = False
    """Whether it comes while the frame before is in work."""

    def rule(self, number: signal.Signals, frame: int, nth: int) -> Rule:
        """For the frame, which is the nth that the child renders."""
        if ANY_FRAME in self.at[1]:
            return once("strike", of_frame(self.at, frame), sends(number, self.how))
        return once("strike", self.at, sends(number, self.how), nth)


AHEAD = (
    Moment("before its claim is made", CLAIM, is_ahead=True),
    Moment("claimed, and not said by whom", CLAIM, "done", is_ahead=True),
    Moment("in the middle of writing a claim", CLAIM_WRITE, "half", is_ahead=True),
    Moment("claimed, before its note", NOTE, is_ahead=True),
)
IN_WORK = (
    Moment("claimed, before it is rendered", BEGIN),
    Moment("claimed, while Blender writes the stage", STAGED, "done"),
    Moment("claimed, in mid-copy", COPY, "half"),
    Moment("claimed, between two replaces", PUT, "done"),
    Moment("claimed, before the record", RECORD),
    Moment("after the record, before its note is gone", NOTE_GONE),
    Moment("after the record, before its claim is gone", CLAIM_GONE),
    Moment("when its claim is just gone", CLAIM_GONE, "done"),
)
MOMENTS = (*AHEAD, *IN_WORK)


def moments(kind: str, full: int, selected: int) -> pytest.MarkDecorator:
    """Parameters: each moment so often, or a seeded selection of them."""
    chosen = MOMENTS * full if FULL else chance(kind).sample(MOMENTS, selected)
    numbered = list(enumerate(chosen))
    names = [f"{moment.name}-{number}" for number, moment in numbered]
    return pytest.mark.parametrize(("number", "moment"), numbered, ids=names)


@pytest.fixture
def speed() -> tuple[str, ...]:
    """Here all children help: there is no other way of these trials."""
    return SPEED_WORDS


Try = Callable[[str], Trial]


@pytest.fixture
def trial_of(make_film: MakeFilm, new_trial: NewTrial) -> Try:
    return lambda fault: new_trial(make_film(end=END), fault)


def child(index: int, size: int = 2, attempt: int = 1) -> dict[str, str]:
    return array_variables(size, index, attempt=attempt)


def hold_first(trial: Trial, *rules: Rule, index: int = 0, size: int = 2) -> Child:
    """Start a child, and have it stopped when it has claimed its first frame."""
    return trial.begin(once("held", BEGIN, sends(signal.SIGSTOP)), *rules, **child(index, size))


def hold_owner(trial: Trial, *rules: Rule) -> Child:
    owner = hold_first(trial, *rules)
    assert owner.wait_stopped(), owner.end()
    return owner


def finish(trial: Trial, stopped: Child, wanted: set[int] | None = None) -> Ended:
    """It goes on, and waits for nobody who is gone as long as for a claim to expire."""
    before, began = trial.look().done, time.monotonic()
    stopped.go_on()
    ended = stopped.end()
    assert time.monotonic() - began < TOO_LONG_SECONDS
    assert ended.code == 0, ended
    trial.hold(before, [ended])
    trial.hold_complete(wanted)
    return ended


def retry(trial: Trial, index: int, size: int = 2, wanted: set[int] | None = None) -> None:
    """The next attempt of a child that was killed."""
    began = time.monotonic()
    again = trial.run(**child(index, size, attempt=2))
    assert time.monotonic() - began < TOO_LONG_SECONDS
    assert again.code == 0, again
    trial.hold_complete(wanted)


def claims_of(trial: Trial) -> set[int]:
    return {int(path.name) for path in (trial.output / ".array_chunk" / "claims").iterdir()}


def hold_claims(trial: Trial) -> None:
    """What the killed left: claims on frames that are done by now, which nobody looks at."""
    assert claims_of(trial) <= trial.look().done


@moments("owner", 3, 3)
def test_owner_is_killed(number: int, moment: Moment, trial_of: Try) -> None:
    """Its next attempt takes its claims over at once."""
    with trial_of("SIGKILL, a child with claims") as trial:
        nth = 1 + number % 2
        killed = trial.begin(moment.rule(signal.SIGKILL, nth, nth), **child(0)).end()
        assert killed.signal is signal.SIGKILL, killed
        trial.hit(moment.name, killed)
        trial.hold_kill(set(), killed)
        retry(trial, 0, wanted=OWNERS)
        other = trial.run(**child(1))
        assert other.code == 0, other
        trial.hold_complete()
        hold_claims(trial)


@moments("helper", 3, 4)
def test_helper_is_killed(number: int, moment: Moment, trial_of: Try) -> None:
    with trial_of("SIGKILL, a helper") as trial:
        owner = hold_owner(trial)
        rule = moment.rule(signal.SIGKILL, HELPED, len(HELPERS) + 1)
        killed = trial.begin(rule, **child(1)).end()
        assert killed.signal is signal.SIGKILL, killed
        trial.hit(moment.name, killed)
        trial.hold_kill(set(), killed)
        finish(trial, owner, OWNERS)
        retry(trial, 1)
        hold_claims(trial)


@moments("asked", 2, 2)
def test_helper_is_asked_to_end(number: int, moment: Moment, trial_of: Try) -> None:
    """Its own chunk is complete by then, or within the grace: it has succeeded.

    Where several frames are taken ahead, some of its own may not be begun: then it has not.
    """
    with trial_of("SIGTERM, a helper") as trial:
        owner = hold_owner(trial)
        grace = "30" if moment.is_ahead or number % 2 else "3"
        rule = moment.rule(signal.SIGTERM, HELPED, len(HELPERS) + 1)
        ended = trial.begin(rule, words=("--grace", grace), **child(1)).end()
        is_early = moment.is_ahead and ended.hits.count("begun") < len(HELPERS)
        assert ended.code == (75 if is_early else 0), ended
        trial.hit(f"{moment.name}, --grace {grace}", ended)
        trial.hold(set(), [ended])
        if is_early:
            retry(trial, 1, wanted=HELPERS)
        trial.hold_complete(HELPERS)
        after = ended.hits.names[ended.hits.names.index("strike") :]
        assert after.count("begun") <= MOST_LATE, "only what was about to be begun then"
        finish(trial, owner)
        hold_claims(trial)


@moments("expired", 2, 2)
def test_helper_comes_back_when_its_claims_have_expired(
    number: int, moment: Moment, trial_of: Try
) -> None:
    with trial_of("SIGSTOP, a helper, its claims expire, SIGCONT") as trial:
        owner = hold_owner(trial)
        rule = moment.rule(signal.SIGSTOP, HELPED, len(HELPERS) + 1)
        helper = trial.begin(rule, **child(1))
        assert helper.wait_stopped(), helper.end()
        for path in (trial.output / ".array_chunk" / "claims").iterdir():
            made = path.stat().st_mtime - 1000.0
            os.utime(path, (made, made))
        finish(trial, owner, OWNERS)
        late = finish(trial, helper)
        trial.hit(moment.name, late)
        hold_claims(trial)


@pytest.mark.parametrize("number", rounds(6, 1))
def test_helper_with_live_claims_is_waited_for_one_frame_long(number: int, trial_of: Try) -> None:
    """It is stopped for good; nobody can tell that from a long frame."""
    moment = IN_WORK[number]
    with trial_of("SIGSTOP, a helper, SIGCONT after the owner's end") as trial:
        owner = hold_owner(trial)
        rule = moment.rule(signal.SIGSTOP, HELPED, len(HELPERS) + 1)
        helper = trial.begin(rule, **child(1))
        assert helper.wait_stopped(), helper.end()
        finish(trial, owner, OWNERS)
        late = finish(trial, helper)
        trial.hit(moment.name, late)
        hold_claims(trial)


DISK_PLACES = {
    "making a claim": CLAIM,
    "writing a claim": CLAIM_WRITE,
    "reading a claim": CLAIM_READ,
    "removing a claim": CLAIM_GONE,
}
DISK_ERRORS = ("EIO", "ENOSPC", "EROFS", "ESTALE", "EACCES", "EDQUOT")
DISKS = list(itertools.product(DISK_PLACES, DISK_ERRORS))


@pytest.mark.parametrize(
    ("place", "error"), DISKS if FULL else sorted(chance("disks").sample(DISKS, 3))
)
def test_errors_on_claims(place: str, error: str, trial_of: Try) -> None:
    """Both children can't do what they want with claims, and do all else."""
    with trial_of("one of six errors on claims, from there on") as trial:
        first = chance("first", place, error).randint(1, 3)
        rule = Rule("strike", DISK_PLACES[place], fails(error), first)
        owner = hold_owner(trial, rule)
        helper = trial.begin(rule, **child(1)).end()
        assert helper.code == 0, helper
        trial.hit(place, helper)
        trial.hold_complete(HELPERS)
        finish(trial, owner)


JUMPS = {"a day back": -86400, "to 1990": -36 * 365 * 86400, "ten years ahead": 3650 * 86400}


@pytest.mark.parametrize("jump", JUMPS if FULL else ["ten years ahead"])
def test_clocks_and_claims(jump: str, trial_of: Try) -> None:
    """The helper's clock says that every claim is old, or of the future."""
    with trial_of("a helper's clock is wrong") as trial:
        owner = hold_owner(trial)
        helper = trial.run(once("strike", ("read", "*"), f"clock={JUMPS[jump]}"), **child(1))
        trial.hit(jump, helper)
        assert helper.code == 0, helper
        assert claims_of(trial) == {1}, "the owner's, on its frame in work"
        ended = finish(trial, owner)
        assert helper.hits.count("begun") + ended.hits.count("begun") == END, "none of them twice"
        assert claims_of(trial) == set()


def first_frame(index: int, size: int) -> int:
    """The first frame of a child's chunk."""
    share, larger = divmod(END, size)
    return 1 + index * share + min(index, larger)


def let_all_go(trial: Trial, size: int, struck: int, rule: Rule) -> list[Child]:
    """Children that all have claimed their first frames go on at once; one will be struck."""
    children = [
        hold_first(trial, *([rule] if index == struck else []), index=index, size=size)
        for index in range(size)
    ]
    for each in children:
        assert each.wait_stopped(), each.end()
    for each in children:
        each.go_on()
    return children


@pytest.mark.parametrize("number", rounds(24, 2))
def test_one_of_several_is_killed(number: int, trial_of: Try) -> None:
    """Two to four of them, which help each other and the one that is tried again."""
    random = chance("several killed", number)
    size = 2 + number % 3
    struck, moment = random.randrange(size), random.choice(IN_WORK[1:])
    with trial_of("SIGKILL, one of several that help, tried again") as trial:
        rule = moment.rule(signal.SIGKILL, first_frame(struck, size), 1)
        children = let_all_go(trial, size, struck, rule)
        ended = [each.end() for each in children]
        killed = ended.pop(struck)
        assert killed.signal is signal.SIGKILL, killed
        trial.hit(f"one of {size}", killed)
        assert [each.code for each in ended] == [0] * (size - 1), ended
        trial.hold(set(), ended)
        retry(trial, struck, size)
        hold_claims(trial)


@pytest.mark.parametrize("number", rounds(24, 2))
def test_one_of_several_is_stopped(number: int, trial_of: Try) -> None:
    """The others don't wait for it, and leave to it what it has begun."""
    random = chance("several stopped", number)
    size = 2 + number % 3
    struck, moment = random.randrange(size), random.choice(IN_WORK[1:])
    with trial_of("SIGSTOP, one of several that help, SIGCONT") as trial:
        rule = moment.rule(signal.SIGSTOP, first_frame(struck, size), 1)
        children = let_all_go(trial, size, struck, rule)
        stopped = children.pop(struck)
        ended = [each.end() for each in children]
        assert [each.code for each in ended] == [0] * (size - 1), ended
        trial.hold(set(), ended)
        assert stopped.wait_stopped(), stopped.end()
        last = finish(trial, stopped)
        trial.hit(f"one of {size}", last)
        hold_claims(trial)
