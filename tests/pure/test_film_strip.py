"""A film at a glance: the states of its frames, its newest pictures, and the strip's pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.publishing import done_counter
from array_chunk_render.report.film_strip import (
    COLORS,
    DONE,
    FAILED,
    IN_WORK,
    MISSING,
    MOST_NEWEST,
    TILE_EDGE,
    TILES,
    FilmLook,
    FilmWatch,
    pixels_of,
    tiles_of,
)
from hypothesis import given
from hypothesis import strategies as some
from pictures import plain

from .test_report import Render


@pytest.fixture
def render(tmp_path: Path) -> Render:
    return Render(tmp_path / "out")


def looks(render: Render, film: str = "1-4") -> FilmWatch:
    frames = FrameSet.parse(film)
    return FilmWatch(render.folder, frames, frames)


def look(watch: FilmWatch, goes_on: bool = True) -> FilmLook:
    there = watch.look(goes_on)
    assert there is not None
    return there


def whole_frame(render: Render, frame: int) -> None:
    render.frame(frame)
    record = render.folder.record(frame)
    record.write_text(record.read_text().replace('"digest": "d"', f'"digest": "{frame}"'))
    plain(render.folder.root / f"{frame:05d}.png", (frame, 0, 0))


def test_each_frame_has_its_state(render: Render) -> None:
    watch = looks(render)
    render.frame(1)
    (render.folder.notes / "00002.1.host-1-0123abcd").touch()
    render.verdict(1, wanted="1,3", exit_code=70)
    assert look(watch).states == (DONE, IN_WORK, FAILED, MISSING)
    assert look(watch).counts == {DONE: 1, IN_WORK: 1, FAILED: 1, MISSING: 1}
    assert look(watch, goes_on=False).states == (DONE, MISSING, FAILED, MISSING)
    render.verdict(1, wanted="1,3", exit_code=0, attempt=2, process="host-3", started=1.0)
    assert look(watch).states == (DONE, IN_WORK, MISSING, MISSING)


def test_a_child_of_another_render_and_one_with_endless_frames(render: Render) -> None:
    render.verdict(0, wanted="1-2", exit_code=70, fingerprint="before")
    render.verdict(1, wanted="4-900000", exit_code=70)
    assert look(looks(render)).states == (MISSING, MISSING, MISSING, FAILED)


def test_the_newest_are_shown_and_whole(render: Render) -> None:
    watch = looks(render, "1-9")
    assert look(watch).newest == ()
    for frame in (5, 3, 4, 9, 1, 2):
        whole_frame(render, frame)
        look(watch)
    render.frame(6)  # holds no picture, which Blender might crash on
    newest = look(watch).newest
    assert [each.frame for each in newest] == [2, 1, 9][: MOST_NEWEST - 1]
    assert newest[0].picture == render.folder.root / "00002.png"


def test_no_folder_is_none_and_each_record_is_read_once(
    render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Any] = []
    true_read = done_counter.read_record
    monkeypatch.setattr(
        done_counter, "read_record", lambda *which: (read.append(which[1]), true_read(*which))[1]
    )
    watch = looks(render)
    render.frame(1)
    look(watch)
    render.folder.root.rename(tmp_path / "away")
    assert watch.look(True) is None
    (tmp_path / "away").rename(render.folder.root)
    render.frame(2)
    assert look(watch).done == 2
    assert read == [1, 2]


@given(some.lists(some.sampled_from(tuple(COLORS)), min_size=1, max_size=3000))
def test_every_state_that_there_is_is_seen_and_no_other(states: list[str]) -> None:
    tiles = tiles_of(states)
    assert [len(each) for each in tiles] == [TILE_EDGE * TILE_EDGE * 4] * TILES
    pixels = {bytes(tile[at : at + 4]) for tile in tiles for at in range(0, len(tile), 4)}
    assert pixels == {bytes(COLORS[state]) for state in states}


def test_the_strip_begins_on_the_left() -> None:
    tiles = tiles_of([DONE] * 8 + [MISSING] * 8)
    assert set(tiles[:5]) == {bytes(COLORS[DONE]) * TILE_EDGE**2}
    assert set(tiles[5:]) == {bytes(COLORS[MISSING]) * TILE_EDGE**2}
    assert pixels_of(bytes((1, 2, 3, 255))).tolist() == [0xFF030201 - (1 << 32)]
