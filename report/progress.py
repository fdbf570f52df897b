"""Pure: how far every chunk of an array is, by its output folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..chunking.errors import EXIT_COMPLETE
from ..chunking.plan import Plan
from ..publishing.notes import read_notes
from ..publishing.output_folder import NOTES, PRIVATE, OutputFolder
from ..publishing.verify import survey_of
from .children import read_children

DONE, PARTLY, MISSING, EMPTY = "done", "partly", "missing", "empty"
FAILED, RUNNING = "failed", "running"


@dataclass(frozen=True)
class ChunkProgress:
    """One child's chunk: its frames as text, how many there are and how many are done."""

    index: int
    frames: str
    wanted: int
    done: int
    state: str


@dataclass(frozen=True)
class ArrayProgress:
    """All chunks, and the seconds of the frames that are done."""

    chunks: tuple[ChunkProgress, ...]
    seconds: Mapping[int, float]


def array_progress(folder: OutputFolder, plan: Plan) -> ArrayProgress:
    """Look at every frame's record. Raises OutputFailed for a folder that can't be read.

    A chunk is running where a frame of it has a note, which a killed child leaves behind too until
    its frame is done; failed where its child's last verdict says so.
    """
    if not folder.held.is_folder(PRIVATE):
        return ArrayProgress(tuple(_chunks(plan, set(), set(), {})), {})
    frames = survey_of(folder, plan.frames)
    has_notes = folder.held.is_folder(NOTES)
    in_work = set(read_notes(folder, set(frames.to_render))) if has_notes else set()
    verdicts = read_children(folder).verdicts
    # Of the children of an array of this size, each one's last.
    codes = {each.child.index: each.exit_code for each in verdicts if each.child.size == plan.size}
    chunks = tuple(_chunks(plan, set(frames.done), in_work, codes))
    seconds = {frame: record.seconds for frame, record in frames.done.items() if record.seconds > 0}
    return ArrayProgress(chunks, seconds)


def _chunks(
    plan: Plan, done: set[int], in_work: set[int], codes: Mapping[int, int]
) -> Iterator[ChunkProgress]:
    for index, chunk in enumerate(plan.chunks()):
        frames = set(chunk)
        here = len(frames & done)
        if not frames:
            state = EMPTY
        elif here == len(frames):
            state = DONE
        elif frames & in_work:
            state = RUNNING
        elif codes.get(index, EXIT_COMPLETE) != EXIT_COMPLETE:
            state = FAILED
        else:
            state = PARTLY if here else MISSING
        yield ChunkProgress(index, str(chunk) if chunk else "", len(frames), here, state)
