"""All files outside the .blend that the open .blend depends on."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import bpy

from ..chunking.regular_files import special_kind
from .files.data_block_paths import stored_paths
from .files.stored_path import FolderListings, files_of, key, resolved


class ExternalFile(NamedTuple):
    """A file that the open .blend depends on.

    `key` is the file's name in a fingerprint (see `stored_path.key`), `kind` is "library" or
    "file", `owner` the data-block that asks for it (the first one, where several do). A sequence
    or cache of which nothing is there is one entry, with the path that is stored.
    """

    path: Path
    key: str
    kind: str
    owner: str
    exists: bool


def external_files() -> list[ExternalFile]:
    """The files that the open .blend's data-blocks ask for, used or not, each once, by key.

    Sequences, UDIM tiles and baked caches are expanded to their files; a USD file's layers and an
    OSL script's includes are among them.
    """
    listings = FolderListings()
    files: dict[str, ExternalFile] = {}
    for stored in stored_paths():
        kind = "library" if isinstance(stored.data_block, bpy.types.Library) else "file"
        for path, exists in files_of(stored, listings):
            file_key = key(path, stored.library)
            place = resolved(path, stored.library)
            files.setdefault(file_key, ExternalFile(place, file_key, kind, stored.owner, exists))
    return [files[file_key] for file_key in sorted(files)]


def wanted_by(places: Iterable[Path]) -> dict[Path, str]:
    """For each pipe or device who asks for it and how, such as `library "props.blend" wants …`.

    A place that no data-block is known to ask for is the .blend's.
    """
    wishes: dict[tuple[int, int], str] = {}
    listings = FolderListings()
    for stored in stored_paths():
        for path, _ in files_of(stored, listings):
            place = resolved(path, stored.library)
            if special_kind(place):
                wishes[_identity(place)] = f"{stored.owner} wants {path}"
    return {place: wishes.get(_identity(place), f"the .blend wants {place}") for place in places}


def _identity(place: Path) -> tuple[int, int]:
    """What tells one file from all others, by whatever name it is reached."""
    try:
        there = os.stat(place)
    except OSError:  # it has been removed since
        return 0, 0
    return there.st_dev, there.st_ino
