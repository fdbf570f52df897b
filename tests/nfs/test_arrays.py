"""Whole children with Blender, on hosts that have mounted one share; the fault suite's own trials.

They help each other, are killed, lose their server or their machine, and are tried again elsewhere.
What they leave is looked at by the checker and the reader of tests/faults, from a host that keeps
nothing, and by `verify` on a third one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from children import array_variables
from nfs_share import CHECKER, Share

from ..faults.conftest import MakeFilm, NewTrial
from ..faults.strikes import BEGIN, once, sends
from ..faults.trial import SPEED_WORDS, Child, Ended, Trial
from .conftest import FULL

END = 6
HOSTS = "[abc]"
"""All of them, but for the checker's."""
KILLED = -9
MOMENTS = {
    "its first note": ("CREATE", "*/notes/*", 1),
    "its first copy": ("WRITE", "*/tmp/0*", 1),
    "a picture gets its name": ("RENAME", "/out/?????.png", 1),
    "the second file gets its name": ("RENAME", "*/Image?????.png", 1),
    "a record gets its name": ("RENAME", "*/frames/*.json", 1),
    "a claim goes": ("REMOVE", "*/claims/*", 1),
}
HOW = {
    "kill": "SIGKILL",
    "done-kill": "SIGKILL when the call is done",
    "die": "its host loses power",
    "remount": "mounted anew, under another number",
}
ALL = [(how, moment) for moment in MOMENTS for how in HOW]
SOME = [
    ("kill", "the second file gets its name"),
    ("die", "a record gets its name"),
    ("remount", "a picture gets its name"),
]


@pytest.fixture
def speed() -> tuple[str, ...]:
    """All children help each other here."""
    return SPEED_WORDS


@pytest.fixture
def share(tmp_path: Path) -> Iterator[Share]:
    with Share(tmp_path / "share", ("a", "b", "c"), early_writes=0.1) as share:
        share.set(skew_seconds=30.0, goes_by_itself=True)
        yield share


class Farm:
    """Children of one film on the hosts of a share."""

    def __init__(self, share: Share, trial: Trial) -> None:
        self.share = share
        self.trial = trial

    def output(self, host: str) -> Path:
        return self.share.folder(host) / "out"

    def begin(
        self,
        host: str,
        index: int = 0,
        size: int = 1,
        attempt: int = 1,
        words: tuple[str, ...] = (),
    ) -> Child:
        output = {"EFS_BLENDER_OUTPUT_FOLDER_PATH": str(self.output(host))}
        place = array_variables(size, index, attempt=attempt)
        return self.trial.begin(words=words, **output, **place)

    def end(self, *children: Child, codes: tuple[int, ...] = (0,)) -> list[Ended]:
        """Wait for all, and hold them to what every end must show."""
        ended = [child.end() for child in children]
        self.trial.hold(set(), ended)
        assert {each.code for each in ended} <= {*codes}, ended
        return ended

    def complete(self, host: str, size: int) -> None:
        """Each child once more, with nothing in its way, and `verify` on another host."""
        self.share.do("clear_rules")
        self.end(*(self.begin(host, index, size, attempt=9) for index in range(size)))
        self.trial.hold_complete()
        self.verify("c")

    def verify(self, host: str) -> None:
        """As a person would, on a host that has looked there before."""
        output = {"EFS_BLENDER_OUTPUT_FOLDER_PATH": str(self.output(host))}
        (ended,) = self.end(self.trial.begin(words=("verify", "--deep"), **output))
        assert f"{END} of {END} frames are done" in ended.log, ended.log


NewFarm = Callable[[str], Farm]


@pytest.fixture
def new_farm(share: Share, make_film: MakeFilm, new_trial: NewTrial) -> Iterator[NewFarm]:
    """`new_farm("what happens")`: an output folder on the share."""
    trials: list[Trial] = []

    def new(fault: str) -> Farm:
        name = f"share/hosts/{CHECKER}/out"
        trials.append(new_trial(make_film(end=END), fault, output_name=name))
        trials[-1].__enter__()
        return Farm(share, trials[-1])

    yield new
    for trial in trials:
        trial.__exit__(None, None)


def test_an_array(new_farm: NewFarm) -> None:
    farm = new_farm("nothing, an array on three hosts")
    list(farm.share.folder("c").iterdir())
    farm.end(*(farm.begin(host, index, 3) for index, host in enumerate("abc")))
    farm.trial.hold_complete()
    farm.verify("c")


def test_copies(new_farm: NewFarm) -> None:
    farm = new_farm("two copies of each child")
    farm.end(
        *(farm.begin(host, index, 2) for index, host in ((0, "a"), (1, "b"), (0, "c"), (1, "a")))
    )
    farm.complete("b", 2)


