"""Fetching, killed and failing at every point: nothing half, nothing that isn't ours touched, and
all of it here after the next time; and from any state of source and target."""

from __future__ import annotations

import errno
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import OutputFailed
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.report.facts import gather_facts
from failing_system import FailAt, KillAt, Killed, system_calls
from fetchings import FILES, FRAMES, Farm
from hypothesis import given, settings
from hypothesis import strategies as st
from publishing_trials import PICTURE_SUFFIXES
from sendings import states_below

pytestmark = pytest.mark.usefixtures("nothing_waits_for_the_disk")

Injected = KillAt | FailAt
AGAIN = {"00001.png": b"one again", "00001_R.png": b"right eye"}
WANTED = {**AGAIN, **FILES[2]}
RECORDS = ".array_chunk/frames"
MINE = {"mine.txt": b"mine", "compositor/mine.png": b"mine, too"}


class Trial:
    """A frame that was fetched and rendered again since, a new one, and files of the artist's."""

    def __init__(self, home: Path, hook: Injected) -> None:
        self.farm = Farm(home)
        self.hook = hook
        self.farm.render(1)
        self.farm.fetch()
        self.old_record = (self.farm.target / RECORDS / "00001.json").read_bytes()
        for name, content in MINE.items():
            (self.farm.target / name).write_bytes(content)
        self.farm.render(1, AGAIN)
        self.farm.render(2)
        self.before = states_below(self.farm.source)

    def run(self) -> None:
        with system_calls(self.hook):
            self.farm.fetch()

    def check(self) -> None:
        there = self.farm.there()
        assert MINE.items() <= there.items()
        for name, content in there.items():
            whole = (FILES[1].get(name), WANTED.get(name), MINE.get(name))
            assert content in whole, f"half a {name}"
        for path in (self.farm.target / ".array_chunk").rglob("*"):
            assert path.suffix not in PICTURE_SUFFIXES
        for path in (self.farm.target / RECORDS).glob("*.json"):
            if path.read_bytes() != self.old_record:
                for file in json.loads(path.read_bytes())["files"]:
                    digest = hashlib.sha256(there[file["name"]]).hexdigest()
                    assert digest == file["digest"], "a record before its files"
        for frame, record in self.farm.survey().done.items():
            files = {file.name: there[file.name] for file in record.files}
            assert files in (FILES[frame], AGAIN if frame == 1 else FILES[frame])
        assert states_below(self.farm.source) == self.before

    def run_again(self) -> None:
        done = self.farm.fetch()
        assert done.here == {1, 2}
        assert not done.damaged
        self.check()
        assert {**WANTED, **MINE}.items() <= self.farm.there().items()
        survey = self.farm.survey()
        assert (list(survey.done), survey.missing) == ([1, 2], [3])
        assert self.farm.fetch().frames == []


def trials(hooks: Callable[[int], Sequence[Injected]], step: int = 1) -> Iterator[Trial]:
    """A fetching for each system call that there is, and for each hook that there is for it."""
    number, was_reached = 0, True
    while was_reached:
        number += step
        for hook in hooks(number):
            with tempfile.TemporaryDirectory() as home:
                yield Trial(Path(home), hook)
            was_reached = hook.count >= number


def test_killed_at_every_point() -> None:
    count = 0
    for trial in trials(lambda number: [KillAt(number, number % 2 == 0)]):
        try:
            trial.run()
        except Killed:
            count += 1
        trial.check()
        trial.run_again()
    assert count > 100


@pytest.mark.parametrize(
    ("error", "performed", "step"),
    [
        pytest.param(errno.ENOSPC, False, 3, id="full disk"),
        pytest.param(errno.EIO, True, 5, id="done all the same"),
        pytest.param(errno.EACCES, False, 7, id="not allowed"),
        pytest.param(errno.ESTALE, False, 7, id="away"),
    ],
)
def test_an_error_at_many_points(error: int, performed: bool, step: int) -> None:
    count = 0
    for trial in trials(lambda number: [FailAt(number, error, performed)], step):
        try:
            trial.run()
        except OutputFailed as refusal:
            assert "\n" not in str(refusal)
            count += 1
        trial.check()
        trial.run_again()
    assert count > 5


FAULTS = ("", "", "", "no picture", "other bytes", "half a record", "another render's", "again")
HERE = ("", "", "fetched", "another's", "equal", "half a record", "no picture", "other bytes")


@settings(max_examples=40)
@given(
    source=st.tuples(*[st.sampled_from(("not there", *FAULTS))] * 3),
    target=st.tuples(*[st.sampled_from(HERE)] * 3),
)
def test_from_any_state(source: tuple[str, ...], target: tuple[str, ...]) -> None:
    with tempfile.TemporaryDirectory() as home:
        farm = Farm(Path(home))
        farm.render_all()
        if {"fetched", "half a record", "no picture", "other bytes"} & {*target}:
            farm.fetch()
        farm.target.mkdir(parents=True, exist_ok=True)
        for frame, state in zip(FRAMES, target, strict=True):
            spoil(farm.target, frame, state, is_here=True)
        for frame, state in zip(FRAMES, source, strict=True):
            if state == "again":
                farm.render(frame, {f"{frame:05d}.png": b"rendered again"})
            elif state == "another render's":
                farm.render(frame, fingerprint=state)
            else:
                spoil(farm.source, frame, state, is_here=False)
        before = farm.there()
        done = farm.fetch()
        farm.assert_records_hold()
        there = farm.there()
        for frame, state, here in zip(FRAMES, source, target, strict=True):
            name = f"{frame:05d}.png"
            if frame in done.in_the_way:
                exchanged = ("again", "equal"), ("again", "half a record")
                assert here == "another's" or (state, here) in exchanged
            if here == "another's":
                assert there[name] == before[name]
            elif state in ("", "again") and frame not in done.in_the_way:
                assert frame in done.here
                assert there[name] == (farm.source / name).read_bytes()
            elif state in ("no picture", "other bytes", "half a record"):
                is_done = frame in done.here  # fetched before it was spoiled
                assert is_done or frame in done.damaged
        if done is not None:
            assert done.here <= farm.survey().done.keys()
            facts = gather_facts(OutputFolder(farm.target), FRAMES)
            assert facts.pin.render_id == "array 1"


def spoil(root: Path, frame: int, state: str, is_here: bool) -> None:
    """Have a frame in this state in a folder, where it may be whole."""
    record = root / f".array_chunk/frames/{frame:05d}.json"
    picture = root / f"{frame:05d}.png"
    if state in ("not there", "another's", "equal") or (is_here and not state):
        record.unlink(missing_ok=True)
        for name in FILES[frame]:
            (root / name).unlink(missing_ok=True)
    if state == "another's":
        picture.write_bytes(b"holiday")
    elif state == "equal":
        picture.write_bytes(FILES[frame][picture.name])
    elif state == "no picture":
        picture.unlink()
    elif state == "other bytes":
        picture.write_bytes(b"scribbled on")
    elif state == "half a record":
        record.write_bytes(record.read_bytes()[:20])
