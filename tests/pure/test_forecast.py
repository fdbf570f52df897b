"""How long an array will take, by the frames seen."""

from __future__ import annotations

import pytest
from array_chunk_render.chunking.errors import BadSetting
from array_chunk_render.chunking.forecast import Forecast, FrameTimes
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.chunking.plan import PARTITIONS, chunk_of
from hypothesis import given
from hypothesis import strategies as st

sizes = st.integers(1, 50)
partitions = st.sampled_from(sorted(PARTITIONS))
known_times = st.dictionaries(st.integers(1, 80), st.floats(0.1, 100), min_size=1)


@given(known_times, st.integers(1, 80), sizes, partitions)
def test_a_chunk_takes_what_its_frames_take(
    known: dict[int, float], last: int, size: int, partition: str
) -> None:
    frames = FrameSet.range(1, last, 1)
    times = FrameTimes(frames, known)
    alone = dict(zip(frames, times.forecast(last, "contiguous").chunk_seconds, strict=True))
    found = times.forecast(size, partition).chunk_seconds
    wanted = [
        sum(alone[frame] for frame in chunk_of(frames, size, index, partition))
        for index in range(size)
    ]
    assert found == pytest.approx(wanted)
    assert {frame: alone[frame] for frame in known if frame <= last} == pytest.approx(
        {frame: seconds for frame, seconds in known.items() if frame <= last}
    )


def test_between_two_frames_is_a_line_and_beyond_them_the_nearest() -> None:
    times = FrameTimes(FrameSet.range(1, 7, 1), {3: 10.0, 5: 20.0})
    alone = times.forecast(7, "contiguous").chunk_seconds
    assert alone == pytest.approx((10, 10, 10, 15, 20, 20, 20))


@given(known_times, partitions, st.floats(0.5, 2000))
def test_the_size_keeps_to_the_target_where_one_can(
    known: dict[int, float], partition: str, target: float
) -> None:
    times = FrameTimes(FrameSet.range(1, 80, 1), known)
    size = times.size_for(partition, target)
    longest = times.forecast(size, partition).longest
    assert longest <= target or size == 80


def test_what_is_waited_for_and_what_is_paid_for() -> None:
    forecast = Forecast((3.0, 4.0, 2.0, 1.0))
    assert forecast.longest == 4.0
    assert forecast.instance_hours == pytest.approx(10 / 3600)


@given(known_times, sizes)
def test_a_partition_that_there_is_not_has_no_forecast(known: dict[int, float], size: int) -> None:
    times = FrameTimes(FrameSet.range(1, 80, 1), known)
    with pytest.raises(BadSetting, match="Partition 'by weight' is unknown"):
        times.forecast(size, "by weight")
