"""Pure: notes of frames that were begun, by which a crash is known when its child is retried.

A note is made before a frame and removed after it. One that stays tells of a child that ended in
that frame. If it holds something (faulthandler wrote where it crashed, or the watchdog that it
hung), that is evidence against the frame; an empty one is no more than a child that was killed,
as by a spot reclaim, which can happen in any frame.

A note that begins with PROOF_MARK is of no frame's own render, but of the proof that data may be
kept between frames: it never counts against its frame.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
from collections.abc import Container, Iterator
from typing import BinaryIO, NamedTuple

from .durable import output_errors
from .output_folder import NOTES, OutputFolder, frame_name, frame_of, process_name

MOST_BYTES = 1 << 16
"""No note is longer: what crashed writes a stack or two."""
PROOF_MARK = "While it was proven that data may be kept between frames:"


class NotedFrame(NamedTuple):
    """What the notes of one frame tell."""

    notes: tuple[str, ...]
    """Their names below the output folder."""
    evidence: tuple[str, ...]
    """The texts of those that hold something, proofs apart."""
    proofs: tuple[str, ...] = ()
    """Of proofs that their child ended in: what each note holds after the mark, if anything."""


def read_notes(folder: OutputFolder, frames: Container[int]) -> dict[int, NotedFrame]:
    """The notes that earlier children left for these frames.

    One listing of a folder that holds a file for each frame in work or crashed, not for each frame
    of the film. A note that can't be read holds nothing.
    """
    noted: dict[int, list[str]] = {}
    with output_errors(folder.notes, "read"):
        for name in sorted(folder.held.names(NOTES)):
            frame = frame_of(name.split(".")[0])
            if frame is not None and frame in frames:
                noted.setdefault(frame, []).append(f"{NOTES}/{name}")
    return {frame: _noted(folder, names) for frame, names in noted.items()}


def _noted(folder: OutputFolder, names: list[str]) -> NotedFrame:
    texts = []
    for name in names:
        try:
            content = folder.held.read(name, MOST_BYTES)
        except OSError:  # its child has just finished the frame; or another's, or no note of ours
            continue
        texts.append(content.decode("utf-8", errors="replace").strip())
    return NotedFrame(
        tuple(names),
        tuple(text for text in texts if text and not text.startswith(PROOF_MARK)),
        tuple(
            text.removeprefix(PROOF_MARK).strip() for text in texts if text.startswith(PROOF_MARK)
        ),
    )


class Note:
    """The note of one frame that this process works on."""

    def __init__(self, folder: OutputFolder, name: str, file: BinaryIO) -> None:
        self.name = name
        """Below the output folder."""
        self._folder = folder
        self._file = file

    @classmethod
    def make(cls, folder: OutputFolder, frame: int, attempt: int) -> Note:
        """Make the note. Raises OutputFailed."""
        name = f"{NOTES}/{frame_name(frame)}.{attempt}.{process_name()}"
        with output_errors(folder.held.path(name), "write"):
            return cls(folder, name, folder.held.create_anew(name))

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        """Have a crash of this process leave its evidence here, as long as the frame is in work."""
        was_enabled = faulthandler.is_enabled()
        faulthandler.enable(file=self._file.fileno())
        try:
            yield
        finally:
            faulthandler.disable()
            if was_enabled:
                faulthandler.enable(file=sys.__stderr__ or 2)

    def add_evidence(self, text: str) -> None:
        """Write evidence into the note, from the thread that is about to end the process.

        As well as it can: nothing is to keep that thread from ending it.
        """
        with contextlib.suppress(OSError, ValueError):  # ValueError: the note is closed by now
            self._file.write(text.encode("utf-8", errors="replace") + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def remove(self) -> None:
        """Raises OutputFailed."""
        with output_errors(self._folder.held.path(self.name), "remove"):
            self._file.close()
            self._folder.held.remove(self.name)


def remove_notes(folder: OutputFolder, names: tuple[str, ...]) -> None:
    """Remove notes of a frame that is done, by whichever process.

    One that can't be removed, as another user's, or what is no note at all, may stay: it tells
    nothing of a frame that is done.
    """
    for name in names:
        with contextlib.suppress(OSError):
            folder.held.remove(name)
