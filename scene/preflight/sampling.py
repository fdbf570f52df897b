"""Cycles: denoisers, and what makes one machine's pictures differ from another's."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from ...blender_versions.animation import curves_of
from ...blender_versions.render import CYCLES, denoises_by_optix
from ...chunking.settings import Settings
from ..compositor import compositing_nodes
from ..denoising import (
    COMPOSITOR_NODE,
    can_denoise,
)
from ..rendered_scenes import (
    composited_scenes,
    rendered_scenes,
)
from .finding import (
    Finding,
    found,
)


def denoiser(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in _cycles_scenes(scene):
        if not _denoises(each):
            continue
        if each.cycles.denoiser in {"OPENIMAGEDENOISE", ""} and not can_denoise():
            yield found(
                "denoiser-missing",
                f"The scene {each.name!r} denoises its pictures, and this Blender is built without "
                "OpenImageDenoise: switch it off (--denoise off), or use another Blender.",
                each,
                fix="" if settings.denoise == "on" else "denoise-off",
            )
        elif denoises_by_optix(each) and not settings.gpu:
            yield found(
                "denoiser-gpu",
                f"The scene {each.name!r} denoises by OptiX, which needs a GPU; a CPU takes "
                "OpenImageDenoise, which looks different. Choose that one.",
                each,
            )


def denoise_node(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    if can_denoise():
        return
    for each in composited_scenes(scene):
        for node in compositing_nodes(each):
            if node.bl_idname == COMPOSITOR_NODE:
                yield found(
                    "denoise-node-missing",
                    f"The compositor's node {node.name!r} of the scene {each.name!r} does nothing, "
                    "as this Blender is built without OpenImageDenoise: use another Blender.",
                    each,
                    part=node.name,
                )


def time_limit(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in _cycles_scenes(scene):
        if each.cycles.time_limit > 0:
            yield found(
                "time-limit",
                f"The scene {each.name!r} stops each frame after {each.cycles.time_limit:g} s, so "
                "that slow machines render noisier pictures. Set the Time Limit to 0.",
                each,
            )


def animated_seed(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in _cycles_scenes(scene):
        switched = bool(each.cycles.use_animated_seed)
        if switched or (settings.seed < 0 and "cycles.seed" in animated_paths(each)):
            yield found(
                "seed-animated",
                f"The seed of the scene {each.name!r} is animated: the noise flickers from frame "
                "to frame, which a denoiser makes blotches of. Switch it off, unless it is meant.",
                each,
                fix="seed-still" if switched else "",
            )


def animated_paths(scene: bpy.types.Scene) -> set[str]:
    """Which of a scene's own properties its F-curves and drivers set in every frame."""
    animation = scene.animation_data
    if animation is None:
        return set()
    curves = [*animation.drivers]
    if animation.action is not None:
        curves += curves_of(animation.action)
    return {curve.data_path for curve in curves}


def _cycles_scenes(scene: bpy.types.Scene) -> list[bpy.types.Scene]:
    return [each for each in rendered_scenes(scene) if each.render.engine == CYCLES]


def _denoises(scene: bpy.types.Scene) -> bool:
    """Both have to want it: the scene and one of its view layers."""
    layers = [layer for layer in scene.view_layers if layer.use]
    wanted = any(layer.cycles.use_denoising for layer in layers)
    return bool(scene.cycles.use_denoising) and wanted
