"""Pure: what describe-jobs answers, in the words that all engines share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..engine import ChildState, State

LOG_GROUP = "/aws/batch/job"
"""Where Batch logs to by itself."""

_STATES = {
    "SUBMITTED": State.WAITING,
    "PENDING": State.WAITING,
    "RUNNABLE": State.WAITING,
    "STARTING": State.WAITING,
    "RUNNING": State.RUNNING,
    "SUCCEEDED": State.SUCCEEDED,
    "FAILED": State.FAILED,
}


def state_of(status: str) -> State:
    """One that Amazon has not named yet is neither an end nor work that is known to go on."""
    return _STATES.get(status, State.WAITING)


def counts_of(job: Mapping[str, Any]) -> dict[State, int]:
    """How many children are in each state; a plain job is one child."""
    own = state_of(job["status"])
    array = job.get("arrayProperties") or {}
    if "size" not in array:
        return {own: 1}
    counts = dict.fromkeys(State, 0)
    for status, count in (array.get("statusSummary") or {}).items():
        counts[state_of(status)] += count
    # The summary comes late, and an array that was ended before its start never has one.
    not_told = array["size"] - sum(counts.values())
    counts[own if own is State.FAILED else State.WAITING] += max(0, not_told)
    return {state: count for state, count in counts.items() if count}


def index_of(job_id: str) -> int:
    """A child's id is that of its array, a colon and its index; a plain job is child 0."""
    _, _, index = job_id.partition(":")
    return int(index) if index.isdecimal() else 0


def child_of(job: Mapping[str, Any]) -> ChildState:
    """How one child, or a plain job, is doing."""
    attempts = job.get("attempts") or []
    return ChildState(
        index_of(job["jobId"]),
        state_of(job["status"]),
        _reason(job),
        _exit_code(job),
        len(attempts),
    )


def log_of(job: Mapping[str, Any]) -> tuple[str, str]:
    """Log group and log stream of a child's last attempt; the stream is empty before the first."""
    container = job.get("container") or {}
    configured = (container.get("logConfiguration") or {}).get("options") or {}
    streams = [(each.get("container") or {}).get("logStreamName") for each in _attempts(job)]
    stream = next((name for name in (container.get("logStreamName"), *streams) if name), "")
    return configured.get("awslogs-group") or LOG_GROUP, stream


def _attempts(job: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The ended ones, the last first."""
    return list(reversed(job.get("attempts") or []))


def _reason(job: Mapping[str, Any]) -> str:
    """Why it is as it is: Batch's word for the job, then the container's own."""
    words = [job.get("statusReason"), (job.get("container") or {}).get("reason")]
    for attempt in _attempts(job)[:1]:
        words += [attempt.get("statusReason"), (attempt.get("container") or {}).get("reason")]
    return "; ".join(dict.fromkeys(word for word in words if word))


def _exit_code(job: Mapping[str, Any]) -> int | None:
    last = [(each.get("container") or {}).get("exitCode") for each in _attempts(job)[:1]]
    codes = [(job.get("container") or {}).get("exitCode"), *last]
    return next((int(code) for code in codes if code is not None), None)
