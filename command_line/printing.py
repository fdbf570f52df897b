"""Pure: what is printed: a command's answer, and the log, for people or for programs.

Nothing else here writes to a stream, so that nobody can forget that names are others' words.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TextIO

from ..chunking.plain_text import json_line, plain_line

PACKAGE = __package__.rpartition(".")[0]
ERASED = "\r\x1b[K"
"""What erases a terminal's line (ECMA-48: EL)."""


def is_watched(stream: TextIO, log_form: str) -> bool:
    """Whether a person watches it, on a terminal, where one line can be drawn again and again."""
    return log_form == "text" and stream.isatty()


class Answer:
    """Writes lines in which no text is more than text, to a stream that is given."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def line(self, text: str) -> None:
        """One line, whatever is in the text."""
        self._stream.write(plain_line(text) + "\n")

    def lines(self, texts: Iterable[str]) -> None:
        """One line for each text."""
        for text in texts:
            self.line(text)

    def json(self, value: object) -> None:
        """The value as one line of JSON."""
        self._stream.write(json_line(value) + "\n")

    def flush(self) -> None:
        """Have the reader see what was written so far."""
        self._stream.flush()


class RedrawnLine:
    """One line of a terminal, written over again and again, and gone at the end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_there = False

    def draw(self, text: str) -> None:
        """Show this in place of what was there; what is in it is text and nothing more."""
        self._is_there = True
        self._stream.write(f"{ERASED}{plain_line(text)}")
        self._stream.flush()

    def erase(self) -> None:
        """Leave nothing of it."""
        if self._is_there:
            self._is_there = False
            self._stream.write(ERASED)
            self._stream.flush()


class TextFormatter(logging.Formatter):
    """One line for each message; what is wrong says so first. A traceback's lines are marked."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.levelno >= logging.WARNING:
            message = f"{record.levelname.lower()}: {message}"
        lines = [message]
        if record.exc_info:
            lines += [f"| {line}" for line in self.formatException(record.exc_info).split("\n")]
        return "\n".join(map(plain_line, lines))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time in UTC, level, message, and fields where there are some."""

    def format(self, record: logging.LogRecord) -> str:
        from datetime import UTC, datetime  # only for this form: not at each child's start

        return json_line(
            {
                "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
                "level": record.levelname.lower(),
                "message": super().format(record),
                **getattr(record, "fields", {}),
            }
        )


def log_to(stream: TextIO, form: str) -> logging.Handler:
    """Have this package's log written to a stream; return the handler."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logger = logging.getLogger(PACKAGE)
    for old in list(logger.handlers):
        logger.removeHandler(old)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    return handler
