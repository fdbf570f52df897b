"""Pure: notes of frames that were begun, by which a crash is known when its child is retried.

A note is made before a frame and removed after it. One that stays tells of a child that ended in
that frame. If it holds something (faulthandler wrote where it crashed, or the watchdog that it
hung), that is evidence against the frame; an empty one is no more than a child that was killed,
as by a spot reclaim, which can happen in any frame.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from .durable import output_errors
from .output_folder import OutputFolder, frame_name, process_name


@dataclass(frozen=True)
class NotedFrame:
    """What the notes of one frame tell."""

    notes: tuple[Path, ...]
    evidence: tuple[str, ...]
    """The texts of those that hold something."""


def read_notes(folder: OutputFolder, frames: Container[int]) -> dict[int, NotedFrame]:
    """The notes that earlier children left for these frames.

    One listing of a folder that holds a file for each frame in work or crashed, not for each frame
    of the film.
    """
    found: dict[int, list[Path]] = {}
    with output_errors(folder.notes, "read"):
        for path in sorted(folder.notes.iterdir()):
            number = path.name.split(".")[0]
            if number.removeprefix("-").isdecimal() and int(number) in frames:
                found.setdefault(int(number), []).append(path)
    return {frame: _noted(paths) for frame, paths in found.items()}


def _noted(paths: list[Path]) -> NotedFrame:
    texts = [_text(path) for path in paths]
    return NotedFrame(tuple(paths), tuple(text for text in texts if text))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:  # its child has just finished the frame
        return ""


class Note:
    """The note of one frame that this process works on."""

    def __init__(self, path: Path, file: TextIO) -> None:
        self.path = path
        self._file = file

    @classmethod
    def make(cls, folder: OutputFolder, frame: int, attempt: int) -> Note:
        """Make the note. Raises OutputFailed."""
        path = folder.notes / f"{frame_name(frame)}.{attempt}.{process_name()}"
        with output_errors(path, "write"):
            return cls(path, open(path, "w", encoding="utf-8"))

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        """Have a crash of this process leave its evidence here, as long as the frame is in work."""
        was_enabled = faulthandler.is_enabled()
        faulthandler.enable(file=self._file)
        try:
            yield
        finally:
            faulthandler.disable()
            if was_enabled:
                faulthandler.enable(file=sys.__stderr__ or 2)

    def add_evidence(self, text: str) -> None:
        """Write evidence into the note, from the thread that is about to end the process."""
        with open(self.path, "a", encoding="utf-8") as note:
            note.write(text + "\n")
            note.flush()
            os.fsync(note.fileno())

    def remove(self) -> None:
        """Raises OutputFailed."""
        self._file.close()
        remove_notes((self.path,))


def remove_notes(paths: tuple[Path, ...]) -> None:
    """Remove notes of a frame that is done; one that is gone already is as good."""
    for path in paths:
        with output_errors(path, "remove"):
            path.unlink(missing_ok=True)
