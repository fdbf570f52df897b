"""Keeping the caches of a .blend within reach of its copy under another name, or in another folder.

Blender remaps the relative paths of images, libraries and the like when it saves elsewhere; not
those of bakes. A disk cache of physics has no path at all: it is looked for in a folder that is
called after the .blend.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..stored_path import resolved


def cache_folder(blend: Path) -> Path:
    """Where Blender keeps the disk caches of this .blend."""
    return blend.parent / f"blendcache_{blend.stem}"


@dataclass(frozen=True)
class CachePath:
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


def cache_paths() -> list[CachePath]:
    """The relative ones of all objects that are the file's own."""
    return [
        CachePath(owner, name, resolved(path, None))
        for owner, name in _owners()
        if (path := getattr(owner, name)).startswith("//")
    ]


def _owners() -> Iterator[tuple[Any, str]]:
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
    """Copy what is baked to disk already. Raises OSError."""
    if old.is_dir() and old != new:
        shutil.copytree(old, new, dirs_exist_ok=True)
