"""Pure: how many frames are done: asked once, or again and again while an array renders."""

from __future__ import annotations

from pathlib import PurePosixPath

from ..chunking.frames import FrameSet
from .durable import output_errors
from .output_folder import RECORDS, OutputFolder, record_name
from .pin import read_pin
from .record import read_record


def count_done(folder: OutputFolder, frames: FrameSet, fingerprint: str) -> int:
    """How many of these frames are recorded for this render; the files are not looked at."""
    records = (read_record(folder, frame) for frame in frames)
    return sum(record is not None and record.fingerprint == fingerprint for record in records)


class DoneCounter:
    """Counts the frames that are recorded for the folder's render; their files are not looked at.

    A look lists the records, and reads only those that are new or were replaced: each is read once
    in the whole render, however often it is asked.
    """

    def __init__(self, folder: OutputFolder, frames: FrameSet) -> None:
        self._folder = folder
        self._frames = {PurePosixPath(record_name(frame)).name: frame for frame in frames}
        self._fingerprint = ""
        self._done: set[str] = set()
        self._others: dict[str, tuple[int, int]] = {}
        """Records of another render, or broken ones, with what tells them from their successors."""

    def count(self) -> int | None:
        """How many are done now; None: the folder is not there, or can't be seen from here.

        Raises OutputFailed where it is there and can't be read.
        """
        try:
            return self._count() if self._folder.root.is_dir() else None
        finally:
            # The folder may be unmounted until the next look, or be another one by then.
            self._folder.held.let_go()

    def _count(self) -> int:
        pin = read_pin(self._folder)
        fingerprint = pin.fingerprint if pin else ""
        if fingerprint != self._fingerprint:  # taken over by another render
            self._fingerprint = fingerprint
            self._done.clear()
            self._others.clear()
        with output_errors(self._folder.records, "read"):
            try:
                names = self._folder.held.names(RECORDS)
            except FileNotFoundError:
                names = []
        there = self._frames.keys() & set(names)
        self._done &= there
        for name in there - self._done:
            self._look_at(name)
        return len(self._done)

    def _look_at(self, name: str) -> None:
        record_file = f"{RECORDS}/{name}"
        with output_errors(self._folder.held.path(record_file), "read"):
            try:
                there = self._folder.held.look_at(record_file)
            except FileNotFoundError:  # replaced at this very moment: the next look has it
                return
        which = there.st_ino, there.st_mtime_ns
        if self._others.get(name) == which:
            return
        record = read_record(self._folder, self._frames[name])
        if record is not None and record.fingerprint == self._fingerprint:
            self._done.add(name)
        else:
            self._others[name] = which
