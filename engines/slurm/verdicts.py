"""Pure: children that Slurm has forgotten, by the verdicts that they left in the output folder."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from ...chunking.errors import EXIT_COMPLETE
from ...publishing.json_object import MOST_NUMBER, text_in, whole_in
from ...publishing.output_folder import CHILDREN, OutputFolder
from ...publishing.verdict import read_published_verdict
from ..engine import ChildState, State

_MOST_DIGITS = 7


def verdict_states(folder: OutputFolder, job: str, known: Container[int]) -> dict[int, ChildState]:
    """How children ended that Slurm no longer knows, by index.

    Verdicts of known children, or of other arrays, are passed over, and so is what can't be read.
    One that was killed has left none, and so is missing here too.
    """
    ended: dict[int, ChildState] = {}
    for index, name in _verdicts(folder):
        if index in known:
            continue
        try:
            child = _state(index, job, read_published_verdict(folder, name))
        except (OSError, ValueError):
            continue
        if child and child.attempts >= getattr(ended.get(child.index), "attempts", 0):
            ended[child.index] = child
    return ended


def _verdicts(folder: OutputFolder) -> Iterator[tuple[int, str]]:
    try:
        names = folder.held.names(CHILDREN)
    except OSError:  # it can't be seen from here
        return
    for name in names:
        index, of, _ = name.partition("-of-")
        if of and name.endswith(".json") and index.isdecimal() and len(index) <= _MOST_DIGITS:
            yield int(index), name


def _state(index: int, job: str, verdict: dict[str, Any]) -> ChildState | None:
    """Raises ValueError for what is no verdict."""
    if verdict.get("render_id") != job or "exit_code" not in verdict or "attempt" not in verdict:
        return None
    code = whole_in(verdict, "exit_code", MOST_NUMBER)
    attempt = whole_in(verdict, "attempt", MOST_NUMBER)
    if code == EXIT_COMPLETE:
        return ChildState(index, State.SUCCEEDED, "", code, attempt)
    return ChildState(index, State.FAILED, text_in(verdict, "message"), code, attempt)
