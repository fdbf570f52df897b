"""Sending, killed and failing at every point: nothing half, no manifest that lies, and all of it
there after the next time."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import OutputFailed, SceneRefused
from failing_system import FailAt, KillAt, Killed, system_calls
from sendings import REWRITTEN, Show

BEFORE = {"shot.blend": b"blend", "a.png": b"aaa", "gone.png": b"gone", "lib.blend": b"lib"}
AFTER = {"shot.blend": b"BLEND", "a.png": b"AAA", "new/b.png": b"b", "lib.blend": b"lib"}
WANTED = {**AFTER, **{each: REWRITTEN + b"rules" + AFTER[each] for each in AFTER if ".bl" in each}}
KEPT = {**BEFORE, **{each: REWRITTEN + b"rules" + BEFORE[each] for each in BEFORE if ".bl" in each}}

pytestmark = pytest.mark.usefixtures("nothing_waits_for_the_disk")

Injected = KillAt | FailAt


class Trial:
    """A project that was sent, and has changed since."""

    def __init__(self, home: Path, hook: Injected) -> None:
        self.show = Show(home)
        self.hook = hook
        self.show.write(BEFORE)
        self.show.send(self.show.project(*BEFORE, rules="rules"))
        self.show.write({name: AFTER[name] for name in AFTER if AFTER[name] != BEFORE.get(name)})
        self.project = self.show.project(*AFTER, rules="rules")

    def run(self) -> None:
        blends = [each for each in self.project.files if each.place == "shot.blend"]
        rewritten = self.show.rewrite(blends)
        with system_calls(self.hook):
            self.show.send(self.project, rewritten=rewritten)

    def check(self) -> None:
        there = self.show.there()
        for place, content in there.items():
            assert content in (KEPT.get(place), WANTED.get(place)), place
        if there["shot.blend"] == WANTED["shot.blend"]:
            assert WANTED.items() <= there.items(), "the .blend is there before what it wants"
        self.show.assert_manifests_hold()
        (manifest,) = self.show.manifests()
        if manifest["complete"]:
            assert there in (KEPT, WANTED)

    def run_again(self) -> None:
        done = {
            place for place, content in self.show.there().items() if content == AFTER.get(place)
        }
        outcome = self.show.send(self.project)
        assert not done & {*outcome.sent}, "sent twice"
        assert self.show.there() == WANTED
        self.check()
        assert self.show.send(self.project).sent == ()


def trials(hooks: Callable[[int], Sequence[Injected]]) -> Iterator[Trial]:
    """A sending for each system call that there is, and for each hook that there is for it."""
    number, was_reached = 0, True
    while was_reached:
        number += 1
        for hook in hooks(number):
            with tempfile.TemporaryDirectory() as home:
                yield Trial(Path(home), hook)
            was_reached = hook.count >= number


def test_killed_at_every_point() -> None:
    count = 0
    for trial in trials(lambda number: [KillAt(number, each) for each in (False, True)]):
        try:
            trial.run()
        except Killed:
            count += 1
        trial.check()
        trial.run_again()
    assert count > 60


@pytest.mark.parametrize(
    ("error", "performed"),
    [
        pytest.param(errno.ENOSPC, False, id="full disk"),
        pytest.param(errno.EIO, True, id="done all the same"),
        pytest.param(errno.EACCES, False, id="not allowed"),
    ],
)
def test_an_error_at_every_point(error: int, performed: bool) -> None:
    count = 0
    for trial in trials(lambda number: [FailAt(number, error, performed)]):
        try:
            trial.run()
        except (OutputFailed, SceneRefused) as refusal:
            assert "\n" not in str(refusal)
            count += 1
        trial.check()
        trial.run_again()
    assert count > 30
