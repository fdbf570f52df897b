"""Every path to a file outside the .blend that the data-blocks of the open .blend store."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from ..blender_versions.files import CAMERA_SCRIPT, is_packed, open_project, script_of
from ..blender_versions.geometry_nodes import samples_sounds
from ..blender_versions.sequencer import all_strips, shown_strips
from ..color_config import color_config
from ..ocio_files import lookup_tables
from ..project import project_file
from .cache_paths import cache_paths
from .import_nodes import import_paths
from .named_paths import named_paths
from .numbered_names import tile_name
from .stereo_names import names_of_other_views
from .stored_path import Spread, StoredPath, owner_name, resolved
from .texture_cache import texture_cache_paths

FILE_SOURCES = frozenset({"FILE", "MOVIE", "SEQUENCE", "TILED"})
BUILT_IN_FONT = "<builtin>"


def stored_paths() -> list[StoredPath]:
    """The paths of all data-blocks, used or not, linked ones too.

    Packed files and what Blender itself ships are left out. Most kinds of data-blocks are read
    one by one, as that tells whose path it is and which files it stands for; Blender's own list
    (bpy.utils.blend_paths) adds what that leaves.
    """
    # The order decides whose a file is that several ask for, and so what the fingerprint says.
    known = [
        *texture_cache_paths(_images()),
        *_images(),
        *_fonts_sounds_texts(),
        *_clips_volumes_caches(),
        *_libraries(),
        *_nodes_and_cameras(),
        *import_paths(),
        *_strips(),
        *cache_paths(),
        *_of_project(),
    ]
    known += [named for stored in known for named in named_paths(stored)]
    utilities: Any = bpy.utils
    data_files = utilities.system_resource("DATAFILES")
    # Where Blender was reached through a link, its paths have either name.
    bundled = {data_files, os.path.realpath(data_files)}
    paths = [
        stored
        for stored in itertools.chain(known, _unclaimed(known))
        if not any(map(resolved(stored.path, stored.library).is_relative_to, bundled))
    ]
    return [stored for stored in paths if stored.spread is not Spread.NOTHING]


def _own(data_block: Any, spread: Spread = Spread.ONE, **details: Any) -> StoredPath:
    """What a data-block stores in its `filepath`."""
    owner = owner_name(data_block)
    return StoredPath(
        data_block,
        owner,
        data_block.filepath,
        data_block.library,
        spread,
        holder=data_block,
        **details,
    )


def _images() -> Iterator[StoredPath]:
    for image in bpy.data.images:
        if not image.filepath or image.packed_files or image.source not in FILE_SOURCES:
            continue
        stored = _own(image, Spread.SEQUENCE if image.source == "SEQUENCE" else Spread.ONE)
        if image.source == "TILED":
            tiles = tuple(tile_name(stored.name, tile.number) for tile in image.tiles)
            stored = _own(image, Spread.NAMED, names=tiles)
        stored = stored._replace(attribute="filepath_raw")  # by which nothing is loaded anew
        yield stored
        for (other,) in names_of_other_views(image, (stored.name,)):
            yield stored._replace(path=stored.beside([other])[0])


def _fonts_sounds_texts() -> Iterator[StoredPath]:
    for font in bpy.data.fonts:
        if not font.packed_file and font.filepath not in {"", BUILT_IN_FONT}:
            yield _own(font)
    is_sampled = samples_sounds(node for tree in bpy.data.node_groups for node in tree.nodes)
    for sound in bpy.data.sounds:
        if sound.filepath and not sound.packed_file:
            yield _own(sound, decides_pixels=is_sampled)
    for text in bpy.data.texts:
        if text.filepath:
            yield _own(text, decides_pixels=False)


def _clips_volumes_caches() -> Iterator[StoredPath]:
    for clip in bpy.data.movieclips:
        if clip.filepath:
            yield _own(clip, Spread.SEQUENCE if clip.source == "SEQUENCE" else Spread.ONE)
    for volume in bpy.data.volumes:
        if volume.filepath and not volume.packed_file:
            yield _own(volume, Spread.SEQUENCE if volume.is_sequence else Spread.ONE)
    for cache in bpy.data.cache_files:
        if cache.filepath:
            yield _own(cache, Spread.SEQUENCE if cache.is_sequence else Spread.ONE)
        for layer in cache.layers:
            yield StoredPath(cache, owner_name(cache), layer.filepath, cache.library, holder=layer)


def _libraries() -> Iterator[StoredPath]:
    for library in bpy.data.libraries:
        read = Spread.NOTHING if is_packed(library) else Spread.ONE
        owner = f'library "{library.name}"'
        yield StoredPath(library, owner, library.filepath, None, read, holder=library)


def _nodes_and_cameras() -> Iterator[StoredPath]:
    """Nodes that read a script or a light's IES file, and cameras that are OSL scripts."""
    owners = itertools.chain[Any](bpy.data.materials, bpy.data.worlds, bpy.data.lights)
    trees = [(owner, owner.node_tree) for owner in owners if owner.node_tree is not None]
    trees += [(group, group) for group in bpy.data.node_groups]
    for data_block, node in ((each, node) for each, tree in trees for node in tree.nodes):
        is_reader = node.bl_idname in {"ShaderNodeScript", "ShaderNodeTexIES"}
        if is_reader and node.mode == "EXTERNAL" and node.filepath:
            owner = f'node "{node.name}" of {owner_name(data_block)}'
            yield StoredPath(data_block, owner, node.filepath, data_block.library, holder=node)
    for camera in bpy.data.cameras:
        if path := script_of(camera):
            yield StoredPath(
                camera,
                owner_name(camera),
                path,
                camera.library,
                holder=camera,
                attribute=CAMERA_SCRIPT,
            )


