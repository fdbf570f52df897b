"""The render operator, its engines, picture formats and caches, and Cycles."""

from __future__ import annotations

from typing import Any

import bpy

from .release import known_properties

HAS_FRAME_ARGUMENTS = bpy.app.version >= (5, 0, 0)
"""Whether the render operator takes the frames as arguments, leaving the scene's range alone."""

EEVEE = frozenset({"BLENDER_EEVEE", "BLENDER_EEVEE_NEXT"})
"""What EEVEE is called as an engine; the latter from 4.2 to 4.5."""

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
    """The properties of a scene's render that have Blender write caches beside its files.

    Texture caches (Blender 5.2), and each picture for the compositor to be tried on.
    """
    return known_properties(render, ("use_auto_generate_texture_cache", "use_render_cache"))


def compositor_devices(render: Any) -> list[str]:
    """The properties of a scene's render that choose what its compositor works on.

    From 5.2 on the factory settings say GPU for the first. 4.2 has not the second, which is for
    denoising alone.
    """
    return known_properties(render, ("compositor_device", "compositor_denoise_device"))


def output_switches(render: Any) -> list[str]:
    """The properties of a scene's render that have its picture written: Save Output, from 5.2 on.

    The files of File Output nodes are written without it, too.
    """
    return known_properties(render, ("save_output",))


def strip_caches(system: Any) -> list[str]:
    """The properties of Blender's preferences that have the sequencer write a cache: up to 4.4."""
    return known_properties(system, ("use_sequencer_disk_cache",))


def reads_alembic_itself(scene: Any, cache: Any) -> bool:
    """Whether Cycles reads a cache file by itself for a scene: an experiment, up to 4.5."""
    if not _HAS_FEATURE_SET:
        return False
    return bool(scene.cycles.feature_set == "EXPERIMENTAL" and cache.use_render_procedural)


def denoises_by_optix(scene: Any) -> bool:
    """Whether a scene of Cycles asks for OptiX, also where this Cycles is built without it."""
    if scene.cycles.denoiser:
        return bool(scene.cycles.denoiser == "OPTIX")
    if not _HAS_SYSTEM_PROPERTIES:
        return bool(scene.cycles.get("denoiser") == OPTIX_NUMBER)
    stored = scene.bl_system_properties_get()
    return stored is not None and stored.get("cycles", {}).get("denoiser") == OPTIX_NUMBER
