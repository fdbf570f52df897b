"""Settings that contradict the scene, or do nothing, and frames that are hardly the ones meant."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from ...chunking.frames import FrameSet
from ...chunking.settings import Settings
from ..blender_versions import release
from ..files import texture_cache
from ..frame_drivers import animated_paths
from .finding import Finding, finding

WITH_QUALITY = frozenset({"JPEG", "JPEG2000", "WEBP", "AVIF"})
WITH_CODEC = frozenset({"OPEN_EXR", "OPEN_EXR_MULTILAYER", "TIFF"})


def animated_settings(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """The scene's animation sets its properties anew in each frame, so an option is lost."""
    options = {
        "cycles.samples": settings.samples and "--samples",
        "cycles.seed": settings.seed >= 0 and "--seed",
        "cycles.use_denoising": settings.denoise != "scene" and "--denoise",
        "render.use_simplify": settings.simplify != "scene" and "--simplify",
    }
    animated = animated_paths(scene) if any(options.values()) else []
    for path, option in options.items():
        if option and path in animated:
            yield finding(
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
            yield finding(
                "settings-ignored",
                f"{option} is given, and the format {file_format} of the scene {scene.name!r} has "
                "no such thing: leave it out, or choose another format.",
                scene,
            )
    if settings.texture_cache and not texture_cache.is_known():
        yield finding(
            "settings-ignored",
            f"--texture-cache is given, and Blender {release.NAME} has no such cache: "
            "leave it out, or use Blender 5.2 or later.",
            scene,
        )


def frame_step(scene: bpy.types.Scene, settings: Settings, frames: FrameSet) -> Iterator[Finding]:
    if scene.frame_step > 1 and not settings.frames:
        yield finding(
            "frame-step",
            f"The scene {scene.name!r} renders every {scene.frame_step}. frame only. Set its Step "
            "to 1, unless it is meant.",
            scene,
        )


def outside_range(
    scene: bpy.types.Scene, settings: Settings, frames: FrameSet
) -> Iterator[Finding]:
    if not settings.frames:
        return
    outside = [each for each in frames if not scene.frame_start <= each <= scene.frame_end]
    if outside:
        yield finding(
            "frames-outside-range",
            f"The frame list wants {FrameSet.of(outside)}, outside the range of the scene "
            f"{scene.name!r}, {scene.frame_start} to {scene.frame_end}. Change the list, or the "
            "range, unless it is meant.",
            scene,
        )


def idle_children(
    scene: bpy.types.Scene, settings: Settings, frames: FrameSet
) -> Iterator[Finding]:
    if settings.size > len(frames):
        yield finding(
            "children-idle",
            f"The array has {settings.size} children for {len(frames)} frames, so "
            f"{settings.size - len(frames)} of them start for nothing. Choose a smaller size.",
            scene,
        )
