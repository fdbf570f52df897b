"""Pure: what a command answers on standard output, line by line.

Nothing else here writes to a stream, so that no command can forget that names are others' words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from ..chunking.plain_text import json_line, plain_line


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
