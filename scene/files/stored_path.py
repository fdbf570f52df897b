"""Paths to files outside the .blend, as data-blocks store them, and the files they stand for."""

from __future__ import annotations

import fnmatch
import logging
import ntpath
import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import bpy

from ...chunking.regular_files import special_kind
from .numbered_names import FrameFiles, NumberedName

log = logging.getLogger(__name__)

STAT_AT_MOST = 32
"""Up to so many files of known names are looked for one by one, more by listing their folder, as
each look costs about a millisecond on a network file system."""


class Spread(Enum):
    """Which files one stored path stands for."""

    ONE = "that file"
    NAMED = "the files of `names` in its folder"
    SEQUENCE = "the files in its folder that have its name with any number"
    PATTERN = "the files in its folder whose names match its own, in which stars stand for anything"
    FOLDER = "the files in that folder that match the patterns of `names`"
    NOTHING = "none: the render writes it, or never reads it"


class StoredPath(NamedTuple):
    """A path, with the data-block that stores it and what the render has to do with it.

    `data_block` is None for the project's files, and where Blender lists a path without saying
    whose it is. `library` is the
    one that a ``//`` path is relative to (None: the open .blend). `strip_frames` holds the scene's
    frames in which a sequencer strip shows the file; it is None outside the sequencer. `user` is
    the data-block that has to be in the picture, where that is not `data_block`. What is not
    `is_sure` may be a path that the render never asks for. `at_frame` gives the paths that are
    asked for in one frame of a scene, where they differ. `frame_files` are those of a baked cache
    of which each frame has its own. The property `attribute` of `holder` is where the path is
    stored, or the folder that it begins with; None: nothing stores it by itself. `named_by` is the
    path of the file that names this one in its turn, and the name as it does.
    """

    data_block: bpy.types.ID | None
    owner: str
    path: str
    library: bpy.types.Library | None
    spread: Spread = Spread.ONE
    names: tuple[str, ...] = ()
    decides_pixels: bool = True
    strip_frames: range | None = None
    user: bpy.types.ID | None = None
    is_sure: bool = True
    at_frame: Callable[[bpy.types.Scene, int], list[str]] | None = None
    frame_files: tuple[FrameFiles, ...] = ()
    holder: Any = None
    attribute: str = "filepath"
    named_by: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path[_name_start(self.path) :]

    def beside(self, names: Iterable[str]) -> list[str]:
        """Paths, written as this one is, of files in the same folder."""
        folder = self.path[: _name_start(self.path)]
        return [folder + name for name in names]

    def below(self, names: Iterable[str]) -> list[str]:
        """Paths, written as this one is, of files in the folder that this path names."""
        folder = self.path if self.path.endswith(("/", "\\")) else self.path + "/"
        return [folder + name for name in names]


class FolderListings:
    """The names in folders, each folder read once."""

    def __init__(self) -> None:
        self._names: dict[Path, frozenset[str]] = {}
        self._unlike: dict[Path, frozenset[str]] = {}
        """Names in each folder that are of neither a file nor a folder: pipes, devices, links."""

    def names(self, folder: Path) -> frozenset[str]:
        """The names in `folder`; none where it is not there or can't be read (which is logged)."""
        if folder not in self._names:
            self._names[folder] = frozenset(self._read(folder))
        return self._names[folder]

    def is_special(self, folder: Path, name: str) -> bool:
        """Whether a name in `folder` is a pipe, a device or a socket, or leads to one."""
        return (
            name in self.names(folder)
            and name in self._unlike[folder]
            and bool(special_kind(folder / name))
        )

    def _read(self, folder: Path) -> list[str]:
        self._unlike[folder] = frozenset()
        try:
            with os.scandir(folder) as entries:
                # Without links, so it is known without asking for each.
                is_plain = {
                    entry.name: entry.is_file(follow_symlinks=False)
                    or entry.is_dir(follow_symlinks=False)
                    for entry in entries
                }
            self._unlike[folder] = frozenset(name for name in is_plain if not is_plain[name])
            return list(is_plain)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            log.warning("can't list the folder %s: %s", folder, error.strerror)
            return []


