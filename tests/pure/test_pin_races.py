"""The pin, claimed by two children at the same moment, or by one that is killed or fails."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import OutputFailed, SceneRefused
from array_chunk_render.publishing.fingerprint import Fingerprint
from array_chunk_render.publishing.pin import check, claim, read_pin
from failing_system import ORDERS, FailAt, KillAt, Killed, Turns, system_calls
from hypothesis import given, settings
from publishing_trials import FIRST, SECOND, THIRD, made_folder, pinned

RIVALS = (
    pytest.param((FIRST, "array 1"), (FIRST, "array 1"), id="brothers"),
    pytest.param((FIRST, "array 1"), (SECOND, "array 1"), id="the file was saved in the middle"),
    pytest.param((FIRST, "array 1"), (FIRST, "array 2"), id="one render, two arrays"),
    pytest.param((FIRST, "array 1"), (SECOND, "array 2"), id="two renders"),
)


@pytest.mark.parametrize("before", [False, True], ids=["fresh folder", "folder of another render"])
@pytest.mark.parametrize(("ours", "theirs"), RIVALS)
@settings(max_examples=30)
@given(order=ORDERS)
def test_two_children_at_once(
    before: bool, ours: tuple[Fingerprint, str], theirs: tuple[Fingerprint, str], order: list[bool]
) -> None:
    """Whatever the order, one pin is there and whole, and who doesn't have it is told before it
    publishes."""
    with tempfile.TemporaryDirectory() as home:
        folder = made_folder(Path(home))
        if before:
            claim(folder, THIRD, "array 0")
        whole = [(fingerprint.digest, each) for fingerprint, each in (ours, theirs)]
        whole += [(THIRD.digest, "array 0")] * before

        def check_whole() -> None:
            assert not folder.pin.exists() or pinned(folder) in whole

        turns = Turns(check_whole)
        ends = turns.run(partial(claim, folder, *ours), partial(claim, folder, *theirs), order)
        assert pinned(folder) in whole[:2]
        for (fingerprint, _), end in zip((ours, theirs), ends, strict=True):
            assert end is None or isinstance(end, SceneRefused)
            if fingerprint.digest == pinned(folder)[0]:
                assert end is None
                check(folder, fingerprint.digest)
            else:
                with pytest.raises(SceneRefused, match="taken over"):
                    check(folder, fingerprint.digest)


@settings(max_examples=30)
@given(order=ORDERS)
def test_the_first_pin_of_a_folder_is_made_exclusively(order: list[bool]) -> None:
    """Of two children of one array that don't agree, the second one is refused, at once."""
    with tempfile.TemporaryDirectory() as home:
        folder = made_folder(Path(home))
        seen = set()
        turns = Turns(lambda: seen.update({pinned(folder)} if folder.pin.exists() else set()))
        first, second = (partial(claim, folder, each, "array 1") for each in (FIRST, SECOND))
        ends = turns.run(first, second, order)
        assert len(seen) == 1
        assert sorted(isinstance(end, SceneRefused) for end in ends) == [False, True]


@pytest.mark.parametrize("before", [False, True], ids=["fresh folder", "folder of another render"])
@pytest.mark.parametrize(
    "injected",
    [
        pytest.param(lambda number: KillAt(number, performed=False), id="killed before"),
        pytest.param(lambda number: KillAt(number, performed=True), id="killed after"),
        pytest.param(lambda number: FailAt(number, errno.EIO, performed=False), id="failing"),
        pytest.param(lambda number: FailAt(number, errno.EIO, performed=True), id="said to fail"),
    ],
)
def test_killed_or_failing_at_every_point(
    tmp_path: Path, before: bool, injected: Callable[[int], KillAt | FailAt]
) -> None:
    number, was_reached = 0, True
    while was_reached:
        number += 1
        folder = made_folder(tmp_path / str(number))
        if before:
            claim(folder, FIRST, "array 1")
        hook = injected(number)
        try:
            with system_calls(hook):
                claim(folder, SECOND, "array 2")
        except (Killed, OutputFailed):
            assert hook.count >= number
        was_reached = hook.count >= number
        found = read_pin(folder)
        assert found is not None or not folder.pin.exists()
        claim(folder, SECOND, "array 2")
        assert pinned(folder) == (SECOND.digest, "array 2")
    assert number > 5
