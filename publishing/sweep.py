"""Pure: removing the temporary files that killed processes left behind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Container, Iterator
from pathlib import Path

from .durable import output_errors, write_temporary
from .output_folder import OutputFolder

OLD_SECONDS = 3600.0
"""Age from which a temporary is nobody's any more: a copy takes seconds, a slow disk minutes."""


def sweep(folder: OutputFolder, frames: Container[int] | None = None) -> list[str]:
    """Remove old temporaries and claims of these frames (None: all of them); return their names.

    Age is judged by the file system's own clock: those of the machines may disagree.
    """
    swept: list[str] = []
    with output_errors(folder.temporaries, "clean"):
        if not folder.temporaries.is_dir():
            return swept
        entries = list(_entries(folder, frames))
        if not entries:  # to ask for the time is to write a file
            return swept
        now = folder_time(folder)
        for entry in entries:
            if _age(entry, now) > OLD_SECONDS:
                _remove(entry)
                swept.append(entry.name)
    return swept


def left_over(folder: OutputFolder) -> list[str]:
    """Names of all temporaries and claims that are there, of running processes as well."""
    with output_errors(folder.temporaries, "read"):
        return sorted(entry.name for entry in _entries(folder, None))


def folder_time(folder: OutputFolder) -> float:
    """The time by the clock of the output folder's file system, in seconds since 1970."""
    probe = write_temporary(b"", folder.temporaries)
    try:
        return probe.stat().st_mtime
    finally:
        probe.unlink()


def _entries(folder: OutputFolder, frames: Container[int] | None) -> Iterator[os.DirEntry[str]]:
    """Everything in the folders for temporaries and claims that belongs to these frames.

    Told by the names alone: those of ten thousand other children are passed over unlooked at.
    """
    for home in (folder.temporaries, folder.claims):
        for entry in list(os.scandir(home)) if home.is_dir() else ():
            if frames is None or _frame_of(entry.name) in frames:
                yield entry


def _age(entry: os.DirEntry[str], now: float) -> float:
    try:
        return now - entry.stat(follow_symlinks=False).st_mtime
    except FileNotFoundError:  # its owner has just finished with it
        return 0.0


def _frame_of(name: str) -> int | None:
    number = name.split(".", maxsplit=1)[0]
    return int(number) if number.removeprefix("-").isdecimal() else None


def _remove(entry: os.DirEntry[str]) -> None:
    if entry.is_dir(follow_symlinks=False):
        shutil.rmtree(entry.path, ignore_errors=True)
    else:
        Path(entry.path).unlink(missing_ok=True)  # another child sweeps here too
