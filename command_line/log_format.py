"""Pure: how the log looks, for people or for programs."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TextIO

from ..chunking.plain_text import json_line, plain_line

PACKAGE = __package__.rpartition(".")[0]


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
