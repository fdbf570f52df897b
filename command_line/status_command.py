"""The sub-command `status`: how a submitted array is doing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..chunking.errors import EXIT_COMPLETE, ChunkError
from ..chunking.frames import FrameSet, frames_from
from ..engines.engine import ArrayState, ChildState, State
from ..engines.submissions import Submission
from ..publishing.output_folder import OutputFolder
from ..publishing.verify import survey
from .answer import Answer
from .asked_job import asked_job
from .sources import Told

MOST_FAILED = 20
"""How many failed children are shown; JSON has all."""


@dataclass(frozen=True)
class FramesDone:
    """What the output folder tells, where it can be seen from here."""

    wanted: int
    done: int
    missing: str


def status(told: Told, out: Answer, chatter_file: Path) -> int:
    """Print the state; return 0 whatever it is: that the question was answered."""
    submission, engine = asked_job(told)
    state = engine.state(submission.ids)
    frames = _frames(submission)
    if told.options["json"]:
        out.json(_fields(submission, state, frames))
    else:
        out.lines(_lines(submission, state, frames))
    return EXIT_COMPLETE


def _frames(submission: Submission) -> FramesDone | None:
    output = Path(submission.output)
    if not (submission.output and submission.frames and output.is_dir()):
        return None
    wanted = frames_from(submission.frames)
    try:
        missing = survey(OutputFolder(output), wanted).to_render
    except ChunkError:  # it can't be read from here: no more than not seen
        return None
    text = str(FrameSet.of(missing)) if missing else ""
    return FramesDone(len(wanted), len(wanted) - len(missing), text)


def _fields(submission: Submission, state: ArrayState, frames: FramesDone | None) -> dict[str, Any]:
    return {
        "farm": submission.farm,
        "job": submission.job,
        "name": submission.name,
        "state": state.state.value,
        "children": {each.value: state.counts.get(each, 0) for each in State},
        "failed": [_child_fields(child) for child in state.failed],
        "film": _child_fields(state.film) if state.film else None,
        "frames": {"wanted": frames.wanted, "done": frames.done, "missing": frames.missing}
        if frames
        else None,
    }


def _child_fields(child: ChildState) -> dict[str, Any]:
    return {
        "index": child.index,
        "state": child.state.value,
        "reason": child.reason,
        "exit_code": child.exit_code,
        "attempts": child.attempts,
    }


def _lines(submission: Submission, state: ArrayState, frames: FramesDone | None) -> Iterator[str]:
    named = f"{submission.name}, " if submission.name else ""
    yield f"{named}job {submission.job} on {submission.farm}: {state.state.value}"
    counts = [f"{count} {each.value}" for each, count in state.counts.items() if count]
    yield f"children: {', '.join(counts) or 'none'}"
    if frames:
        yield f"frames: {frames.done} of {frames.wanted} are done"
    for child in state.failed[:MOST_FAILED]:
        yield f"child {child.index} failed: {_reason(child)}"
    if len(state.failed) > MOST_FAILED:
        yield f"… and {len(state.failed) - MOST_FAILED} more children failed"
    if state.film:
        reason = f": {state.film.reason}" if state.film.reason else ""
        yield f"film: {state.film.state.value}{reason}"
    if state.state is State.FAILED:
        yield from _what_to_do(state, frames)


def _reason(child: ChildState) -> str:
    parts = [child.reason or "the farm does not say why"]
    if child.exit_code is not None and str(child.exit_code) not in child.reason:
        parts.append(f"exit code {child.exit_code}")
    if child.attempts > 1:
        parts.append(f"{child.attempts} attempts")
    return ", ".join(parts)


def _what_to_do(state: ArrayState, frames: FramesDone | None) -> Iterator[str]:
    if state.failed:
        yield f"see why: logs --index {state.failed[0].index}"
    if frames and frames.missing:
        yield f"missing: {frames.missing}"
    elif not frames:
        yield "which frames are missing: run verify where the output folder can be seen"
    yield "render what is missing, then the film: submit --missing-frames"
