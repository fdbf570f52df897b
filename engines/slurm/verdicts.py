"""Pure: children that Slurm has forgotten, by the verdicts that they left in the output folder."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from ...chunking.errors import EXIT_COMPLETE
from ...publishing.output_folder import OutputFolder
from ...publishing.verdict import read_verdict
from ..engine import ChildState, State


def verdict_states(folder: OutputFolder, job: str, known: Container[int]) -> dict[int, ChildState]:
    """How children ended that Slurm no longer knows, by index.

    Verdicts of known children, or of other arrays, are passed over. One that was killed has left
    none, and so is missing here too.
    """
    ended: dict[int, ChildState] = {}
    for path in folder.children.glob("*-of-*.json"):
        index = path.name.partition("-of-")[0]
        if not index.isdecimal() or int(index) in known:
            continue
        child = _state(int(index), job, read_verdict(path) or {})
        if child and child.attempts >= getattr(ended.get(child.index), "attempts", 0):
            ended[child.index] = child
    return ended


def _state(index: int, job: str, verdict: dict[str, Any]) -> ChildState | None:
    code, attempt = verdict.get("exit_code"), verdict.get("attempt")
    if verdict.get("render_id") != job or not isinstance(code, int) or not isinstance(attempt, int):
        return None
    if code == EXIT_COMPLETE:
        return ChildState(index, State.SUCCEEDED, "", code, attempt)
    return ChildState(index, State.FAILED, str(verdict.get("message", "")), code, attempt)
