"""The files of Blender's texture cache (5.2 and later) that stand for the textures.

Cycles reads them in the place of a texture, tile by tile and in the resolution that it needs, so
the pixels are not those of the texture itself.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Any

import bpy

from ..blender_versions.render import texture_cache_switches
from ..restoring import Restorer
from .stored_path import FolderListings, Spread, StoredPath, files_of, resolved

FOLDER = "blender_tx"
"""Beside each texture, where the preferences name no other folder."""


def is_known() -> bool:
    """Whether this Blender has a texture cache."""
    return bool(texture_cache_switches())


def choose(restorer: Restorer, reads: bool) -> None:
    """Have all scenes read it, or none of them."""
    for scene in bpy.data.scenes:
        for name in texture_cache_switches():
            if getattr(scene.render, name) != reads:
                restorer.set(scene.render, name, reads)


def texture_cache_paths(images: Iterable[StoredPath]) -> Iterator[StoredPath]:
    """For each image whose cache is there the files of it, if a scene reads them.

    A file is called by its texture's name, a number, and a digest of the color space and the
    path: ``wood.png.0-926B….tx``.
    """
    switches = texture_cache_switches()
    if not any(getattr(one.render, name) for one in bpy.data.scenes for name in switches):
        return
    listings = FolderListings()
    for image in images:
        folder = _folder(image)
        textures = {posixpath.basename(path) for path, _ in files_of(image, listings)}
        present = sorted(
            name
            for name in listings.names(resolved(folder, image.library))
            if name.endswith(".tx") and name.rsplit(".", 2)[0] in textures
        )
        if present:
            yield StoredPath(
                image.data_block,
                f"texture cache of {image.owner}",
                f"{folder}/{present[0]}",
                image.library,
                Spread.NAMED,
                tuple(present),
                holder=image.holder,
                attribute=image.attribute,
            )


def _folder(image: StoredPath) -> str:
    """Written as the image's own path is, unless the preferences name an absolute one."""
    preferences: Any = bpy.context.preferences
    folder = preferences.filepaths.texture_cache_directory or FOLDER
    if posixpath.isabs(folder):
        return str(folder).rstrip("/")
    return image.beside([str(folder).strip("/")])[0]
