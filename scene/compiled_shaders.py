"""Shaders of the Open Shading Language outside the .blend, and what lies beside them, compiled.

Cycles reads `paint.oso` in place of `paint.osl` where the one is not older than the other
(`OSLShaderManager::shader_load_filepath` in intern/cycles/scene/osl.cpp), whatever it holds: after
a copy, which gives both the time of the copy, the shader may be that of an earlier text. And where
it is cut off, the picture lacks the shader.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import bpy

from .blender_versions.builds import compiled_shader
from .blender_versions.render import CYCLES
from .files.data_block_paths import stored_paths
from .files.stored_path import StoredPath, resolved
from .files.used_by_render import is_used
from .render_reach import reach_of_render
from .rendered_scenes import rendered_scenes
from .restoring import Restorer

SOURCE, COMPILED = ".osl", ".oso"

WRITING_SECONDS = 2.0
"""So long another child may be at writing it, which compiles the same text at this moment."""
LOOK_SECONDS = 0.1

_OF_PLACE = re.compile(rb'^#.*$|%filename\{"[^"]*"\}|%line\{\d+\}', re.MULTILINE)
"""What depends on where a shader was compiled, and by which build."""


def stale_shaders(scene: bpy.types.Scene) -> Iterator[StoredPath]:
    """Shaders in the picture that Cycles would not take from their text as it is now."""
    for stored, source in _shaders(scene):
        if _is_stale(source):
            yield stored


def compile_in_memory(restorer: Restorer, scene: bpy.types.Scene) -> None:
    """Hand over compiled what Cycles would compile itself, and write beside the artist's text.

    It takes what a node has compiled before it looks for files (`add_node` in
    intern/cycles/blender/shader.cpp, for a ShaderNodeScript). What can't be compiled is left to
    Cycles, which says why.
    """
    for stored, source in _shaders(scene):
        if _is_taken(source.with_suffix(COMPILED), source):
            continue
        made = compiled_shader(source)
        if made is not None:
            restorer.set(stored.holder, "bytecode", made.decode())
            restorer.set(stored.holder, "bytecode_hash", hashlib.md5(made).hexdigest())


def _shaders(scene: bpy.types.Scene) -> Iterator[tuple[StoredPath, Path]]:
    """The texts of shaders in the picture, where some scene of it is rendered with them."""
    cycles = [each for each in rendered_scenes(scene) if each.render.engine == CYCLES]
    sources = [each for each in stored_paths() if each.name.endswith(SOURCE)]
    if not sources or not any(each.cycles.shading_system for each in cycles):
        return
    reach = reach_of_render(scene)
    for stored in sources:
        if is_used(stored, reach, ()):
            yield stored, resolved(stored.path, stored.library)


def _is_stale(source: Path) -> bool:
    """Whether what lies beside it would be taken for it, and is not what is compiled of it."""
    compiled = source.with_suffix(COMPILED)
    if not _is_taken(compiled, source) or (made := compiled_shader(source)) is None:
        return False
    until = time.monotonic() + WRITING_SECONDS
    while not _are_alike(compiled, made):
        if time.monotonic() > until:
            return True
        time.sleep(LOOK_SECONDS)  # nobody says when another machine has written it
    return False


def _is_taken(compiled: Path, source: Path) -> bool:
    # Cycles knows whole seconds (`path_modified_time` in intern/cycles/util/path.cpp).
    try:
        return int(compiled.stat().st_mtime) >= int(source.stat().st_mtime)
    except OSError:
        return False


def _are_alike(compiled: Path, made: bytes) -> bool:
    try:
        shaders = (compiled.read_bytes(), made)
    except OSError:  # it is removed, or can't be read by Cycles either
        return True
    one, other = (_OF_PLACE.sub(b"", shader).split() for shader in shaders)
    return one == other
