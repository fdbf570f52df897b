"""Folders of a user or a studio that Blender reads in the place of those that it ships.

It looks for colors, fonts and lights of the viewport in the user's data files, then where the
variable BLENDER_SYSTEM_DATAFILES says, then where it was installed: the first folder is taken.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from ..publishing.fingerprint import (
    combined,
    sample_digest,
)

SYSTEM_VARIABLES = ("BLENDER_SYSTEM_DATAFILES", "BLENDER_SYSTEM_RESOURCES")
MOST_FILES = 4096


def data_folder(name: str) -> str:
    """Where Blender has its data files of this name from."""
    utilities: Any = bpy.utils
    users = utilities.user_resource("DATAFILES", path=name)
    if users and os.path.isdir(users):
        return str(users)
    return str(utilities.system_resource("DATAFILES", path=name))


def is_shipped(name: str) -> bool:
    """Whether that is the folder which came with this Blender."""
    utilities: Any = bpy.utils
    is_system_s = data_folder(name) == utilities.system_resource("DATAFILES", path=name)
    return is_system_s and not any(os.environ.get(each) for each in SYSTEM_VARIABLES)


def data_digest(name: str) -> str:
    """The same for the same files, wherever they lie. One that can't be read has none."""
    return combined(_digests(Path(data_folder(name))))


def _digests(home: Path) -> Iterator[tuple[str, str]]:
    every = sorted(Path(folder, name) for folder, _, names in os.walk(home) for name in names)
    for path in every[:MOST_FILES]:
        try:
            yield path.relative_to(home).as_posix(), sample_digest(path)
        except OSError:
            continue
