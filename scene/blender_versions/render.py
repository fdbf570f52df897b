"""The render operator, its engines, picture formats and caches, and Cycles."""

from __future__ import annotations

from typing import Any

import bpy

from .release import known_properties

HAS_FRAME_ARGUMENTS = bpy.app.version >= (5, 0, 0)
"""Whether the render operator takes the frames as arguments, leaving the scene's range alone."""

CYCLES: str = "CYCLES"
"""Cycles as an engine: any text to mypy, as bpy's description has built-in engines alone."""

CYCLES_CRASHES_LOOKING_THROUGH_EMPTIES = (5, 2, 0) <= bpy.app.version < (5, 3, 0)
"""Whether Cycles crashes where the scene's camera is an empty (5.2.2 and 5.2.3; any other object is
looked through, and 4.2 to 5.0 and 5.3 do with empties, too)."""

EEVEE = frozenset({"BLENDER_EEVEE", "BLENDER_EEVEE_NEXT"})
"""What EEVEE is called as an engine; the latter from 4.2 to 4.5."""

EEVEE_HERE = "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"
"""The one of these that this Blender has."""

BUILT_IN_ENGINES = EEVEE | {CYCLES, "BLENDER_WORKBENCH"}
"""Those whose code knows no more than the scene that they render."""

FORMAT_PROPERTIES = (
    "tiff_codec",
    "exr_codec",
    "quality",
    "compression",
    "color_depth",
    "color_mode",
    "file_format",
    "media_type",
)
"""What sets the format of pictures. The last comes back first: from 5.0 on `media_type` decides
which file formats there are, and the file format decides which modes and depths."""

WRITTEN_CACHES = ("use_auto_generate_texture_cache", "use_render_cache")
"""Of texture caches (Blender 5.2), and of each picture for the compositor to be tried on."""

COMPOSITOR_DEVICES = ("compositor_device", "compositor_denoise_device")
"""From 5.2 on the factory settings say GPU for the first. 4.2 has not the second, for denoising."""

OUTPUT_SWITCHES = ("save_output",)
"""Save Output, from 5.2 on."""

TEXTURE_CACHE = ("use_texture_cache",)
"""Whether textures' caches are read, from 5.2 on."""

OPTIX_NUMBER = 2
"""What stands for OptiX in a .blend (`enum_denoiser` in Cycles' own properties.py). Where Cycles
is built without it, Blender can't read its name."""

_HAS_MEDIA_TYPE = bpy.app.version >= (5, 0, 0)
_HAS_FEATURE_SET = bpy.app.version < (5, 0, 0)
_HAS_SYSTEM_PROPERTIES = bpy.app.version >= (5, 0, 0)


def set_file_format(image_settings: Any, file_format: str) -> None:
    """Set the format of pictures or of a film, and first the kind of it that 5.0 wants to know."""
    if _HAS_MEDIA_TYPE:
        kinds = {"FFMPEG": "VIDEO", "OPEN_EXR_MULTILAYER": "MULTI_LAYER_IMAGE"}
        image_settings.media_type = kinds.get(file_format, "IMAGE")
    image_settings.file_format = file_format


def written_caches(render: Any) -> list[str]:
    """The properties of a scene's render, here, that have Blender write caches beside its files."""
    return known_properties(render, WRITTEN_CACHES)


def texture_cache_switches() -> list[str]:
    """The property of scenes' renders that has textures' caches read, where this Blender has it."""
    return known_properties(bpy.types.RenderSettings, TEXTURE_CACHE)


def compositor_devices(render: Any) -> list[str]:
    """The properties of a scene's render, here, that choose what its compositor works on."""
    return known_properties(render, COMPOSITOR_DEVICES)


def output_switches(render: Any) -> list[str]:
    """The properties of a scene's render, here, that have its picture written.

    The files of File Output nodes are written without it, too.
    """
    return known_properties(render, OUTPUT_SWITCHES)


def strip_caches(system: Any) -> list[str]:
    """The properties of Blender's preferences that have the sequencer write a cache: up to 4.4."""
    return known_properties(system, ("use_sequencer_disk_cache",))


def reads_alembic_itself(scene: Any, cache: Any) -> bool:
    """Whether Cycles reads a cache file by itself for a scene: an experiment, up to 4.5."""
    if not _HAS_FEATURE_SET:
        return False
    return bool(scene.cycles.feature_set == "EXPERIMENTAL" and cache.use_render_procedural)


def jitters_pixels(scene: Any) -> bool:
    """Whether Cycles moves the samples of a pixel about (5.2 and later, by scripts alone)."""
    return bool(getattr(scene.cycles, "use_pixel_jitter", False))


def denoises_by_optix(scene: Any) -> bool:
    """Whether a scene of Cycles asks for OptiX, also where this Cycles is built without it."""
    if scene.cycles.denoiser:
        return bool(scene.cycles.denoiser == "OPTIX")
    if not _HAS_SYSTEM_PROPERTIES:
        return bool(scene.cycles.get("denoiser") == OPTIX_NUMBER)
    stored = scene.bl_system_properties_get()
    return stored is not None and stored.get("cycles", {}).get("denoiser") == OPTIX_NUMBER
