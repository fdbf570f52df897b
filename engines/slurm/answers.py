"""Pure: how the tasks of a job are doing, by what Slurm's commands answer and by their verdicts.

`scontrol show job` tells most, of jobs that wait, run, or ended a few minutes ago (MinJobAge).
`sacct` knows all, where the cluster keeps accounts. Both are read line by line, each line once.
What both have forgotten is known by the verdicts that children left in the output folder.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from ...chunking.errors import EXIT_COMPLETE
from ...publishing.json_object import MOST_NUMBER, text_in, whole_in
from ...publishing.output_folder import CHILDREN, OutputFolder
from ...publishing.verdict import read_published_verdict
from ..engine import ChildState, EngineFailed, State

MOST_TASKS = 100_000
"""How many tasks are read of one answer: an array of ours has a tenth of them."""
MOST_DIGITS = 7
"""Of the index in the name of a verdict."""
ACCOUNT_FIELDS = "JobID,State,ExitCode"

_NUMBER = r"[0-9]{1,9}"
_HEAD = "JobId="
"""Begins the first line of each job; all others begin with blanks."""
_FIELDS = (
    re.compile(r" +JobState=(?P<word>\S+)(?: Reason=(?P<reason>.*?)(?: Dependency=.*)?)?"),
    re.compile(
        rf" +Requeue={_NUMBER} Restarts=(?P<restarts>{_NUMBER})"
        rf"(?: .*?ExitCode=(?P<code>{_NUMBER}):(?P<signal>{_NUMBER}).*)?"
    ),
    re.compile(r" +NodeList=(?P<nodes>.*)"),
)
"""Whole lines of a job that tell how it is doing."""
_LOG = re.compile(r" +StdOut=(.*)")
_ACCOUNTED = re.compile(
    rf"[0-9]+(?:_\[?(?P<tasks>[0-9,:%-]+)\]?)?\|(?P<word>[A-Z_]+)[^|]*"
    rf"\|(?P<code>{_NUMBER}):(?P<signal>{_NUMBER})"
)
_TASKS = re.compile(rf"(?P<first>{_NUMBER})(?:-(?P<last>{_NUMBER}))?(?::(?P<step>{_NUMBER}))?")

_WAITING = ("PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT")
_RUNNING = (
    *("RUNNING", "COMPLETING", "CONFIGURING", "RESIZING", "SIGNALING", "STAGE_OUT", "STOPPED"),
    "SUSPENDED",
)
_STATES = {
    **dict.fromkeys(_WAITING, State.WAITING),
    **dict.fromkeys(_RUNNING, State.RUNNING),
    "COMPLETED": State.SUCCEEDED,
}
"""Of all other words a job has failed."""
_NO_NEWS = frozenset({"None", "NonZeroExitCode"})
"""Reasons that say no more than state and exit code do."""
_CANCELLED, _NEVER = "CANCELLED", "DependencyNeverSatisfied"

Fields = Mapping[str, str | None]
"""What is told of a job, or of several tasks at once, by our own names."""


def shown(text: str) -> list[ChildState]:
    """The tasks in what `scontrol show job` says; a job that is no array is one of index 0.

    A job whose state is not told is passed over. Raises EngineFailed for tasks that can't be.
    """
    return _children(_job(lines) for lines in _blocks(text))


def accounted(text: str) -> list[ChildState]:
    """The tasks in what `sacct --parsable2 --noheader` says of ACCOUNT_FIELDS.

    Raises EngineFailed for tasks that can't be.
    """
    matches = (_ACCOUNTED.fullmatch(line) for line in text.split("\n"))
    return _children(match.groupdict() for match in matches if match)


def log_path(text: str) -> str:
    """Where the log of the first job in what `scontrol show job` says lies; empty: unknown."""
    matches = (_LOG.fullmatch(line) for line in text.split("\n"))
    return next((match[1] for match in matches if match), "")


def _blocks(text: str) -> Iterator[list[str]]:
    """The lines of each job."""
    block: list[str] = []
    for line in text.split("\n"):
        if line.startswith(_HEAD):
            if block:
                yield block
            block = [line]
        elif block:
            block.append(line)
    if block:
        yield block


def _job(lines: list[str]) -> Fields:
    """What is told of a job: of each field what stands first."""
    # A name may hold blanks, and say what it likes.
    head = dict(word.partition("=")[::2] for word in lines[0].partition("JobName=")[0].split())
    fields: dict[str, str | None] = {"tasks": head.get("ArrayTaskId")}
    for line in lines[1:]:
        for pattern in _FIELDS:
            if match := pattern.fullmatch(line):
                fields = {**match.groupdict(), **fields}
    return fields


def _children(jobs: Iterable[Fields]) -> list[ChildState]:
    children: list[ChildState] = []
    for fields in jobs:
        if fields.get("word"):
            children += _tasks(fields, MOST_TASKS - len(children))
    return children


def _tasks(fields: Fields, most: int) -> list[ChildState]:
    word = fields["word"] or ""
    state = _STATES.get(word, State.FAILED)
    reason, code = "", None
    if state is State.FAILED:
        why = fields.get("reason") or "None"
        # Of a job that was cancelled Slurm still says what it waited for before that.
        is_news = why == _NEVER if word == _CANCELLED else why not in _NO_NEWS
        reason = f"{word} ({why})" if is_news else word
    if state in (State.SUCCEEDED, State.FAILED) and fields.get("code"):
        # As a shell would say it; none where a job failed without having come to say one.
        signal = _number(fields, "signal")
        status = _number(fields, "code") or (128 + signal if signal else 0)
        code = status if status or state is State.SUCCEEDED else None
    is_started = state is not State.WAITING and fields.get("nodes") not in (None, "", "(null)")
    attempts = _number(fields, "restarts") + is_started
    return [
        ChildState(index, state, reason, code, attempts)
        for index in _indexes(fields.get("tasks") or "0", most)
    ]


def _number(fields: Fields, name: str) -> int:
    return int(fields.get(name) or 0)


def _indexes(tasks: str, most: int) -> list[int]:
    """The indexes in `3`, `0-9`, `1,4-6` or `0-8:2`, all of them maybe with `%4` at the end.

    Raises EngineFailed where they can't be read, or are more than `most`.
    """
    indexes: list[int] = []
    for part in tasks.partition("%")[0].split(","):
        match = _TASKS.fullmatch(part)
        if match is None:
            raise EngineFailed(f"Slurm tells of tasks {part[:40]!r}, which are no numbers.")
        first, last, step = (int(each) if each else None for each in match.groups())
        assert first is not None
        several = range(first, (first if last is None else last) + 1, step or 1)
        if len(indexes) + len(several) > most:
            raise EngineFailed(
                f"Slurm tells of more than {MOST_TASKS:,} tasks: name the job of one array."
            )
        indexes += several
    return indexes


def verdict_states(folder: OutputFolder, job: str, known: Container[int]) -> dict[int, ChildState]:
    """How children ended that Slurm no longer knows, by index.

    Verdicts of known children, or of other arrays, are passed over, and so is what can't be read.
    One that was killed has left none, and so is missing here too.
    """
    ended: dict[int, ChildState] = {}
    try:
        names = folder.held.names(CHILDREN)
    except OSError:  # it can't be seen from here
        return {}
    for name in names:
        text, of, _ = name.partition("-of-")
        is_verdict = of and name.endswith(".json") and text.isdecimal() and len(text) <= MOST_DIGITS
        if not is_verdict or int(text) in known:
            continue
        try:
            child = _child_by(int(text), job, read_published_verdict(folder, name))
        except (OSError, ValueError):
            continue
        if child and child.attempts >= getattr(ended.get(child.index), "attempts", 0):
            ended[child.index] = child
    return ended


def _child_by(index: int, job: str, verdict: dict[str, Any]) -> ChildState | None:
    """Raises ValueError for what is no verdict."""
    if verdict.get("render_id") != job or "exit_code" not in verdict or "attempt" not in verdict:
        return None
    code = whole_in(verdict, "exit_code", MOST_NUMBER)
    attempt = whole_in(verdict, "attempt", MOST_NUMBER)
    if code == EXIT_COMPLETE:
        return ChildState(index, State.SUCCEEDED, "", code, attempt)
    return ChildState(index, State.FAILED, text_in(verdict, "message"), code, attempt)
