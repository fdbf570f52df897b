"""Pure: the children of an array, and which frames each of them renders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, get_args

from .errors import BadSetting
from .frames import FrameSet
from .settings import MOST_CHILDREN, Partition, Settings

PARTITIONS: tuple[str, ...] = get_args(Partition)
"""The ways to share a frame set out, by name: a run of neighbours each, or every size-th frame."""

_CHILD = re.compile(r"(?P<index>[0-9]{1,6}) of (?P<size>[0-9]{1,6})")


@dataclass(frozen=True, order=True)
class Child:
    """One child of an array of `size`: that with this index, from 0."""

    size: int
    index: int
    attempt: int = 1
    """Which start of it, from 1."""
    render_id: str = ""
    """What all children of one array share."""

    def __str__(self) -> str:
        """Which one it is, as records and people have it: `3 of 20`."""
        return f"{self.index} of {self.size}"

    @classmethod
    def parse(cls, text: str, attempt: int = 1) -> Child:
        """The child of a text that `str` has made of one. Raises ValueError for any other text."""
        parts = _CHILD.fullmatch(text)
        if parts is None:
            raise ValueError(f"{text!r} names no child")
        return cls(int(parts["size"]), int(parts["index"]), attempt)

    @property
    def file_stem(self) -> str:
        """How the names of files begin that this start of it leaves: `3-of-20.1`."""
        return f"{self.index}-of-{self.size}.{self.attempt}"


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


class Plan(NamedTuple):
    """The frame set and how the children of the array share it."""

    frames: FrameSet
    size: int
    partition: Partition

    @classmethod
    def of(cls, settings: Settings, scene_frames: FrameSet) -> Plan:
        """The plan for these settings; their frame list, if any, replaces the scene's range."""
        frames = settings.frames.frames if settings.frames else scene_frames
        return cls(frames, settings.size, settings.partition)

    def chunk(self, index: int) -> FrameSet:
        """The frames of one child, in the order in which it renders them."""
        return chunk_of(self.frames, self.size, index, self.partition)

    def chunks(self) -> Iterator[FrameSet]:
        return (self.chunk(index) for index in range(self.size))
