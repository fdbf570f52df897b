"""Pure: how many frames are done: asked once, or again and again while an array renders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from ..chunking.frames import FrameSet
from .durable import output_errors
from .output_folder import RECORDS, OutputFolder, record_name
from .pin import read_pin
from .record import Record, read_record


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
        self.fingerprint = ""
        """That of the folder's render at the last look."""
        self.records: dict[int, Record] = {}
        """Those of the frames that are done, in the order in which they were recorded."""
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

    def forget(self, frame: int) -> None:
        """Have the frame's record read anew at the next look."""
        self.records.pop(frame, None)

    def _count(self) -> int:
        pin = read_pin(self._folder)
        fingerprint = pin.fingerprint if pin else ""
        if fingerprint != self.fingerprint:  # taken over by another render
            self.fingerprint = fingerprint
            self.records.clear()
            self._others.clear()
        with output_errors(self._folder.records, "read"):
            try:
                names = self._folder.held.names(RECORDS)
            except FileNotFoundError:
                names = []
        there = {self._frames[name]: name for name in self._frames.keys() & set(names)}
        for frame in self.records.keys() - there.keys():
            del self.records[frame]
        new = (there[frame] for frame in there.keys() - self.records.keys())
        for state, name in sorted(self._states(new), key=lambda each: each[0].st_mtime_ns):
            which = state.st_ino, state.st_mtime_ns
            if self._others.get(name) == which:
                continue
            record = read_record(self._folder, self._frames[name])
            if record is not None and record.fingerprint == self.fingerprint:
                self.records[record.frame] = record
            else:
                self._others[name] = which
        return len(self.records)

    def _states(self, names: Iterable[str]) -> Iterator[tuple[os.stat_result, str]]:
        for name in names:
            record_file = f"{RECORDS}/{name}"
            with output_errors(self._folder.held.path(record_file), "read"):
                try:
                    yield self._folder.held.look_at(record_file), name
                except FileNotFoundError:  # replaced at this very moment: the next look has it
                    continue
