"""Pure: how far every chunk of an array is, by its output folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..chunking.plan import Plan
from .output_folder import OutputFolder
from .verify import survey

DONE, PARTLY, MISSING, EMPTY = "done", "partly", "missing", "empty"


@dataclass(frozen=True)
class ChunkProgress:
    """One child's chunk: its frames as text, how many there are and how many are done."""

    index: int
    frames: str
    wanted: int
    done: int

    @property
    def state(self) -> str:
        if not self.wanted:
            return EMPTY
        if self.done == self.wanted:
            return DONE
        return PARTLY if self.done else MISSING


@dataclass(frozen=True)
class ArrayProgress:
    """All chunks, and the seconds of the frames that are done."""

    chunks: tuple[ChunkProgress, ...]
    seconds: Mapping[int, float]


def array_progress(folder: OutputFolder, plan: Plan) -> ArrayProgress:
    """Look at every frame's record. Raises OutputFailed for a folder that can't be read."""
    done = survey(folder, plan.frames).done if folder.private.is_dir() else {}
    chunks = tuple(
        ChunkProgress(
            index, str(chunk) if chunk else "", len(chunk), sum(frame in done for frame in chunk)
        )
        for index, chunk in enumerate(plan.chunks())
    )
    seconds = {frame: record.seconds for frame, record in done.items() if record.seconds > 0}
    return ArrayProgress(chunks, seconds)