def files_of(stored: StoredPath, listings: FolderListings) -> Iterator[tuple[str, bool]]:
    """The files that `stored` stands for, written as it is, each with whether it is there.

    A pipe or a device is no file, so none is there: Blender would wait for it, or read for ever.
    A sequence or folder of which nothing is there gives its own path.
    """
    match stored.spread:
        case Spread.ONE:
            yield stored.path, os.path.isfile(resolved(stored.path, stored.library))
        case Spread.NAMED if len(stored.names) <= STAT_AT_MOST:
            for path in stored.beside(stored.names):
                yield path, os.path.isfile(resolved(path, stored.library))
        case Spread.NAMED:
            present = listings.names(resolved(stored.path, stored.library).parent)
            for path, name in zip(stored.beside(stored.names), stored.names, strict=True):
                yield path, name in present and not _is_special(stored, path, listings)
        case Spread.SEQUENCE | Spread.FOLDER | Spread.PATTERN:
            members = _members(stored, listings)
            yield from [(path, not _is_special(stored, path, listings)) for path in members] or [
                (stored.path, False)
            ]


def _is_special(stored: StoredPath, path: str, listings: FolderListings) -> bool:
    place = resolved(path, stored.library)
    return listings.is_special(place.parent, place.name)


def _members(stored: StoredPath, listings: FolderListings) -> list[str]:
    """The paths of what is there of a sequence, a pattern or a folder's patterns."""
    place = resolved(stored.path, stored.library)
    if stored.spread is Spread.FOLDER:
        members: list[str] = []
        for pattern in stored.names:
            below, name = posixpath.split(pattern)
            matching = sorted(fnmatch.filter(listings.names(place / below), name))
            members.extend(posixpath.join(below, one) for one in matching)
        return stored.below(members)
    present = listings.names(place.parent)
    if stored.spread is Spread.PATTERN:
        return stored.beside(sorted(fnmatch.filter(present, stored.name)))
    numbered = NumberedName.read(stored.name)
    return stored.beside(present & {stored.name} if numbered is None else numbered.members(present))


def frames_lacking(
    stored: StoredPath, frames: Iterable[int], listings: FolderListings
) -> list[str]:
    """Patterns of the files of a baked cache that are read in these frames and are not there."""
    numbers = list(frames)
    patterns: list[str] = []
    for each in stored.frame_files:
        below, head = posixpath.split(each.head)
        names = listings.names(resolved(stored.path, stored.library) / below)
        lacking = each._replace(head=head).lacking(names, numbers)
        patterns.extend(posixpath.join(below, pattern) for pattern in lacking)
    return stored.below(patterns)


def resolved(path: str, library: bpy.types.Library | None) -> Path:
    """Where a stored path leads on this machine.

    Absolute, but for a path with a drive letter on a system that has none, which leads nowhere
    and is kept as it is.
    """
    if path.startswith("//"):
        home = bpy.data.filepath if library is None else resolved(library.filepath, None)
        return Path(os.path.abspath(os.path.join(os.path.dirname(home), _slashed(path[2:]))))
    if ntpath.splitdrive(path)[0] or os.path.isabs(path):
        return Path(path)
    return Path(os.path.abspath(path))


def key(path: str, library: bpy.types.Library | None) -> str:
    """What names the file in a fingerprint: the same wherever the project's folder is moved to.

    A ``//`` path becomes relative to the folder of the open .blend, also where a library stores
    it (libraries' own paths are kept by Blender relative to the open .blend, however deep they
    are linked). Any other path stays as it is stored.
    """
    if not path.startswith("//"):
        return path
    home = "" if library is None else posixpath.dirname(_slashed(key(library.filepath, None)))
    return posixpath.normpath(posixpath.join(home, _slashed(path[2:])))


def owner_name(data_block: bpy.types.ID) -> str:
    """A data-block as people call it: its kind and its name, such as ``movie clip "take"``."""
    struct: Any = data_block.bl_rna
    kind = re.sub("(?<=[a-z])(?=[A-Z])", " ", struct.identifier).lower()
    return f'{kind} "{data_block.name_full}"'


def _slashed(path: str) -> str:
    return path.replace("\\", "/")


def _name_start(path: str) -> int:
    return max(path.rfind("/"), path.rfind("\\")) + 1
