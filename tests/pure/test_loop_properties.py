"""The loop under faults by chance: whatever happens in whichever frame, nothing is lost or half."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.child.renderer import RenderCall
from array_chunk_render.chunking.errors import Interrupted, RenderFailed
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.publishing.formats import inspect
from hypothesis import given, settings
from hypothesis import strategies as st
from loop_trials import ChildTrial, draw, draw_half, draw_nothing, draw_small, fail, names_of

pytestmark = pytest.mark.usefixtures("nothing_waits_for_the_disk")
FRAMES = range(1, 9)
BAD = (draw_half, draw_nothing, draw_small, fail)
FAULTS = st.dictionaries(st.sampled_from(FRAMES), st.sampled_from(BAD))


@contextmanager
def new_home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def child(home: Path, **chosen: Any) -> ChildTrial:
    return ChildTrial(home, Settings(**{"frames": "1-8", "index": 0, **chosen}))


def by_frame(faults: dict[int, Any]) -> dict[str, Any]:
    return {f"f{frame}": fault for frame, fault in faults.items()}


@settings(max_examples=60)
@given(faults=FAULTS)
def test_each_frame_is_done_or_named(faults: dict[int, Any]) -> None:
    with new_home() as home:
        trial = child(home)
        error = trial.run(**by_frame(faults))
        assert (error is not None) is bool(faults)
        assert isinstance(error, RenderFailed | None)
        assert trial.verdict.failed.keys() == set(faults)
        assert trial.done == [frame for frame in FRAMES if frame not in faults]
        assert trial.left_behind == []


@settings(max_examples=60)
@given(faults=FAULTS)
def test_what_is_seen_is_whole(faults: dict[int, Any]) -> None:
    with new_home() as home:
        trial = child(home)
        trial.run(**by_frame(faults))
        assert trial.pictures == names_of([frame for frame in FRAMES if frame not in faults])
        for name in trial.pictures:
            assert (inspect(trial.folder.root / name).width) == 4


@settings(max_examples=40)
@given(first=FAULTS, second=FAULTS)
def test_attempts_complete_each_other(first: dict[int, Any], second: dict[int, Any]) -> None:
    with new_home() as home:
        times: dict[int, int] = {}
        for attempt, faults in enumerate((first, second, {}), 1):
            trial = child(home, attempt=attempt)
            trial.run(**by_frame(faults))
            for frame in trial.verdict.rendered:
                times[frame] = times.get(frame, 0) + 1
        assert trial.done == [*FRAMES]
        assert set(times.values()) == {1}, "no frame is delivered twice"


@settings(max_examples=40)
@given(stops=st.lists(st.sampled_from(FRAMES), max_size=4), is_thrown=st.booleans())
def test_ends_in_the_middle_lose_nothing(stops: list[int], is_thrown: bool) -> None:
    with new_home() as home:
        done: list[int] = []
        for attempt, stop in enumerate(stops, 1):
            trial = child(home, attempt=attempt)

            def end(call: RenderCall, trial: ChildTrial = trial, stop: int = stop) -> None:
                if call.frame == stop:
                    trial.session.ask_to_stop("SIGTERM")

            def abandon(call: RenderCall, stop: int = stop) -> None:
                if call.frame == stop:
                    raise Interrupted("SIGTERM")

            error = trial.run(before=abandon if is_thrown else end)
            assert isinstance(error, Interrupted | None)
            assert set(done) <= set(trial.done)
            assert trial.left_behind == []
            done = trial.done
        last = child(home, attempt=9)
        assert last.run() is None
        assert last.done == [*FRAMES]
        assert last.renderer.order == [frame for frame in FRAMES if frame not in done]


@settings(max_examples=30)
@given(size=st.integers(1, 5), partition=st.sampled_from(["contiguous", "interleaved"]))
def test_children_make_the_film_together(size: int, partition: Any) -> None:
    with new_home() as home:
        orders = []
        for index in range(size):
            trial = child(home, size=size, index=index, partition=partition)
            assert trial.run() is None
            orders += trial.renderer.order
        assert sorted(orders) == [*FRAMES]
        assert trial.done == [*FRAMES]


@settings(max_examples=30)
@given(size=st.integers(2, 4), faults=FAULTS)
def test_helper_finishes_what_no_other_has_begun(size: int, faults: dict[int, Any]) -> None:
    with new_home() as home:
        trial = child(home, size=size)
        trial.helps = True
        error = trial.run(**by_frame(faults))
        own = set(trial.chunk)
        if own & faults.keys():
            assert isinstance(error, RenderFailed)
            assert set(trial.done) == own - faults.keys()
        else:
            assert error is None
            assert trial.done == [frame for frame in FRAMES if frame not in faults]


def test_draw_draws(tmp_path: Path) -> None:
    """Or nothing above says anything."""
    draw(RenderCall(1, "00001", {"folder": tmp_path}))
    assert (inspect(tmp_path / "00001.png").width) == 4
