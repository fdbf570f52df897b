"""Arrays on three hosts, struck by chance: at any call of any host, by all that NFS may do.

The seed and a trial's number say what is tried; which process is faster is the machine's business.
A trial that fails says what it was, and which calls came last.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from nfs_share import Share

from ..faults.ledger import Ledger, Row
from .conftest import FULL, SEED
from .film_trial import Child, FilmTrial

TRIALS = 360 if FULL else 24
TOGETHER = 6
"""Trials at a time: they wait for each other's answers most of the time."""
HOSTS = ("a", "b", "c")
FRAMES = {1: 3, 2: 4, 3: 6}
"""By how many children the film has."""
PASSING = ("EIO", "ESTALE", "ETIMEDOUT")
CHANGES = (
    ("CREATE", "*/tmp/*-0"),
    ("CREATE", "*/tmp/*-record"),
    ("CREATE", "*/notes/*"),
    ("CREATE", "*"),
    ("LINK", "*"),
    ("MKDIR", "*/tmp/*"),
    ("MKDIR", "*"),
    ("WRITE", "*/tmp/*"),
    ("COMMIT", "*/tmp/*"),
    ("RENAME", "*/?????.png"),
    ("RENAME", "*/Image?????.png"),
    ("RENAME", "*/frames/*.json"),
    ("RMDIR", "*/tmp/*"),
    ("REMOVE", "*/notes/*"),
    ("REMOVE", "*"),
)
"""Calls that change something, and where; the n-th of each is struck."""
LOOKS = (
    ("OPEN", "*/frames/*"),
    ("OPEN", "*/render.json"),
    ("OPEN", "*"),
    ("LOOKUP", "*.png"),
    ("LOOKUP", "*"),
    ("GETATTR", "*"),
    ("READ", "*"),
    ("READDIR", "*"),
    ("CLOSE", "*"),
)
ALL = (("*", "*"),)
MOST = {"*": 150}
"""It is one of the first so many that is struck; of others, one of the first three."""


@dataclass(frozen=True)
class Strike:
    """A kind of fault, and how it is made a rule."""

    name: str
    actions: tuple[str, ...]
    places: tuple[tuple[str, str], ...]
    length: int = 1
    """So many calls in a row."""


STRIKES = (
    Strike("its answer is lost, and the call done twice", ("repeat",), CHANGES, 2),
    Strike("done, and answered by an error", ("done",), CHANGES),
    Strike("answered by an error, once", ("fail",), (*CHANGES, *LOOKS)),
    Strike("errors in a row, as while a server is away", ("fail",), ALL, 4),
    Strike("SIGKILL", ("kill", "done-kill"), (*CHANGES, *ALL)),
    Strike("its host loses power", ("die", "done-die"), (*CHANGES, *ALL)),
    Strike("mounted anew, under another number", ("remount", "done-remount"), (*CHANGES, *ALL)),
)


Work = Callable[[int, Share, Path], FilmTrial]
"""Does the trial of a number, on a share and in a home of its own."""


@pytest.fixture(scope="module")
def shares(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Share]]:
    with contextlib.ExitStack() as stack:
        homes = [tmp_path_factory.mktemp("share") for _ in range(TOGETHER)]
        made = [Share(home, HOSTS, seed=SEED, early_writes=0.2) for home in homes]
        yield [stack.enter_context(share) for share in made]


def together(work: Work, number: int, shares: list[Share], home: Path, ledger: Ledger) -> None:
    """Do some trials at once, each on a share of its own; raises what the first of them raised."""
    with ThreadPoolExecutor(TOGETHER) as pool:
        numbers = range(number * TOGETHER, (number + 1) * TOGETHER)
        ends = [
            pool.submit(work, each, share, home / str(each))
            for each, share in zip(numbers, shares, strict=True)
        ]
    for each, end in zip(numbers, ends, strict=True):
        error = end.exception()
        if error is None:
            count(ledger, end.result())
        else:
            ledger.failures.append(f"{work.__name__} {each}: {error}")
    ledger.write()
    for end in ends:
        end.result()


def count(ledger: Ledger, trial: FilmTrial) -> None:
    """Write down what has struck in a trial in which all has held."""
    for name, hits in (trial.struck or Counter(["nothing"])).items():
        if hits:
            ledger.add(Row(name, "", 1, 0, 0, 0))
    ledger.add(Row("trials", "", 1, 0, 0, 0))
    ledger.files_read += trial.reader.read


