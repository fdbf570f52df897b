"""Pure: where each file of a project goes at its destination, and by which path it is found there.

What lies in the project's root, or below, keeps its place. Everything else goes below one folder by
its whole path: so each file has one place, whatever else is sent with it, two files never have the
same, and what lay side by side still does, so that a file which names another one beside it (a
layer, an include, a lookup table) finds it without being changed.

Places are relative to the destination and written as on POSIX. Paths are PurePaths of the system
that the project lies on.
"""

from __future__ import annotations

import itertools
import ntpath
import os
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath, PureWindowsPath

ELSEWHERE = "elsewhere"
"""The folder of what does not lie in the root."""
PRIVATE = ".array_chunk_project"
"""The folder of what the sending itself keeps at the destination."""
MANIFESTS = f"{PRIVATE}/sent"


@dataclass(frozen=True)
class Layout:
    """The places of a project's files. `root` is absolute."""

    root: PurePath
    elsewhere: str = ELSEWHERE

    @classmethod
    def of(cls, root: PurePath, paths: Iterable[PurePath]) -> Layout:
        """A layout in which nothing of the root itself comes to lie among what is elsewhere."""
        plain = cls(root)
        places = (plain.place(path) for path in paths if plain.is_below(path))
        taken = {place.partition("/")[0].casefold() for place in places}
        names = (ELSEWHERE, *(f"{ELSEWHERE}_{number}" for number in range(2, len(taken) + 3)))
        return cls(root, next(name for name in names if name not in taken))

    def is_below(self, path: PurePath) -> bool:
        """Whether a file keeps its place."""
        return _normal(path).is_relative_to(self.root)

    def place(self, path: PurePath) -> str:
        """Where a file or a folder goes; the root itself goes to the place `.`."""
        path = _normal(path)
        if path.is_relative_to(self.root):
            return path.relative_to(self.root).as_posix()
        parts = path.parts[1:] if path.anchor else path.parts
        return posixpath.join(self.elsewhere, *_anchor_names(path), *parts)

    def path_from(self, blend: str, path: PurePath) -> str:
        """What the .blend whose place is `blend` has to store, to reach there what is at `path`."""
        folder = posixpath.dirname(blend)
        # As absolute ones: else it would ask for the current folder.
        return "//" + posixpath.relpath("/" + self.place(path), "/" + folder)

    def leads_to(self, blend: str, stored: str) -> str:
        """The place that a path leads to which the .blend at `blend` stores; empty: none for sure.

        An absolute path leads anywhere but to a place of the project.
        """
        if not stored.startswith("//"):
            return ""
        below = stored[2:].replace("\\", "/")
        return posixpath.normpath(posixpath.join(posixpath.dirname(blend), below))

    def is_kept(self, blend: str, stored: str, path: PurePath) -> bool:
        """Whether what the .blend at `blend` stores, and here leads to `path`, does so there."""
        return self.leads_to(blend, stored) == self.place(path)


def is_place(text: str) -> bool:
    """Whether a text that others wrote is the place of a file: below, and not of our own folder."""
    parts = text.split("/")
    is_odd = "\0" in text or any(part in ("", ".", "..") for part in parts)
    # `:` and `\` are nothing special in names of POSIX; on Windows nothing else is to be let in.
    is_odd = is_odd or (os.name == "nt" and bool(ntpath.splitdrive(text)[0] or "\\" in text))
    return not is_odd and parts[0] != PRIVATE


def shared(places: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Of pairs of a file and its place the places that several files have, with those files."""
    by_place = itertools.groupby(sorted(places, key=lambda pair: pair[1]), lambda pair: pair[1])
    files = {place: sorted({file for file, _ in pairs}) for place, pairs in by_place}
    return {place: those for place, those in files.items() if len(those) > 1}


def _normal(path: PurePath) -> PurePath:
    flavour = ntpath if isinstance(path, PureWindowsPath) else posixpath
    return type(path)(flavour.normpath(path))


def _anchor_names(path: PurePath) -> list[str]:
    r"""Folders for what stands before the names: of `C:\` a drive's, of `\\host\share\` two."""
    drive = path.drive.replace("\\", "/").strip("/?.")
    if drive.endswith(":"):
        return [f"drive_{drive[0]}"]
    host, *share = [each for each in drive.split("/") if each] or [""]
    return [f"host_{host}", *share] if host else []
