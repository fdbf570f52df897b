"""Pure: what Blender says on its standard streams while it renders, what it means, and has for it.

Blender goes on after nearly every fault and calls the frame finished; a line is all that tells of
it. Most lines below were seen in 4.2 and 5.2, with a file that is broken, gone or can't be written.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ..chunking.errors import RenderFailed, SceneRefused
from ..publishing.verdict import Verdict

MOST_BYTES = 8 << 20
"""No more is read of what one frame says: a script may print without an end."""
MOST_LINES = 4
"""As many lines one sentence repeats, and no line beyond so many characters."""
MOST_CHARACTERS = 160
MOST_SENTENCES = 12
"""As many sentences of unknown meaning a chunk says."""

_NUMBERS = re.compile(r"0x[0-9a-f]+|\d+", re.IGNORECASE)
_SOURCE_PLACE = re.compile(r" (source|intern|extern)/\S+:\d+ \w+:")
"""Where in Blender's source a line comes from, in the lines of 4.2 to 4.5."""


class Meaning(enum.Enum):
    """What a line says of the frame."""

    UNWRITTEN = "a file of the frame was not written"
    LACKING = "something that shows in the picture could not be read"
    UNKNOWN = "a warning or an error whose bearing on the picture nobody knows"


_CHATTER = re.compile(
    r"\s*(Fra:|Saved: |Time: |Info: |Read blend|[\d:.]+ +\S+ +\| (?!ERROR|WARNING|FATAL))"
)
"""Lines of a render that goes well; some name objects and files, which may be called anything.

What other lines are looked for is compiled when there is one, by `re` itself: most children have
none, and what each child's start costs is paid ten thousand times.
"""

_HARMLESS = (
    r"(MESA|EGL|ALSA|AL lib|libEGL|libGL|libdecor|TBB Warning|ERROR: \[Loader|WARNING: \[Loader)"
)
"""Of drivers and libraries that look for what a machine without display or sound has not."""

_UNWRITTEN = (
    r"(?i)Invalid path template|File output failed|Render error .* cannot save"
    r"|Error writing (render result|frame|file|tile)|Couldn't save picture|Could not write image"
    r"|Can't save /|Cannot write file|Couldn't write image header|Failed to (save|write) to file"
)
"""Blender's own sentences: a script may say of a file of its own that it can't write it."""

_LACKING = (
    r"(?i)Image file .* (does not exist|failed to (open|load))"
    r"|Failed to load \d+ image files"
    r"|EXR_ERR_|libpng error|libtiff error|unknown file-format|OpenImageIO exited with a pending"
    r"|Can't load font|Could not open as Ogawa|unknown file format, unable to read"
    r"|Failed parse of preloaded OSO|Cycles shader graph: failed to read file"
    r"|Could not parse IES file|CustomData_external_read: Failed|Alembic: unknown how to handle"
    r'|Modifier: ".*(No such file|Permission denied|Is a directory|Not a directory|header|magic'
    r"|Vertex count mismatch|read failed|read error|seek|Frame total|file error|cache reader)"
)

_SOUNDS_WRONG = (
    r"(?i)\b(error|warn|warning|fail|failed|fatal|cannot|can't|could ?n[o']t|unable|invalid|"
    r"missing|not found|no such|unknown|corrupt|traceback|exception|cycle detected)\b"
)


def meaning(line: str, is_error_stream: bool) -> Meaning | None:
    """What a line means, or None for one of a render that goes well.

    Blender writes nothing on standard error where nothing is the matter, so each of its lines
    counts, and of the others those that sound wrong.
    """
    if not line.strip() or _CHATTER.match(line) or re.match(_HARMLESS, line):
        return None
    if re.search(_UNWRITTEN, line):
        return Meaning.UNWRITTEN
    if re.search(_LACKING, line):
        return Meaning.LACKING
    return Meaning.UNKNOWN if is_error_stream or re.search(_SOUNDS_WRONG, line) else None


class Words:
    """The lines that come into the files that Blender's standard streams go to."""

    def __init__(self, output: Path, errors: Path | None, flush: Callable[[], None]) -> None:
        """`errors` is None where standard error goes into no file; `flush` writes out the rest."""
        self._flush = flush
        self._places = {path: 0 for path in (output, errors) if path is not None}
        self._errors = errors

    def since_last(self) -> Iterator[tuple[str, Meaning]]:
        """The lines since the last time that mean something."""
        self._flush()
        for path in self._places:
            try:
                with path.open("rb") as file:
                    file.seek(self._places[path])
                    new = file.read(MOST_BYTES)
                    self._places[path] = file.seek(0, 2) if len(new) == MOST_BYTES else file.tell()
            except OSError:  # it is gone: a fault of the disk, which the frames' files will meet
                continue
            for line in new.decode("utf-8", errors="replace").splitlines():
                if (means := meaning(line, path == self._errors)) is not None:
                    yield line.strip(), means


class Listener:
    """Hears the frames of one chunk; in a window, where no stream is taken to a file, nothing."""

    def __init__(self, words: Words | None, verdict: Verdict, refuses_missing: bool) -> None:
        """`refuses_missing` says whether what can't be read is an error, or only a warning."""
        self._words = words
        self._verdict = verdict
        self._refuses_missing = refuses_missing
        self._shapes: set[str] = set()
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
        if not new or self._count == MOST_SENTENCES:
            return
        self._count += 1
        last = " More of the kind is in its log alone." if self._count == MOST_SENTENCES else ""
        self._verdict.warn(
            f"Blender said while it rendered frame {frame}: {_quoted(new)}. Look whether the "
            f"picture is as meant.{last}"
        )

    def _new(self, lines: Iterable[str]) -> list[str]:
        """Those that no other frame's line was like, but for its numbers."""
        new = {key: line for line in lines if (key := _NUMBERS.sub("#", line)) not in self._shapes}
        self._shapes.update(new)
        return list(new.values())


def _quoted(lines: Iterable[str]) -> str:
    every = list(lines)
    shown = [_SOURCE_PLACE.sub("", line)[:MOST_CHARACTERS] for line in every[:MOST_LINES]]
    more = f" and {len(every) - MOST_LINES} lines more" if len(every) > MOST_LINES else ""
    return " / ".join(map(repr, shown)) + more
