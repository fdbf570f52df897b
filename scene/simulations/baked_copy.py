"""Keeping the caches of a .blend within reach of its copy under another name, or in another folder.

Blender remaps the relative paths of images, libraries and the like when it saves elsewhere; not
those of bakes. A disk cache of physics has no path at all: it is looked for in a folder that is
called after the .blend.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import bpy

from ...chunking.errors import OutputFailed
from ...chunking.regular_files import open_regular
from ..files.stored_path import resolved


def _physics_folder(blend: Path) -> Path:
    """Where Blender keeps the disk caches of physics of this .blend."""
    return blend.parent / f"blendcache_{blend.stem}"


class CacheFolder(NamedTuple):
    """A property that names a folder of caches, and where it led when it was read."""

    owner: Any
    name: str
    led_to: Path

    def lead_there(self, old_caches: Path, new_caches: Path) -> None:
        """Have it lead to the same place, or to what was copied from the old to the new folder."""
        target = self.led_to
        if target.is_relative_to(old_caches):
            target = new_caches / target.relative_to(old_caches)
        if resolved(getattr(self.owner, self.name), None) != target:
            setattr(self.owner, self.name, bpy.path.relpath(os.fspath(target)))


def _cache_properties() -> Iterator[tuple[Any, str]]:
    """The properties that name a folder of caches, of objects that are the file's own."""
    for item in bpy.data.objects:
        if item.library is not None:
            continue
        for modifier in item.modifiers:
            match modifier.type:
                case "NODES":
                    yield modifier, "bake_directory"
                    yield from ((bake, "directory") for bake in modifier.bakes)
                case "FLUID" if modifier.fluid_type == "DOMAIN":
                    yield modifier.domain_settings, "cache_directory"
                case "OCEAN":
                    yield modifier, "filepath"


def copy_caches(old: Path, new: Path) -> None:
    """Copy all files; a link in the place of one is replaced, one in that of a folder refused."""
    for home, _, names in os.walk(old):
        folder = new / Path(home).relative_to(old)
        if folder.is_symlink():
            raise OSError(errno.ELOOP, f"{str(folder)!r} is a link")
        folder.mkdir(exist_ok=True)
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                (folder / name).unlink()
            with open_regular(Path(home, name)) as source, (folder / name).open("xb") as target:
                shutil.copyfileobj(source, target)
            shutil.copystat(Path(home, name), folder / name)


def save_copy(copy: Path) -> None:
    """Have the copy be the open file, with all that the original reaches within its reach.

    Raises OutputFailed where it can't be written.
    """
    original = Path(bpy.data.filepath)
    old, new = _physics_folder(original), _physics_folder(copy)
    folders = [
        CacheFolder(owner, name, resolved(path, None))
        for owner, name in _cache_properties()
        if (path := getattr(owner, name)).startswith("//")
    ]
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        if old.is_dir() and old != new:
            copy_caches(old, new)
    except OSError as error:
        raise OutputFailed(
            f"The caches can't be copied to {str(new)!r}: {error.strerror or error}. Name another "
            "place by --bake-file.",
            error.errno,
        ) from error
    save_file(copy)
    for folder in folders:
        folder.lead_there(old, new)


def save_file(path: Path) -> None:
    """Save the open file there, as which it is open from then on. Raises OutputFailed."""
    try:
        bpy.ops.wm.save_as_mainfile(filepath=os.fspath(path), check_existing=False)
    except RuntimeError as error:
        raise OutputFailed(
            f"Blender can't write {str(path)!r}: {str(error).removeprefix('Error: ').strip()} "
            "Name another place by --bake-file."
        ) from None
