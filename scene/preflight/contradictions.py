"""Settings that contradict each other, or the scene, or that do nothing."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from ...blender_versions import release
from ...chunking.settings import Settings
from .. import texture_cache
from ..render_reach import animated_paths
from .finding import (
    Finding,
    found,
)

WITH_QUALITY = frozenset({"JPEG", "JPEG2000", "WEBP", "AVIF"})
WITH_CODEC = frozenset({"OPEN_EXR", "OPEN_EXR_MULTILAYER", "TIFF"})


def animated_settings(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """The scene's animation sets its properties anew in each frame, so what was told is lost."""
    told = {
        "cycles.samples": settings.samples and "--samples",
        "cycles.seed": settings.seed >= 0 and "--seed",
        "cycles.use_denoising": settings.denoise != "scene" and "--denoise",
        "render.use_simplify": settings.simplify != "scene" and "--simplify",
    }
    animated = animated_paths(scene) if any(told.values()) else []
    for path, option in told.items():
        if option and path in animated:
            yield found(
                "settings-contradict",
                f"{option} is given, but the scene {scene.name!r} animates that property ({path}), "
                "which wins in every frame: leave the option out, or remove the animation.",
                scene,
            )


def ignored_settings(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    file_format = scene.render.image_settings.file_format
    ignored = {
        "--compression": settings.compression >= 0 and file_format != "PNG",
        "--quality": settings.quality >= 0 and file_format not in WITH_QUALITY,
        "--codec": bool(settings.codec) and file_format not in WITH_CODEC,
    }
    for option, is_ignored in ignored.items():
        if is_ignored:
            yield found(
                "settings-ignored",
                f"{option} is given, and the format {file_format} of the scene {scene.name!r} has "
                "no such thing: leave it out, or choose another format.",
                scene,
            )
    if settings.texture_cache and not texture_cache.is_known():
        yield found(
            "settings-ignored",
            f"--texture-cache is given, and Blender {release.NAME} has no such cache: "
            "leave it out, or use Blender 5.2 or later.",
            scene,
        )
