"""Pure: what Slurm's commands answer about jobs, read.

`scontrol show job` tells most, of jobs that wait, run, or ended a few minutes ago (MinJobAge).
`sacct` knows all, where the cluster keeps accounts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..engine import ChildState, State

SHOWN = re.compile(
    r"^JobId=\d+ (?:ArrayJobId=\d+ ArrayTaskId=(?P<tasks>\S+) )?JobName="
    r".*?^ +JobState=(?P<word>\S+) Reason=(?P<reason>.*?) Dependency="
    r".*?^ +Requeue=\d+ Restarts=(?P<restarts>\d+) .*?ExitCode=(?P<code>\d+):(?P<signal>\d+)"
    r".*?^ +NodeList=(?P<nodes>.*?)$",
    re.MULTILINE | re.DOTALL,
)
LOG = re.compile(r"^ +StdOut=(.*)$", re.MULTILINE)
ACCOUNTED = re.compile(
    r"^\d+(?:_\[?(?P<tasks>[^\]|]+)\]?)?\|(?P<word>[A-Z_]+)[^|]*\|(?P<code>\d+):(?P<signal>\d+)$",
    re.MULTILINE,
)
ACCOUNT_FIELDS = "JobID,State,ExitCode"

_WAITING = frozenset({"PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT"})
_RUNNING = frozenset(
    {"RUNNING", "COMPLETING", "CONFIGURING", "RESIZING", "SIGNALING", "STAGE_OUT", "STOPPED"}
    | {"SUSPENDED"}
)
_NO_NEWS = frozenset({"None", "NonZeroExitCode"})
"""Reasons that say no more than state and exit code do."""
_CANCELLED, _NEVER = "CANCELLED", "DependencyNeverSatisfied"


def shown(text: str) -> list[ChildState]:
    """The tasks in what `scontrol show job` says; a job that is no array is one of index 0."""
    return [child for match in SHOWN.finditer(text) for child in _children(match)]


def accounted(text: str) -> list[ChildState]:
    """The tasks in what `sacct --parsable2 --noheader` says of ACCOUNT_FIELDS."""
    return [child for match in ACCOUNTED.finditer(text) for child in _children(match)]


def log_path(text: str) -> str:
    """Where the log of the first job in what `scontrol show job` says lies; empty: unknown."""
    match = LOG.search(text)
    return match[1] if match else ""


def _children(match: re.Match[str]) -> Iterator[ChildState]:
    fields = match.groupdict()
    state = _state(fields["word"])
    reason, code = "", None
    if state is State.FAILED:
        reason = _reason(fields["word"], fields.get("reason") or "None")
    if state in (State.SUCCEEDED, State.FAILED):
        code = _exit_code(state, int(fields["code"]), int(fields["signal"]))
    is_started = state is not State.WAITING and fields.get("nodes") not in (None, "", "(null)")
    attempts = int(fields.get("restarts") or 0) + is_started
    for index in _indexes(fields["tasks"] or "0"):
        yield ChildState(index, state, reason, code, attempts)


def _reason(word: str, why: str) -> str:
    # Of a job that was cancelled Slurm still says what it waited for before that.
    is_news = why == _NEVER if word == _CANCELLED else why not in _NO_NEWS
    return f"{word} ({why})" if is_news else word


def _state(word: str) -> State:
    if word in _WAITING:
        return State.WAITING
    if word in _RUNNING:
        return State.RUNNING
    return State.SUCCEEDED if word == "COMPLETED" else State.FAILED


def _exit_code(state: State, code: int, signal: int) -> int | None:
    """As a shell would say it; None where a job failed without having come to say one."""
    said = code or (128 + signal if signal else 0)
    return said if said or state is State.SUCCEEDED else None


def _indexes(tasks: str) -> Iterator[int]:
    """The indexes in `3`, `0-9`, `1,4-6` or `0-8:2`, all of them maybe with `%4` at the end."""
    for part in tasks.partition("%")[0].split(","):
        ends, _, step = part.partition(":")
        first, _, last = ends.partition("-")
        yield from range(int(first), int(last or first) + 1, int(step or 1))
