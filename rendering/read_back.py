"""The settings of a scene that decide the pixels, read back after everything was set.

The .blend's own bytes tell most of it; these tell what the command line (`-E`), another script
or the settings of this extension changed after the file was opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from ..blender_versions.compositing import nodes_switch
from ..blender_versions.render import EEVEE

NOT_PIXELS = frozenset(
    {
        "rna_type",
        "name",
        # where it is written, and how the writing is guarded
        "filepath",
        "file_extension",
        "use_overwrite",
        "use_placeholder",
        "use_file_extension",
        "is_movie_format",
        # how fast it is made
        "threads",
        "threads_mode",
        "use_persistent_data",
        "use_lock_interface",
        "device",
        "use_auto_tile",
        "tile_size",
        # what only the viewport shows
        "preview_pixel_size",
        "preview_start_resolution",
        "use_sequencer_override_scene_strip",
        "sequencer_gl_preview",
    }
)
SIMPLE_TYPES = frozenset({"BOOLEAN", "INT", "FLOAT", "STRING", "ENUM"})


def settings_of(scene: bpy.types.Scene) -> dict[str, str]:
    """Every setting that decides the pixels, by its path from the scene."""
    found = {"scene.camera": scene.camera.name if scene.camera else "none"}
    for path, owner in _owners(scene):
        for name in _simple_properties(owner):
            found[f"{path}.{name}"] = _text(getattr(owner, name))
    if (switch := nodes_switch(scene)) is not None:
        found["scene.use_nodes"] = str(switch)
    for layer in scene.view_layers:
        found[f"view layer {layer.name!r}"] = "on" if layer.use else "off"
    return found


def _owners(scene: bpy.types.Scene) -> Iterator[tuple[str, Any]]:
    render = scene.render
    yield "scene.render", render
    yield "scene.render.image_settings", render.image_settings
    yield "scene.render.image_settings.view_settings", render.image_settings.view_settings
    yield "scene.render.image_settings.display_settings", render.image_settings.display_settings
    yield "scene.view_settings", scene.view_settings
    yield "scene.display_settings", scene.display_settings
    if render.engine == "CYCLES":
        yield "scene.cycles", scene.cycles
    elif render.engine in EEVEE:
        yield "scene.eevee", scene.eevee
    for view in render.views:
        yield f"view {view.name!r}", view


def _simple_properties(owner: Any) -> Iterator[str]:
    for each in owner.bl_rna.properties:
        name = each.identifier
        hidden = name in NOT_PIXELS or name.startswith(("preview_", "debug_", "bake_", "use_bake"))
        if each.type in SIMPLE_TYPES and not hidden:
            yield name


def _text(value: Any) -> str:
    if isinstance(value, set | frozenset):
        return repr(sorted(value))
    if hasattr(value, "__len__") and not isinstance(value, str):
        return repr(tuple(value))
    return repr(value) if isinstance(value, float) else str(value)
