"""Pure: how the log looks, for people or for programs."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TextIO

PACKAGE = __package__.rpartition(".")[0]


class TextFormatter(logging.Formatter):
    """One line for each thing; what is wrong says so first."""

    def format(self, record: logging.LogRecord) -> str:
        message = super().format(record)
        if record.levelno >= logging.WARNING:
            return f"{record.levelname.lower()}: {message}"
        return message


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time in UTC, level, message, and fields where there are some."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "message": super().format(record),
            **getattr(record, "fields", {}),
        }
        return json.dumps(fields, ensure_ascii=False)


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
