"""Pure: removing the temporary files and claims that killed processes left behind."""

from __future__ import annotations

import contextlib
import re
import stat
from collections.abc import Container, Iterator
from os import stat_result
from typing import NamedTuple

from .durable import UNIQUE, output_errors, write_temporary
from .folder_handles import Odd
from .output_folder import CLAIMS, PRIVATE, PRIVATE_FOLDERS, TEMPORARIES, OutputFolder, frame_of

OLD_SECONDS = 3600.0
"""Age from which a temporary is nobody's any more: a copy takes seconds, a slow disk minutes."""

_TEMPORARY = re.compile(UNIQUE)
_COPY = re.compile(rf"{UNIQUE}-(?:[0-9]+|record)")
_GATHERED = re.compile(r"(?P<frame>-?[0-9]+)\.[^.].*-[0-9]+(?:-[0-9a-f]{8})?", re.DOTALL)


class _Left(NamedTuple):
    """Something in a folder of which all is to go one day."""

    home: str
    name: str

    @property
    def whole_name(self) -> str:
        return f"{self.home}/{self.name}"

    @property
    def frame(self) -> int | None:
        """Whose it is, told by the name alone; None: no frame's."""
        if self.home == CLAIMS:
            return frame_of(self.name)
        match = _GATHERED.fullmatch(self.name)
        return frame_of(match["frame"]) if match else None

    def is_ours(self, there: stat_result) -> bool:
        """Whether it is of a shape that we make: nothing else is ours to remove."""
        if stat.S_ISDIR(there.st_mode):
            return self.home == TEMPORARIES and self.frame is not None
        has_our_name = self.frame is not None if self.home == CLAIMS else _is_temporary(self.name)
        return stat.S_ISREG(there.st_mode) and has_our_name


def _is_temporary(name: str) -> bool:
    return _TEMPORARY.fullmatch(name) is not None


def sweep(folder: OutputFolder, frames: Container[int] | None = None) -> list[str]:
    """Remove old temporaries and claims of these frames (None: all of them); return their names.

    Age is judged by the file system's own clock: those of the machines may disagree. What is not
    of a shape that we make stays. Raises OutputFailed.
    """
    swept: list[str] = []
    with output_errors(folder.temporaries, "clean"):
        lefts = [left for left in _lefts(folder) if frames is None or left.frame in frames]
        if not lefts:  # to ask for the time is to write a file
            return swept
        now = folder_time(folder)
        for left in lefts:
            try:
                there = folder.held.look_at(left.whole_name)
            except FileNotFoundError:  # its owner has just finished with it
                continue
            is_old = now - there.st_mtime > OLD_SECONDS
            if is_old and left.is_ours(there) and _remove(folder, left):
                swept.append(left.name)
    return swept


def left_over(folder: OutputFolder) -> list[str]:
    """Names of all temporaries and claims that are there, of running processes as well.

    And of what lies in place of one of our own folders.
    """
    with output_errors(folder.temporaries, "read"):
        names = [left.name for left in _lefts(folder)]
        for name in (PRIVATE, *PRIVATE_FOLDERS):
            try:
                folder.held.look_at(name)
            except (FileNotFoundError, Odd):  # not there; or the one above it is the odd one
                continue
            if not folder.held.is_folder(name):
                names.append(name)
    return sorted(names)


def folder_time(folder: OutputFolder) -> float:
    """The time by the clock of the output folder's file system, in seconds since 1970."""
    probe = write_temporary(folder.held, b"", TEMPORARIES)
    try:
        return folder.held.look_at(probe).st_mtime
    finally:
        folder.held.remove(probe)


def _lefts(folder: OutputFolder) -> Iterator[_Left]:
    """Everything in the folders for temporaries and claims, unlooked at: it may be much."""
    for home in (TEMPORARIES, CLAIMS):
        with contextlib.suppress(FileNotFoundError, Odd):
            yield from [_Left(home, name) for name in folder.held.names(home)]


def _remove(folder: OutputFolder, left: _Left) -> bool:
    """Remove it; whether it is gone. Another child sweeps here too."""
    held, name = folder.held, left.whole_name
    if left.home == CLAIMS or _is_temporary(left.name):
        held.remove(name)
        return True
    with contextlib.suppress(OSError):  # what is in it and not ours keeps it
        for copy in held.names(name):
            if _COPY.fullmatch(copy):
                held.remove(f"{name}/{copy}")
        held.remove_folder(name)
        return True
    return False
