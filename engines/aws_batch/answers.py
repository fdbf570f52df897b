"""Pure: what AWS answers about jobs, in the words that all engines share.

Nothing of an answer is believed beyond its type: what is of another one raises EngineFailed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..engine import ChildState, EngineFailed, State

LOG_GROUP = "/aws/batch/job"
"""Where Batch logs to by itself."""

MOST_NUMBER = 2**31 - 1
MOST_MESSAGE = 16_384
"""Characters that are taken of one message of a log."""
_KINDS = {
    dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "nothing"
}  # fmt: skip

Job = Mapping[str, Any]

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


def text_in(fields: Job, name: str) -> str:
    """A text of an answer; empty: it is not there."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _strange(name, value, "a text")
    return value


def number_in(fields: Job, name: str) -> int | None:
    """A whole number of an answer that a size or an exit code can be; None: it is not there."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MOST_NUMBER:
        raise _strange(name, value, "a whole number")
    return value


def object_in(fields: Job, name: str) -> Job:
    """An object of an answer; empty where it is not there."""
    value = fields.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _strange(name, value, "an object")
    return value


def objects_in(fields: Job, name: str) -> list[Job]:
    """A list of objects of an answer; empty where it is not there."""
    value = fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _strange(name, value, "a list")
    for each in value:
        if not isinstance(each, dict):
            raise _strange(name, each, "a list of objects")
    return value


def id_in(fields: Job, name: str) -> str:
    """An id, which has to be there."""
    value = text_in(fields, name)
    if not value:
        raise EngineFailed(f"AWS answered without {name}: see what `aws` itself says of the job.")
    return value


def _strange(name: str, value: object, kind: str) -> EngineFailed:
    answer = _KINDS.get(type(value), "another number" if kind.endswith("number") else "a number")
    return EngineFailed(f"AWS answered {name} as {answer}, not as {kind}: see which `aws` this is.")


def size_of(job: Job) -> int | None:
    """How many children an array has; None: it is a plain job."""
    return number_in(object_in(job, "arrayProperties"), "size")


def counts_of(job: Job) -> dict[State, int]:
    """How many children are in each state; a plain job is one child."""
    own = state_of(text_in(job, "status"))
    size = size_of(job)
    if size is None:
        return {own: 1}
    counts = dict.fromkeys(State, 0)
    summary = object_in(object_in(job, "arrayProperties"), "statusSummary")
    for status in summary:
        counts[state_of(status)] += max(0, number_in(summary, status) or 0)
    # The summary comes late, and an array that was ended before its start never has one.
    unknown = size - sum(counts.values())
    counts[own if own is State.FAILED else State.WAITING] += max(0, unknown)
    return {state: count for state, count in counts.items() if count}


def index_of(job_id: str) -> int:
    """A child's id is that of its array, a colon and its index; a plain job is child 0."""
    _, _, index = job_id.partition(":")
    return int(index) if re.fullmatch("[0-9]{1,9}", index) else 0


def child_of(job: Job) -> ChildState:
    """How one child, or a plain job, is doing, and why."""
    attempts = _attempts(job)
    words, codes = [], []
    for each in (job, *attempts[:1]):
        container = object_in(each, "container")
        # Batch's word for the job, then the container's own.
        words += [text_in(each, "statusReason"), text_in(container, "reason")]
        codes.append(number_in(container, "exitCode"))
    return ChildState(
        index_of(id_in(job, "jobId")),
        state_of(text_in(job, "status")),
        "; ".join(dict.fromkeys(filter(None, words))),
        next((code for code in codes if code is not None), None),
        len(attempts),
    )


def log_of(job: Job) -> tuple[str, str]:
    """Log group and log stream of a child's last attempt; the stream is empty before the first."""
    container = object_in(job, "container")
    configured = object_in(object_in(container, "logConfiguration"), "options")
    containers = [container, *(object_in(each, "container") for each in _attempts(job))]
    streams = [text_in(each, "logStreamName") for each in containers]
    return text_in(configured, "awslogs-group") or LOG_GROUP, next(filter(None, streams), "")


def messages_of(answer: Job) -> list[str]:
    """The messages in what get-log-events answers, each cut off where it is very long."""
    texts = [text_in(event, "message") for event in objects_in(answer, "events")]
    return [text.rstrip("\n")[:MOST_MESSAGE] for text in texts]


def _attempts(job: Job) -> list[Job]:
    """The ended ones, the last first."""
    return objects_in(job, "attempts")[::-1]
