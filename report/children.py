"""Pure: what the children left behind in the output folder: their verdicts and their logs.

These files are looked at long after they were written, by whoever, so that nothing in them is
taken on trust: what is not as a verdict should be makes it an unreadable one.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..chunking.errors import BadSetting
from ..chunking.frames import FrameSet
from ..chunking.plan import Child
from ..publishing.durable import output_errors
from ..publishing.folder_handles import Odd
from ..publishing.json_object import (
    MOST_NAME,
    MOST_NUMBER,
    MOST_SECONDS,
    number_in,
    text_in,
    whole_in,
)
from ..publishing.output_folder import CHILDREN, OutputFolder
from ..publishing.verdict import read_published_verdict

LOG_END_BYTES = 16_384
LOG_LINES = 20


@dataclass(frozen=True)
class ChildVerdict:
    """A verdict that was read back; times are in seconds, `started` since 1970."""

    child: Child
    process: str
    render_id: str
    fingerprint: str
    wanted: FrameSet
    rendered: FrameSet
    reused: FrameSet
    adopted: FrameSet
    failed: Mapping[str, str]
    given_up: Mapping[str, str]
    warnings: tuple[str, ...]
    started: float
    """0: it doesn't say."""
    seconds: float
    threads: int
    """0: it doesn't say."""
    exit_code: int
    message: str
    log: str
    """The log's name, beside the verdict."""


@dataclass(frozen=True)
class Children:
    """The verdicts that can be read, by the time of their starts, and how many others there are."""

    verdicts: tuple[ChildVerdict, ...]
    unreadable: int


class VerdictReader:
    """Reads all verdicts, each once, however often it is asked."""

    def __init__(self, folder: OutputFolder) -> None:
        self._folder = folder
        self._verdicts: dict[str, ChildVerdict] = {}

    def read(self) -> Children:
        """Those that are there now. Raises OutputFailed where the folder itself can't be read."""
        with output_errors(self._folder.children, "read"):
            try:
                names = self._folder.held.names(CHILDREN)
            except (FileNotFoundError, Odd):
                names = []
        names = sorted(name for name in names if name.endswith(".json"))
        for name in names:
            if name not in self._verdicts:
                with contextlib.suppress(OSError, ValueError):
                    fields = read_published_verdict(self._folder, name)
                    log = f"{name.removesuffix('.json')}.log"
                    self._verdicts[name] = child_verdict(fields, log)
        verdicts = [self._verdicts[name] for name in names if name in self._verdicts]
        verdicts.sort(key=lambda each: (each.started, each.child.attempt, each.child.index))
        return Children(tuple(verdicts), len(names) - len(verdicts))


def read_children(folder: OutputFolder) -> Children:
    """Read all verdicts. Raises OutputFailed where the folder itself can't be read."""
    return VerdictReader(folder).read()


def child_verdict(fields: Mapping[str, Any], log: str) -> ChildVerdict:
    """The verdict of these fields. Raises ValueError for what is none."""
    size, index, attempt = (
        whole_in(fields, name, MOST_NUMBER) for name in ("size", "index", "attempt")
    )
    return ChildVerdict(
        child=Child(size, index, attempt),
        process=text_in(fields, "process", MOST_NAME),
        render_id=text_in(fields, "render_id"),
        fingerprint=text_in(fields, "fingerprint"),
        wanted=_frames(fields, "wanted"),
        rendered=_frames(fields, "rendered"),
        reused=_frames(fields, "reused"),
        adopted=_frames(fields, "adopted"),
        failed=_reasons(fields, "failed"),
        given_up=_reasons(fields, "given_up"),
        warnings=_warnings(fields),
        started=number_in(fields, "started", MOST_SECONDS),
        seconds=number_in(fields, "seconds", MOST_SECONDS),
        threads=whole_in(fields, "threads", MOST_NUMBER),
        exit_code=whole_in(fields, "exit_code", MOST_NUMBER),
        message=text_in(fields, "message"),
        log=log,
    )


def _frames(fields: Mapping[str, Any], name: str) -> FrameSet:
    text = text_in(fields, name)
    try:
        return FrameSet.parse(text) if text else FrameSet(())
    except BadSetting as error:
        raise ValueError(f"{name}: {error}") from error


def _reasons(fields: Mapping[str, Any], name: str) -> dict[str, str]:
    value = fields.get(name, {})
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise ValueError(f"{name} holds no reasons")
    return value


def _warnings(fields: Mapping[str, Any]) -> tuple[str, ...]:
    value = fields.get("warnings", [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("warnings holds no texts")
    return tuple(value)


def log_end(folder: OutputFolder, name: str) -> list[str]:
    """The last lines of a child's log, which may be long; none where it can't be read."""
    try:
        with folder.held.open(f"{CHILDREN}/{name}") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LOG_END_BYTES))
            text = file.read(LOG_END_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return []
    lines = text.replace("\r", "\n").split("\n")
    return [line.rstrip() for line in lines if line.strip()][-LOG_LINES:]
