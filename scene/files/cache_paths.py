"""Where objects and scenes keep caches that were baked to disk.

A cache that isn't baked is no input: the render itself may write it. So it is not looked into,
or a frame's fingerprint would depend on which frames were rendered before it.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import bpy

from ..project import seen_from_here
from .numbered_names import FrameFiles
from .stored_path import Spread, StoredPath, owner_name, resolved

CACHING_MODIFIERS = frozenset(
    {"CLOTH", "DYNAMIC_PAINT", "FLUID", "MESH_CACHE", "MULTIRES", "NODES", "OCEAN", "SOFT_BODY"}
)
FLUID_FILES = ("config/*", "data/*", "guiding/*", "mesh/*", "noise/*", "particles/*")
"""What Mantaflow writes into a domain's cache folder."""
OCEAN_FILES = ("disp_*", "foam_*", "normal_*", "spray_*", "spray_inverse_*")
BAKE_FILES = ("meta/*.json", "blobs/*")
"""A blob is of the suffix .blob or, where it holds a volume, .vdb."""
BAKE_FRAMES = (FrameFiles("meta/", 5, "_00000.json", None),)
"""Which frames were baked is known by the files alone: the scene's may have been others."""


def cache_paths() -> Iterator[StoredPath]:
    """The disk caches and cache files of all objects, and of the scenes' rigid body worlds."""
    for item in bpy.data.objects:
        for modifier in item.modifiers:
            if modifier.type in CACHING_MODIFIERS:
                owner = f'modifier "{modifier.name}" of {owner_name(item)}'
                yield from _modifier(item, modifier, owner)
        for system in item.particle_systems:
            owner = f'particle system "{system.name}" of {owner_name(item)}'
            yield from _point_cache(item, system.point_cache, owner)
    for scene in bpy.data.scenes:
        if scene.rigidbody_world is not None:
            owner = f"rigid body world of {owner_name(scene)}"
            yield from _point_cache(scene, scene.rigidbody_world.point_cache, owner)


def _modifier(item: bpy.types.Object, modifier: Any, owner: str) -> Iterator[StoredPath]:
    match modifier.type:
        case "MESH_CACHE" | "MULTIRES" if modifier.filepath:
            yield StoredPath(
                item,
                owner,
                modifier.filepath,
                item.library,
                decides_pixels=modifier.show_render,
                holder=modifier,
            )
        case "OCEAN" if modifier.is_cached:
            baked = range(modifier.frame_start, modifier.frame_end + 1)
            each = FrameFiles("disp_", 4, ".*", baked)
            stored = _folder(item, owner, modifier.filepath, OCEAN_FILES)
            yield stored._replace(frame_files=(each,), holder=modifier)
        case "OCEAN":
            yield _folder(item, owner, modifier.filepath, ())
        case "FLUID" if modifier.fluid_type == "DOMAIN":
            yield _fluid(item, modifier.domain_settings, owner)
        case "CLOTH" | "SOFT_BODY":
            yield from _point_cache(item, modifier.point_cache, owner)
        case "DYNAMIC_PAINT" if modifier.canvas_settings is not None:
            for surface in modifier.canvas_settings.canvas_surfaces:
                yield from _point_cache(item, surface.point_cache, owner)
        case "NODES":
            yield from _node_bakes(item, modifier, owner)


def _folder(item: bpy.types.ID, owner: str, path: str, names: tuple[str, ...]) -> StoredPath:
    spread = Spread.FOLDER if names else Spread.NOTHING
    return StoredPath(item, owner, path, item.library, spread, names)


def _fluid(item: bpy.types.Object, domain: Any, owner: str) -> StoredPath:
    """A domain of the type Replay writes its cache while frames are rendered."""
    if domain.cache_type == "REPLAY" or not domain.has_cache_baked_any:
        return _folder(item, owner, domain.cache_directory, ())
    stored = _folder(item, owner, domain.cache_directory, FLUID_FILES)._replace(
        holder=domain,
        attribute="cache_directory",
    )
    if domain.cache_frame_offset:
        return stored
    # What is drawn: the mesh of a liquid that has one, else its particles; smoke, or its noise.
    kind = "data"
    if domain.domain_type == "GAS" and domain.use_noise and domain.has_cache_baked_noise:
        kind = "noise"
    elif domain.domain_type == "LIQUID" and domain.use_mesh and domain.has_cache_baked_mesh:
        kind = "mesh"
    baked = range(domain.cache_frame_start, domain.cache_frame_end + 1)
    each = FrameFiles(f"{kind}/fluid_{kind}_", 4, ".*", baked)
    return stored._replace(frame_files=(each,))


def _point_cache(item: bpy.types.ID, cache: Any, owner: str) -> Iterator[StoredPath]:
    """Its files are called by the cache's name, or else by the owner's in hexadecimal digits.

    From ``ptcache_path`` and ``ptcache_filename`` in Blender's source.
    """
    name = cache.name or item.name.encode().hex().upper()
    names = (f"{glob.escape(name)}_*",)
    steps = range(cache.frame_start, cache.frame_end + 1, cache.frame_step)
    baked = None if cache.use_external else steps  # of those of others only the files tell
    files = (FrameFiles(f"{glob.escape(name)}_", 6, "_*", baked),)
    if cache.use_external:
        yield StoredPath(
            item,
            owner,
            cache.filepath,
            item.library,
            Spread.FOLDER,
            names,
            frame_files=files,
            holder=cache,
        )
    elif cache.use_disk_cache and cache.is_baked:
        library = item.library if cache.use_library_path else None
        home = bpy.data.filepath if library is None else library.filepath
        folder = f"//blendcache_{PurePosixPath(home.replace(os.sep, '/')).stem}"
        yield StoredPath(item, owner, folder, library, Spread.FOLDER, names, frame_files=files)


def _node_bakes(item: bpy.types.Object, modifier: Any, owner: str) -> Iterator[StoredPath]:
    """A bake that isn't there was never made, or is inside the .blend (Blender 4.3 and later)."""
    if modifier.bake_directory:  # Blender itself lists it from 5.2 on; the bakes are below it
        yield _folder(item, owner, modifier.bake_directory, ())
    for bake in modifier.bakes:
        holder, attribute = modifier, "bake_directory"
        if bake.use_custom_path:
            holder, attribute = bake, "directory"
        path = getattr(holder, attribute)
        if not path:
            continue
        if not bake.use_custom_path:
            path = f"{path.rstrip('/')}/{bake.bake_id}"
        from_here = seen_from_here(path)
        library = item.library if from_here == path else None
        if os.path.isdir(resolved(from_here, library)):
            stored = StoredPath(item, owner, from_here, library, Spread.FOLDER, BAKE_FILES)
            yield stored._replace(frame_files=BAKE_FRAMES, holder=holder, attribute=attribute)
