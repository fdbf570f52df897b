"""Pure: what the children left behind in the output folder: their verdicts and their logs.

These files are looked at long after they were written, by whoever, so that nothing in them is
taken on trust: what is not as a verdict should be makes it an unreadable one.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..chunking.errors import BadSetting
from ..chunking.frames import FrameSet
from ..publishing.durable import output_errors
from ..publishing.output_folder import OutputFolder

MOST_VERDICT_BYTES = 1 << 20
MOST_SECONDS = 1e10
"""No child takes 300 years, and none started so long after 1970."""
MOST_NUMBER = 1_000_000
"""More than an array has children, a child attempts or a machine threads."""
MOST_NAME = 300
"""Characters of a process' name: a host's has 255 at the most."""
LOG_END_BYTES = 16_384
LOG_LINES = 20


@dataclass(frozen=True)
class ChildVerdict:
    """A verdict that was read back; times are in seconds, `started` since 1970."""

    size: int
    index: int
    attempt: int
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
    log: Path


@dataclass(frozen=True)
class Children:
    """The verdicts that can be read, by the time of their starts, and how many others there are."""

    verdicts: tuple[ChildVerdict, ...]
    unreadable: int


def read_children(folder: OutputFolder) -> Children:
    """Read all verdicts. Raises OutputFailed where the folder itself can't be read."""
    verdicts, unreadable = [], 0
    for path in _verdict_files(folder.children):
        try:
            fields = json.loads(_content(path))
            verdicts.append(child_verdict(fields, path.with_suffix(".log")))
        except (OSError, ValueError, RecursionError):
            unreadable += 1
    verdicts.sort(key=lambda each: (each.started, each.attempt, each.index))
    return Children(tuple(verdicts), unreadable)


def _verdict_files(children: Path) -> list[Path]:
    with output_errors(children, "read"):
        names = os.listdir(children) if children.is_dir() else []
    return [children / name for name in sorted(names) if name.endswith(".json")]


def _content(path: Path) -> bytes:
    with open(_regular(path), "rb") as file:
        content = file.read(MOST_VERDICT_BYTES + 1)
    if len(content) > MOST_VERDICT_BYTES:
        raise ValueError("too long for a verdict")
    return content


def _regular(path: Path) -> Path:
    """The path, if a file of its own is there: a pipe would never end, a link leads elsewhere."""
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise ValueError("not a file")
    return path


def child_verdict(fields: Any, log: Path) -> ChildVerdict:
    """The verdict of these fields. Raises ValueError for what is none."""
    if not isinstance(fields, dict):
        raise ValueError("not a verdict")
    return ChildVerdict(
        size=_whole(fields, "size"),
        index=_whole(fields, "index"),
        attempt=_whole(fields, "attempt"),
        process=_text(fields, "process"),
        render_id=_text(fields, "render_id"),
        fingerprint=_text(fields, "fingerprint"),
        wanted=_frames(fields, "wanted"),
        rendered=_frames(fields, "rendered"),
        reused=_frames(fields, "reused"),
        adopted=_frames(fields, "adopted"),
        failed=_reasons(fields, "failed"),
        given_up=_reasons(fields, "given_up"),
        warnings=_warnings(fields),
        started=_number(fields, "started", MOST_SECONDS),
        seconds=_number(fields, "seconds", MOST_SECONDS),
        threads=_whole(fields, "threads"),
        exit_code=_whole(fields, "exit_code"),
        message=_text(fields, "message"),
        log=log,
    )


def _number(fields: Mapping[str, Any], name: str, most: float) -> float:
    value = fields.get(name, 0)
    # Compared before it is converted: JSON knows numbers that no float holds, and NaN.
    if not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"{name} is no possible number")
    return float(value)


def _whole(fields: Mapping[str, Any], name: str) -> int:
    value = _number(fields, name, MOST_NUMBER)
    if value != int(value):
        raise ValueError(f"{name} is no whole number")
    return int(value)


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str) or (name == "process" and len(value) > MOST_NAME):
        raise ValueError(f"{name} is no possible text")
    return value


def _frames(fields: Mapping[str, Any], name: str) -> FrameSet:
    text = _text(fields, name)
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


def log_end(log: Path) -> list[str]:
    """The last lines of a child's log, which may be long; none where it can't be read."""
    try:
        with open(_regular(log), "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LOG_END_BYTES))
            text = file.read(LOG_END_BYTES).decode("utf-8", errors="replace")
    except (OSError, ValueError):
        return []
    return list(_clean_lines(text))[-LOG_LINES:]


def _clean_lines(text: str) -> Iterator[str]:
    return (line.rstrip() for line in text.replace("\r", "\n").split("\n") if line.strip())
