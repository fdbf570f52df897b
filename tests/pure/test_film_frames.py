"""Which picture each frame of a film shows, and which frames its sound belongs to."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import SceneRefused
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.film.choices import BLACK, CLOSE, GAPS, HOLD, REFUSE
from array_chunk_render.film.film_frames import film_frames, first_picture, stretches
from hypothesis import given
from hypothesis import strategies as st

frame_lists = st.lists(st.integers(-50, 50), min_size=1, max_size=40, unique=True)


def pictures(*frames: int) -> dict[int, Path]:
    return {frame: Path(f"{frame}.png") for frame in frames}


def shown(frames: str, done: tuple[int, ...], gaps: str) -> list[tuple[int, str]]:
    found = film_frames(FrameSet.parse(frames), pictures(*done), gaps)
    return [(each.frame, each.picture.stem if each.picture else "") for each in found]


@pytest.mark.parametrize("gaps", [name for name, _, _ in GAPS.choices])
def test_without_gaps_the_choice_does_not_matter(gaps: str) -> None:
    assert shown("3,1-2", (1, 2, 3), gaps) == [(3, "3"), (1, "1"), (2, "2")]


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        pytest.param(HOLD, [(1, "2"), (2, "2"), (3, "2"), (4, "4"), (5, "4")], id=HOLD),
        pytest.param(BLACK, [(1, ""), (2, "2"), (3, ""), (4, "4"), (5, "")], id=BLACK),
        pytest.param(CLOSE, [(2, "2"), (4, "4")], id=CLOSE),
    ],
)
def test_gaps_are_treated_as_chosen(gaps: str, expected: list[tuple[int, str]]) -> None:
    assert shown("1-5", (2, 4), gaps) == expected


def test_the_picture_before_is_the_one_before_in_the_film() -> None:
    assert shown("9-7", (9, 7), HOLD) == [(9, "9"), (8, "9"), (7, "7")]


def test_gaps_are_refused_by_name() -> None:
    with pytest.raises(SceneRefused, match="frames 2,4-6 are not done"):
        shown("1-7", (1, 3, 7), REFUSE)


@pytest.mark.parametrize("gaps", [HOLD, BLACK, CLOSE])
def test_a_film_of_gaps_alone_is_refused(gaps: str) -> None:
    with pytest.raises(SceneRefused, match="None of the frames"):
        shown("1-7", (8,), gaps)


@given(frame_lists)
def test_stretches_are_the_frames_again_and_as_long_as_can_be(frames: list[int]) -> None:
    found = list(stretches(frames))
    assert [each.place for each in found] == [
        sum(each.length for each in found[:place]) for place in range(len(found))
    ]
    assert frames == [each.frame + step for each in found for step in range(each.length)]
    for one, other in itertools.pairwise(found):
        assert one.frame + one.length != other.frame


def test_of_nothing_there_are_no_stretches() -> None:
    assert list(stretches([])) == []


@pytest.mark.parametrize(
    ("names", "suffixes", "expected"),
    [
        pytest.param(["1.png"], ["_L", "_R"], "1.png", id="one picture"),
        pytest.param(["1_L.png", "1_R.png"], ["_L", "_R"], "1_L.png", id="left and right"),
        pytest.param(["1_A.png", "1_Z.png"], ["_Z", "_A"], "1_Z.png", id="first is last by name"),
        pytest.param(["1_B.png", "1_C.png"], ["_A", "_C"], "1_C.png", id="first is not there"),
        pytest.param(["1_X.png", "1_Y.png"], [], "1_X.png", id="views are off by now"),
        pytest.param(["1.png", "1_R.png"], ["", "_R"], "1.png", id="a view without suffix"),
        pytest.param(["1.a/T.png", "1.b/T.png"], [".b/T"], "1.b/T.png", id="folder in the suffix"),
        pytest.param(["compositor/1_L.png", "1.png"], ["_L"], "1.png", id="a node's file"),
        pytest.param(["compositor/z/1.png"], [], "compositor/z/1.png", id="nodes' files alone"),
    ],
)
def test_the_first_picture_is_found(names: list[str], suffixes: list[str], expected: str) -> None:
    assert first_picture(names, suffixes) == expected
