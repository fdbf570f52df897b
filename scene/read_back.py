"""The settings of a scene that decide the pixels, read back after everything was set.

The .blend's own bytes tell most of it; these tell what the command line (`-E`), another script
or the settings of this extension changed after the file was opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from ..publishing.fingerprint import combined
from .blender_versions.compositing import nodes_switch
from .blender_versions.render import CYCLES, EEVEE

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
IMAGE_PARTS = ("view_settings", "display_settings", "stereo_3d_format")
SIMPLE_TYPES = frozenset({"BOOLEAN", "INT", "FLOAT", "STRING", "ENUM"})


def settings_of(scene: bpy.types.Scene) -> dict[str, str]:
    """Every setting that decides the pixels, by its path from the scene."""
    settings = {"scene.camera": scene.camera.name if scene.camera else "none"}
    for path, owner in _owners(scene):
        settings.update(_values(path, owner))
    if (switch := nodes_switch(scene)) is not None:
        settings["scene.use_nodes"] = str(switch)
    for layer in scene.view_layers:
        settings[f"view layer {layer.name!r}"] = "on" if layer.use else "off"
        # One digest of them, as there are some hundred in each layer.
        own = _values("", layer) | _values("eevee", layer.eevee)
        if scene.render.engine == CYCLES:
            own |= _values("cycles", layer.cycles)
        settings[f"settings of view layer {layer.name!r}"] = combined(own.items())
    return settings


def _values(path: str, owner: Any) -> dict[str, str]:
    return {f"{path}.{name}": _text(getattr(owner, name)) for name in simple_properties(owner)}


def _owners(scene: bpy.types.Scene) -> Iterator[tuple[str, Any]]:
    render = scene.render
    yield "scene.render", render
    yield "scene.render.image_settings", render.image_settings
    image = render.image_settings
    for name in IMAGE_PARTS:
        yield f"scene.render.image_settings.{name}", getattr(image, name)
    if image.color_management == "OVERRIDE" and image.has_linear_colorspace:
        # Without these it may name no color space, which Blender warns of when it is read.
        yield "scene.render.image_settings.linear_colorspace", image.linear_colorspace_settings
    yield "scene.sequencer_colorspace_settings", scene.sequencer_colorspace_settings
    yield "scene.view_settings", scene.view_settings
    yield "scene.display_settings", scene.display_settings
    if render.engine == CYCLES:
        yield "scene.cycles", scene.cycles
    elif render.engine in EEVEE:
        yield "scene.eevee", scene.eevee
    for view in render.views:
        yield f"view {view.name!r}", view


def simple_properties(owner: Any) -> Iterator[str]:
    """The names of its properties that are read back: all but those known to decide no pixels.

    So what a later Blender brings is read until somebody judges it.
    """
    names_color_space = owner.bl_rna.identifier.endswith("ColorspaceSettings")
    for each in owner.bl_rna.properties:
        name = each.identifier
        hidden = name in NOT_PIXELS or name.startswith(("preview_", "debug_", "bake_", "use_bake"))
        hidden = hidden and not (name == "name" and names_color_space)
        if each.type in SIMPLE_TYPES and not hidden:
            yield name


def _text(value: Any) -> str:
    if isinstance(value, set | frozenset):
        return repr(sorted(value))
    if hasattr(value, "__len__") and not isinstance(value, str):
        return repr(tuple(value))
    return repr(value) if isinstance(value, float) else str(value)
