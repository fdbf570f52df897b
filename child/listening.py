"""Pure: hearing what Blender says of each frame of a chunk, and having it count."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..chunking.errors import (
    RenderFailed,
    SceneRefused,
)
from ..publishing.verdict import Verdict
from .blender_words import (
    Meaning,
    Words,
)

MOST_LINES = 4
"""As many lines one sentence repeats, and no line beyond so many characters."""
MOST_CHARACTERS = 160
MOST_SAID = 12
"""As many sentences of unknown meaning a chunk says."""

_NUMBERS = re.compile(r"0x[0-9a-f]+|\d+", re.IGNORECASE)
_SOURCE_PLACE = re.compile(r" (source|intern|extern)/\S+:\d+ \w+:")
"""Where in Blender's source a line comes from, in the lines of 4.2 to 4.5."""


class Listener:
    """Hears the frames of one chunk; in a window, where no stream is taken to a file, nothing."""

    def __init__(self, words: Words | None, verdict: Verdict, refuses_missing: bool) -> None:
        """`refuses_missing` says whether what can't be read is an error, or only a warning."""
        self._words = words
        self._verdict = verdict
        self._refuses_missing = refuses_missing
        self._said: set[str] = set()
        self._count = 0
        if words is not None:
            for _ in words.since_last():  # what was said before the first frame
                pass

    def hear(self, frame: int, has_failed: bool = False) -> None:
        """Say, each once in a chunk, what is unknown, and make known faults count.

        Raises RenderFailed where a file was not written, but for a frame that has failed by itself.
        Raises SceneRefused, if told so, where something could not be read: Blender says that once,
        and later frames lack it in silence.
        """
        if self._words is None:
            return
        lines: dict[Meaning, dict[str, None]] = {each: {} for each in Meaning}
        for line, means in self._words.since_last():
            lines[means][line] = None
        self._warn_of_unknown(frame, lines[Meaning.UNKNOWN])
        self._warn_of_lacking(frame, lines[Meaning.LACKING])
        if lines[Meaning.UNWRITTEN] and not has_failed:
            raise RenderFailed(
                f"Blender finished frame {frame} without a file of it: "
                f"{_quoted(lines[Meaning.UNWRITTEN])}. See that all of them can be written."
            )

    def _warn_of_lacking(self, frame: int, lines: Iterable[str]) -> None:
        new = self._new(lines)
        if not new:
            return
        what = (
            f"Blender could not read something that frame {frame} is made of, and went on without: "
            f"{_quoted(new)}."
        )
        if self._refuses_missing:
            raise SceneRefused(f"{what} Put the file right (--missing warn renders all the same).")
        self._verdict.warn(what)

    def _warn_of_unknown(self, frame: int, lines: Iterable[str]) -> None:
        new = self._new(lines)
        if not new or self._count == MOST_SAID:
            return
        self._count += 1
        last = " More of the kind is in its log alone." if self._count == MOST_SAID else ""
        self._verdict.warn(
            f"Blender said while it rendered frame {frame}: {_quoted(new)}. Look whether the "
            f"picture is as meant.{last}"
        )

    def _new(self, lines: Iterable[str]) -> list[str]:
        """Those that no other frame's line was like, but for its numbers."""
        new = {key: line for line in lines if (key := _NUMBERS.sub("#", line)) not in self._said}
        self._said.update(new)
        return list(new.values())


def _quoted(lines: Iterable[str]) -> str:
    every = list(lines)
    shown = [_SOURCE_PLACE.sub("", line)[:MOST_CHARACTERS] for line in every[:MOST_LINES]]
    more = f" and {len(every) - MOST_LINES} lines more" if len(every) > MOST_LINES else ""
    return " / ".join(map(repr, shown)) + more
