"""Pure: lines that another process has written, of any bytes and any length."""

from __future__ import annotations

import io
import json
import math
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ..chunking.regular_files import NotAFile, Part, open_regular

MOST_CHARACTERS = 16_384
"""What is kept of one line: no message is as long, and a child may write one without an end."""
MOST_TAIL_BYTES = 16 << 20
"""How much of a log's end is read for its last lines."""
MOST_BRACKETS = 200
"""Of a line that is read as JSON: lists in lists can be nested too deep to be written again."""


def lines_of(stream: IO[str]) -> Iterator[str]:
    """Each line without its end; a longer one is cut off, and says how much was left out."""
    while line := stream.readline(MOST_CHARACTERS):
        left_out = 0
        part = line
        while not part.endswith("\n"):
            part = stream.readline(MOST_CHARACTERS)
            if not part:
                break
            left_out += len(part.rstrip("\n"))
        line = line.rstrip("\n")
        yield f"{line}… ({left_out:,} characters more)" if left_out else line


def last_lines(path: Path, most: int, begins: str = "") -> list[str]:
    """The last lines of a log; of those since the last line that starts with `begins`, if any does.

    What is written after the log was opened does not count: its writer may be faster than this.
    A pipe or a device, which may never end, is empty. Raises OSError where it can't be read.
    """
    lines: deque[str] = deque(maxlen=most)
    try:
        file = open_regular(path)
    except NotAFile:
        return []
    with file:
        size = os.fstat(file.fileno()).st_size
        tail = Part(file, min(size, MOST_TAIL_BYTES))
        file.seek(max(0, size - MOST_TAIL_BYTES))
        log = io.TextIOWrapper(io.BufferedReader(tail), encoding="utf-8", errors="replace")
        for line in lines_of(log):
            if begins and line.startswith(begins):
                lines.clear()
            lines.append(line)
    return list(lines)


def json_fields(line: str) -> dict[str, Any] | None:
    """The fields of a line of our own log; None where it is no JSON object.

    NaN and the like are no JSON, and can't be handed on as such; nor can what is nested too deep.
    """
    if line.count("[") + line.count("{") > MOST_BRACKETS:
        return None
    try:
        fields = json.loads(line, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def is_number(value: Any, most: float) -> bool:
    """Whether a field is a number of this size at the most; NaN and truth values are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= most


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        _refuse(digits)
    return number


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
