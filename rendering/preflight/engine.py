"""The render engine and its device: does the farm have them?"""

from __future__ import annotations

import os
from collections.abc import Iterator

import bpy

from ...blender_versions.render import EEVEE
from ...chunking.settings import Settings
from ..devices import composites_on_gpu
from ..egl import has_egl
from ..rendered_scenes import pictured_scenes, rendered_scenes
from .addons import foreign_addon
from .finding import Finding, found

DISPLAY_ENGINES = EEVEE | {"BLENDER_WORKBENCH", "HYDRA_STORM"}
"""Engines that draw with OpenGL or Vulkan: without a display or EGL Blender aborts."""


def display_engine(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in rendered_scenes(scene):
        if each.render.engine in DISPLAY_ENGINES and not settings.eevee:
            yield found(
                "engine-display",
                f"The scene {each.name!r} renders with {each.render.engine}, which needs a display "
                "or EGL. Render it by Cycles (--engine cycles; it looks different), or allow it "
                "where the machine has a display (USE_EEVEE=True, --eevee).",
                each,
            )


def missing_egl(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """What would end Blender without a word, on a machine that can draw nothing."""
    if has_egl(os.environ):
        return
    for each in rendered_scenes(scene):
        if each.render.engine in DISPLAY_ENGINES and settings.eevee:
            yield _egl_missing(each, f"renders with {each.render.engine}", "--engine cycles")
    for each in pictured_scenes(scene).composited:
        if composites_on_gpu(each):
            yield _egl_missing(each, "has its compositor work on the GPU", "no --gpu")


def _egl_missing(scene: bpy.types.Scene, what: str, instead: str) -> Finding:
    return found(
        "egl-missing",
        f"The scene {scene.name!r} {what}, and this machine has no EGL to draw by, so that Blender "
        f"would end at once: install the driver's EGL (or Mesa's), or take {instead}.",
        scene,
    )


def addon_engine(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """Engines that are not Blender's own.

    Where the add-on is not there, nobody can tell: Blender reads its name as EEVEE then.
    """
    engines = {getattr(each, "bl_idname", ""): each for each in _classes(bpy.types.RenderEngine)}
    for each in rendered_scenes(scene):
        engine = engines.get(each.render.engine)
        addon = foreign_addon(engine) if engine is not None else ""
        if addon:
            yield found(
                "engine-addon",
                f"The scene {each.name!r} renders with {each.render.engine}, an engine of the "
                f"add-on {addon!r}: it has to be installed on the farm, or Blender takes EEVEE.",
                each,
            )


def _classes(base: type) -> Iterator[type]:
    subclasses: list[type] = base.__subclasses__()
    for each in subclasses:
        yield each
        yield from _classes(each)


def gpu_device(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """For the scene as it is stored: it is rendered with the device that the settings say."""
    for each in rendered_scenes(scene):
        if each.render.engine == "CYCLES" and each.cycles.device == "GPU" and not settings.gpu:
            yield found(
                "device-gpu",
                f"The scene {each.name!r} asks for the GPU, and the farm renders on the CPU. Set "
                "the device to CPU, or let the farm use GPUs (USE_GPU=True, --gpu).",
                each,
            )


def gpu_compositor(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """The same of the compositor, whose device Blender 5.2 sets to the GPU by itself."""
    for each in pictured_scenes(scene).composited:
        if composites_on_gpu(each) and not settings.gpu:
            yield found(
                "compositor-gpu",
                f"The compositor of the scene {each.name!r} asks for the GPU, and the farm's works "
                "on the CPU. Set its device to CPU, or let the farm use GPUs (USE_GPU=True, "
                "--gpu).",
                each,
            )
