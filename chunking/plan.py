"""Pure: which frames each child of the array renders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .frames import FrameSet
from .partition import chunk_of
from .settings import Partition, Settings


@dataclass(frozen=True)
class Plan:
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