def _strips() -> Iterator[StoredPath]:
    for scene in bpy.data.scenes:
        shown = {strip.name for strip in shown_strips(scene)}
        for strip in all_strips(scene):
            is_shown = strip.name in shown
            if strip.type == "IMAGE" and strip.elements:
                names = tuple(element.filename for element in strip.elements)
                folder = strip.directory if strip.directory.endswith("/") else strip.directory + "/"
                for each in (names, *names_of_other_views(strip, names)):
                    yield _strip(scene, strip, is_shown, folder + each[0], Spread.NAMED, each)
            elif strip.type == "MOVIE" and strip.filepath:
                movie = _strip(scene, strip, is_shown, strip.filepath)
                yield movie
                for (other,) in names_of_other_views(strip, (movie.name,)):
                    yield movie._replace(path=movie.beside([other])[0])


def _strip(
    scene: bpy.types.Scene,
    strip: Any,
    is_shown: bool,
    path: str,
    spread: Spread = Spread.ONE,
    names: tuple[str, ...] = (),
) -> StoredPath:
    owner = f'strip "{strip.name}" of {owner_name(scene)}'
    frames = range(int(strip.frame_final_start), int(strip.frame_final_end))
    return StoredPath(
        scene,
        owner,
        path,
        scene.library,
        spread,
        names,
        is_shown,
        frames,
        holder=strip,
        attribute="directory" if names else "filepath",
    )


def _of_project() -> Iterator[StoredPath]:
    """The file of the project (Blender 5.3), and the colors that it names with their tables."""
    project = open_project()
    if project is None:
        return
    owner = f'project "{project.name}"'
    yield StoredPath(None, owner, project_file(), None)
    config = color_config()
    if config.is_the_project_s and os.path.isabs(config.path):
        tables = [str(table) for _, table in lookup_tables(Path(config.path))]
        for path in (config.path, *tables):
            yield StoredPath(None, owner, bpy.path.relpath(path), None)


def _unclaimed(known: list[StoredPath]) -> Iterator[StoredPath]:
    """What Blender lists and nothing above has found: its owner isn't known, nor its library."""
    claimed = {
        os.path.normpath(resolved(path, stored.library))
        for stored in known
        for names in (stored.names if stored.spread is Spread.NAMED else (),)
        for path in (stored.path, *stored.beside(names))
    }
    raw = bpy.utils.blend_paths(absolute=False, packed=False, local=False)
    absolute = bpy.utils.blend_paths(absolute=True, packed=False, local=False)
    for stored, path in zip(raw, absolute, strict=True):
        if stored and os.path.normpath(resolved(path, None)) not in claimed:
            from_here = bpy.path.relpath(path) if stored.startswith("//") else stored
            yield StoredPath(None, "this .blend", from_here, None, decides_pixels=False)