def test_a_late_copy(new_farm: NewFarm) -> None:
    """It has looked at the folder when it was empty, and is held until the other one has ended."""
    farm = new_farm("a copy that begins before, and goes on after")
    late = farm.trial.begin(
        once("held", BEGIN, sends(19)),
        EFS_BLENDER_OUTPUT_FOLDER_PATH=str(farm.output("a")),
        **array_variables(1, 0),
    )
    assert late.wait_stopped()
    farm.end(farm.begin("b"))
    farm.trial.hold_complete()
    farm.share.do("trace")
    late.go_on()
    farm.end(late)
    replaced = [line for line in farm.share.do("trace") if "RENAME" in line and ".png" in line]
    assert replaced == [], "what is done is left alone"
    farm.complete("c", 1)


@pytest.mark.parametrize(("how", "moment"), ALL if FULL else SOME)
def test_struck(how: str, moment: str, new_farm: NewFarm) -> None:
    """One of two hosts is struck; its child is tried again on the third."""
    farm = new_farm(f"{HOW[how]}, Blender's child")
    operation, path, nth = MOMENTS[moment]
    farm.share.rule("strike", "a", operation, path, how, first=nth, last=nth)
    struck, other = farm.begin("a", 0, 2), farm.begin("b", 1, 2)
    farm.share.wait("strike")
    if how == "die":
        struck.end_by_force()
    else:
        farm.end(struck, codes=(0, KILLED))
    farm.end(other)
    farm.trial.struck[moment] = 1
    if how == "die":
        farm.share.do("revive", host="a")
    farm.end(farm.begin("c", 0, 2, attempt=2))
    farm.complete("a", 2)


@pytest.mark.parametrize("number", range(4 if FULL else 1))
def test_answers_are_lost(number: int, new_farm: NewFarm) -> None:
    farm = new_farm("a tenth of all answers is lost, and the calls done twice")
    farm.share.set(call_seconds=(0.0, 0.2)[number % 2])
    farm.share.rule("lost", HOSTS, "*", "*", "repeat", chance=0.1)
    farm.end(*(farm.begin(host, index, 2) for index, host in enumerate("ab")))
    assert farm.share.do("hits", name="lost")
    farm.trial.hold_complete()
    farm.complete("c", 2)


@pytest.mark.parametrize("number", range(4 if FULL else 1))
def test_some_calls_fail(number: int, new_farm: NewFarm) -> None:
    """A soft mount: of each hundred calls one is answered by an error, done or not."""
    farm = new_farm("one call of a hundred is answered by an error, done or not")
    farm.share.rule("done", HOSTS, "*", "/out/*", "done", error="ETIMEDOUT", chance=0.005)
    farm.share.rule("failed", HOSTS, "*", "/out/*", "fail", error="EIO", chance=0.005)
    farm.end(*(farm.begin(host, index, 2) for index, host in enumerate("ab")), codes=(0, 74))
    farm.complete("c", 2)


def test_the_server_is_away(new_farm: NewFarm) -> None:
    """A hard mount waits for it; it comes back under another number."""
    farm = new_farm("the server is away, and comes back under another number")
    farm.share.rule("away", "a", "RENAME", "/out/?????.png", "hold", first=1, last=1)
    held = farm.begin("a", 0, 2)  # alone at first: who helps may leave it none
    farm.share.wait("away")
    helper = farm.begin("b", 1, 2)
    farm.share.set(is_away=True)
    farm.share.release("away")
    assert farm.share.do("wait_waiting", count=1)
    for host in "ab":
        farm.share.do("remount", host=host)
    farm.share.set(is_away=False)
    farm.end(held, helper)
    farm.trial.hold_complete()
    farm.complete("c", 2)


def test_all_again(new_farm: NewFarm) -> None:
    farm = new_farm("a second array renders all again")
    farm.end(*(farm.begin(host, index, 2) for index, host in enumerate("ab")))
    again = ("--existing", "overwrite", "--render-id", "again")
    farm.end(*(farm.begin(host, index, 2, words=again) for index, host in enumerate("bc")))
    farm.trial.hold_complete()
    farm.verify("a")


def test_the_bucket_wins_a_conflict(new_farm: NewFarm) -> None:
    """S3 Files: somebody has put an older picture into the bucket meanwhile. It is noticed."""
    farm = new_farm("S3 Files takes the bucket's picture for a frame's")
    farm.end(farm.begin("a"))
    older = farm.trial.film.blend.with_name("reference") / "00003.png"
    farm.share.do("put_from_bucket", path="/out/00002.png", text=older.read_bytes().hex())
    assert set(farm.trial.look().untrue) == {2}
    (ended,) = farm.end(farm.begin("b", attempt=2))
    assert ended.hits.count("begun") == 1
    farm.complete("c", 1)


@pytest.mark.skipif(not FULL, reason="in the long run")
def test_each_call_takes_its_time(new_farm: NewFarm) -> None:
    farm = new_farm("each call takes 200 ms")
    farm.share.set(latency_seconds=0.2)
    farm.end(*(farm.begin(host, index, 2) for index, host in enumerate("ab")))
    farm.share.set(latency_seconds=0.0)
    farm.trial.hold_complete()
    farm.complete("c", 2)
