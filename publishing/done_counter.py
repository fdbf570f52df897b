"""Pure: how many frames are done, asked again and again while an array renders."""

from __future__ import annotations

import os
from pathlib import Path

from ..chunking.frames import FrameSet
from .durable import output_errors
from .output_folder import OutputFolder
from .pin import read_pin
from .record import read_record


class DoneCounter:
    """Counts the frames that are recorded for the folder's render; their files are not looked at.

    A look lists the records, and reads only those that are new or were replaced: each is read once
    in the whole render, however often it is asked.
    """

    def __init__(self, folder: OutputFolder, wanted: FrameSet) -> None:
        self._folder = folder
        self._frames = {folder.record(frame).name: frame for frame in wanted}
        self._fingerprint = ""
        self._done: set[str] = set()
        self._others: dict[str, tuple[int, int]] = {}
        """Records of another render, or broken ones, with what tells them from their successors."""

    def count(self) -> int | None:
        """How many are done now; None: the folder is not there, or can't be seen from here.

        Raises OutputFailed where it is there and can't be read.
        """
        if not self._folder.root.is_dir():
            return None
        pin = read_pin(self._folder)
        fingerprint = pin.fingerprint if pin else ""
        if fingerprint != self._fingerprint:  # taken over by another render
            self._fingerprint = fingerprint
            self._done.clear()
            self._others.clear()
        there = self._entries()
        self._done &= there.keys()
        for name in there.keys() - self._done:
            self._look_at(name, there[name])
        return len(self._done)

    def _entries(self) -> dict[str, os.DirEntry[str]]:
        with output_errors(self._folder.records, "read"):
            if not self._folder.records.is_dir():
                return {}
            with os.scandir(self._folder.records) as entries:
                return {each.name: each for each in entries if each.name in self._frames}

    def _look_at(self, name: str, entry: os.DirEntry[str]) -> None:
        with output_errors(Path(entry.path), "read"):
            try:
                there = entry.stat()
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
