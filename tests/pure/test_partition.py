"""Partitions: every frame in exactly one chunk, fair shares, the order kept."""

from __future__ import annotations

from itertools import chain

import pytest
from array_chunk_render.chunking.errors import BadSetting
from array_chunk_render.chunking.frames import MAX_FRAMES, FrameSet
from array_chunk_render.chunking.plan import PARTITIONS, chunk_of
from array_chunk_render.chunking.settings import MOST_CHILDREN, SETTINGS
from hypothesis import example, given, settings
from hypothesis import strategies as st

RUNS = st.builds(
    lambda start, count, step: range(start, start + count * step, step),
    st.integers(-20_000, 20_000),
    st.integers(1, 3_000),
    st.integers(-5, 5).filter(bool),
)
FRAME_SETS = st.lists(RUNS, max_size=4).map(lambda runs: FrameSet(tuple(runs)))
SIZES = st.integers(1, 12) | st.integers(1, MOST_CHILDREN)


def chunks(frames: FrameSet, size: int, partition: str) -> list[FrameSet]:
    return [chunk_of(frames, size, index, partition) for index in range(size)]


@pytest.mark.parametrize("partition", PARTITIONS)
@settings(max_examples=60)
@given(frames=FRAME_SETS, size=SIZES)
@example(frames=FrameSet.parse("1"), size=10)
@example(frames=FrameSet.parse("3-21x4"), size=3)
@example(frames=FrameSet.parse("-5--1,10-2x3"), size=MOST_CHILDREN)
def test_the_chunks_are_the_frame_set(partition: str, frames: FrameSet, size: int) -> None:
    parts = chunks(frames, size, partition)
    sizes = [len(part) for part in parts]
    assert sizes == sorted(sizes, reverse=True)
    assert max(sizes) - min(sizes) <= 1
    place = {frame: number for number, frame in enumerate(frames)}
    places = [[place[frame] for frame in part] for part in parts]
    assert sorted(chain.from_iterable(places)) == list(range(len(frames)))
    assert all(each == sorted(each) for each in places)


@settings(max_examples=60)
@given(frames=FRAME_SETS, size=SIZES)
def test_contiguous_chunks_follow_each_other(frames: FrameSet, size: int) -> None:
    assert list(chain.from_iterable(chunks(frames, size, "contiguous"))) == list(frames)


@settings(max_examples=60)
@given(frames=FRAME_SETS, size=SIZES, index=st.integers(0, MOST_CHILDREN))
def test_interleaved_chunks_take_every_nth_frame(frames: FrameSet, size: int, index: int) -> None:
    index %= size
    assert list(chunk_of(frames, size, index, "interleaved")) == list(frames)[index::size]


@pytest.mark.parametrize(
    ("frames", "size", "partition", "written"),
    [
        pytest.param("1-10", 3, "contiguous", ["1-4", "5-7", "8-10"], id="contiguous"),
        pytest.param("1-10", 3, "interleaved", ["1-10x3", "2-8x3", "3-9x3"], id="interleaved"),
        pytest.param("3-21x4", 3, "contiguous", ["3,7", "11,15", "19"], id="step"),
        pytest.param("3-21x4", 3, "interleaved", ["3,15", "7,19", "11"], id="step, interleaved"),
        pytest.param("-3-5x4", 2, "contiguous", ["-3,1", "5"], id="negative start"),
        pytest.param("9-4", 2, "contiguous", ["9-7", "6-4"], id="descending"),
        pytest.param("1,2", 4, "contiguous", ["1", "2", "", ""], id="more children than frames"),
        pytest.param("1-3,50,40-42", 2, "contiguous", ["1-3,50", "40-42"], id="list"),
        pytest.param(
            "1-3,50,40-42", 2, "interleaved", ["1,3,40,42", "2,50,41"], id="list by turns"
        ),
    ],
)
def test_chunks(frames: str, size: int, partition: str, written: list[str]) -> None:
    assert [str(chunk) for chunk in chunks(FrameSet.parse(frames), size, partition)] == written


@pytest.mark.parametrize("partition", PARTITIONS)
@pytest.mark.parametrize("index", [0, 1, 4_999, MOST_CHILDREN - 1])
def test_a_chunk_of_a_million_frames_is_one_run(partition: str, index: int) -> None:
    frames = FrameSet.range(1, MAX_FRAMES, 1)
    chunk = chunk_of(frames, MOST_CHILDREN, index, partition)
    assert len(chunk.runs) == 1
    assert len(chunk) == 100
    assert chunk[0] == 1 + (index if partition == "interleaved" else index * 100)


@pytest.mark.parametrize(
    ("size", "index", "partition", "message"),
    [
        pytest.param(0, 0, "contiguous", "Array size 0 ", id="no children"),
        pytest.param(-1, 0, "contiguous", "Array size -1 ", id="negative size"),
        pytest.param(10_001, 0, "contiguous", "choose 1 to 10,000", id="too many children"),
        pytest.param(10, 10, "contiguous", "Array index 10 .* choose 0 to 9", id="one too far"),
        pytest.param(10, -1, "interleaved", "Array index -1 ", id="negative index"),
        pytest.param(2, 0, "random", "'random' is unknown: .*contiguous or i", id="partition"),
    ],
)
def test_what_there_is_not(size: int, index: int, partition: str, message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        chunk_of(FrameSet.parse("1-100"), size, index, partition)


def test_every_partition_can_be_chosen() -> None:
    assert [name for name, _, _ in SETTINGS["partition"].choices] == list(PARTITIONS)
