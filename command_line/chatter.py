"""Pure: Blender's chatter, taken off standard output into a local file.

Blender writes hundreds of lines a frame by C's printf, straight to file descriptor 1, and some
log services are paid by the byte. So descriptor 1 itself is turned to a file; our own log goes
to a copy of the old one. Of standard error, which comes out all the same, a file gets a copy.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
from pathlib import Path
from typing import TextIO

from ..child.blender_words import Words
from ..machine import output_lines
from .error_stream import ErrorStream

log = logging.getLogger(__name__)

_C_LIBRARY = "ucrtbase" if os.name == "nt" else None
"""The one that Blender itself writes by; None: that of this process."""
LAST_LINES = 20
"""How many lines of the file are shown where something failed."""


def divert(path: Path) -> TextIO:
    """Turn standard output to a file from here on; return the old one, to write to."""
    flush()
    kept = os.dup(1)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(file, 1)
    os.close(file)
    return os.fdopen(kept, "w", buffering=1, encoding="utf-8", errors="backslashreplace")


_errors: ErrorStream | None = None


def words_of(diverted: Path) -> Words:
    """What is said from here on: on the standard output that goes to this file, and on errors.

    Of standard error a file beside that one gets a copy, where this system lets it have one.
    """
    global _errors
    flush()
    errors = diverted.with_suffix(".errors")
    try:
        _errors = ErrorStream(errors)
    except OSError as error:
        log.info("what Blender says on standard error is not looked at: %s", error)
        return Words(diverted, None, flush)
    return Words(diverted, errors, flush)


def let_go() -> None:
    """Turn the standard streams away from files, for good: Windows removes no file that is open."""
    global _errors
    flush()
    errors, _errors = _errors, None
    if errors is not None:
        errors.let_go()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def flush() -> None:
    """Write out what Python and C still hold back for their standard streams."""
    sys.stdout.flush()
    sys.stderr.flush()
    ctypes.CDLL(_C_LIBRARY).fflush(None)


def last_lines(path: Path) -> list[str]:
    """The end of the diverted output."""
    flush()
    return [line.rstrip() for line in output_lines.last_lines(path, LAST_LINES)]