def add_strike(share: Share, chance: random.Random, host: str) -> None:
    strike = chance.choice(STRIKES)
    operation, path = chance.choice(strike.places)
    first = chance.randint(1, MOST.get(operation, 3))
    share.rule(
        strike.name,
        host,
        operation,
        path,
        chance.choice(strike.actions),
        error=chance.choice(PASSING),
        first=first,
        last=first + strike.length - 1,
    )


def wave(
    trial: FilmTrial,
    chance: random.Random,
    attempt: int,
    strikes: int,
    **more: str,
) -> None:
    """Each child once, and copies of some, on hosts that are struck; then what must hold."""
    done = trial.look().done
    indices = [*range(trial.size)]
    indices += chance.choices(indices, k=chance.randint(0, 3 - trial.size))
    hosts = chance.sample(HOSTS, len(indices))
    for _ in range(strikes):
        add_strike(trial.share, chance, chance.choice(hosts))
    children = [
        trial.begin(host, index, attempt=attempt, **more)
        for host, index in zip(hosts, indices, strict=True)
    ]
    end_all(trial, children)
    trial.rest()
    found = trial.hold()
    if "existing" not in more:
        assert done <= found.done, f"done before, and no more: {done - found.done}"


def end_all(trial: FilmTrial, children: list[Child]) -> None:
    for child in children:
        trial.end(child)


@pytest.mark.parametrize("number", range(TRIALS // TOGETHER))
def test_by_chance(number: int, shares: list[Share], ledger: Ledger, tmp_path: Path) -> None:
    together(by_chance, number, shares, tmp_path, ledger)


def by_chance(number: int, share: Share, home: Path) -> FilmTrial:
    chance = random.Random(f"{SEED}:{number}")
    share.set(
        skew_seconds=chance.choice((-30.0, 0.0, 30.0)),
        call_seconds=chance.choice((0.0, 0.01, 0.3, 3.0)),
    )
    size = chance.randint(1, 3)
    helps = chance.random() < 0.5
    frames = FRAMES[size]
    with FilmTrial(share, home, frames, size, f"trial{number}/out", helps=helps) as trial:
        wave(trial, chance, 1, chance.randint(1, 3))
        wave(trial, chance, 2, chance.randint(0, 2))
        trial.complete(chance.choice(HOSTS))
        if chance.random() < 0.2:  # a second array, which renders all of it again
            trial.ended.clear()
            again = {"existing": "overwrite", "array": "array 2"}
            wave(trial, chance, 1, chance.randint(0, 2), **again)
            trial.complete(chance.choice(HOSTS), **again)
    return trial


@pytest.mark.parametrize("number", range(TRIALS // TOGETHER // 6))
def test_taken_over(number: int, shares: list[Share], ledger: Ledger, tmp_path: Path) -> None:
    together(taken_over, number, shares, tmp_path, ledger)


def taken_over(number: int, share: Share, home: Path) -> FilmTrial:
    """A child of another film is held at one of its calls, until the new film is complete."""
    chance = random.Random(f"{SEED}:taken over:{number}")
    share.set(skew_seconds=30.0, call_seconds=chance.choice((0.0, 0.01, 0.3)))
    with FilmTrial(share, home, 4, 2, f"taken{number}/out") as trial:
        operation, path = chance.choice(
            (("CREATE", "*/tmp/*-0"), ("RENAME", "*/?????.png"), ("RENAME", "*/frames/*"))
        )
        nth, held = chance.randint(1, 2), f"held {number}"
        share.rule(held, "c", operation, path, "hold", first=nth, last=nth)
        late = trial.begin("c", 0, hue=90, array="old")
        share.wait(held)
        # Not on its host: there its folders are locked as long as its call is not answered.
        end_all(trial, [trial.begin(host, index) for index, host in enumerate("ab")])
        assert [each.code for each in trial.ended] == [0, 0]
        trial.hold_complete()
        share.release(held)
        assert trial.end(late).code == 65
        # What it had on its way may be there, as docs/RELIABILITY.md says, and is no frame's.
        trial.ended.clear()
        assert len(trial.hold().untrue) <= len(trial.chunk(0))
        trial.complete("b")
        trial.struck["another film takes over from a child that is held"] += 1
    return trial
