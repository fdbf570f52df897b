"""Pure: which frames of a frame set are one child's chunk."""

from __future__ import annotations

from typing import get_args

from .errors import BadSetting
from .frames import FrameSet
from .settings import MOST_CHILDREN, Partition

PARTITIONS: tuple[str, ...] = get_args(Partition)
"""The ways to share a frame set out, by name: a run of neighbours each, or every size-th frame."""


def chunk_of(frames: FrameSet, size: int, index: int, partition: Partition) -> FrameSet:
    """Return the chunk of child `index` (from 0) in an array of `size` children.

    The chunks of an array hold every frame exactly once, each in the frame set's order, and their
    sizes differ by one frame at most, larger ones first. With more children than frames, the last
    chunks are empty. No other child's frames are made on the way. Raises BadSetting for a size, an
    index or a partition that there is not.
    """
    if not 1 <= size <= MOST_CHILDREN:
        raise BadSetting(f"Array size {size} is not possible: choose 1 to {MOST_CHILDREN:,}.")
    if not 0 <= index < size:
        raise BadSetting(
            f"Array index {index} is not possible in an array of {size}: choose 0 to {size - 1}."
        )
    if partition not in PARTITIONS:
        raise BadSetting(f"Partition {partition!r} is unknown: choose {' or '.join(PARTITIONS)}.")
    if partition == "interleaved":
        return frames[index::size]
    share, larger = divmod(len(frames), size)
    start = index * share + min(index, larger)
    return frames[start : start + share + (index < larger)]
