"""The render engine: does the farm have it and its device, and are all machines' pictures alike?"""

from __future__ import annotations

import os
from collections.abc import Iterator

import bpy

from ...chunking.settings import Settings
from ...machine.headless_drawing import has_egl
from ..blender_versions.builds import can_denoise
from ..blender_versions.render import CYCLES, EEVEE, denoises_by_optix
from ..compositor import composites_on_gpu, compositing_nodes
from ..frame_drivers import animated_paths
from ..render_reach import reach_of_render
from ..rendered_scenes import DENOISE_NODE, composited_scenes, pictured_scenes, rendered_scenes
from .contents import foreign_addon
from .finding import Finding, finding

DISPLAY_ENGINES = EEVEE | {"BLENDER_WORKBENCH", "HYDRA_STORM"}
"""Engines that draw with OpenGL or Vulkan: without a display or EGL Blender aborts."""

GREASE_PENCIL = frozenset({"GPENCIL", "GREASEPENCIL"})
"""Types of its objects: before Blender 4.3, and from then on."""


def display_engine(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in rendered_scenes(scene):
        if each.render.engine in DISPLAY_ENGINES and not settings.eevee:
            yield finding(
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
            what = f"The scene {each.name!r} renders with {each.render.engine}"
            yield _egl_missing(each, what, "take --engine cycles")
    for each in pictured_scenes(scene).composited:
        if composites_on_gpu(each):
            what = f"The scene {each.name!r} has its compositor work on the GPU"
            yield _egl_missing(each, what, "take no --gpu")
    # Blender itself draws grease pencils when Cycles has rendered the rest.
    pencils = [each for each in bpy.data.objects if each.type in GREASE_PENCIL]
    pictured = reach_of_render(scene).pictured if pencils else ()
    for item in (each for each in pencils if each in pictured):
        what = f"The grease pencil {item.name!r} is drawn on the GPU"
        yield _egl_missing(item, what, "hide it in renders")


def _egl_missing(data_block: bpy.types.ID, what: str, instead: str) -> Finding:
    return finding(
        "egl-missing",
        f"{what}, and this machine has no EGL to draw by, so that Blender would end at once: "
        f"install the driver's EGL (or Mesa's), or {instead}.",
        data_block,
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
            yield finding(
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
        if each.render.engine == CYCLES and each.cycles.device == "GPU" and not settings.gpu:
            yield finding(
                "device-gpu",
                f"The scene {each.name!r} asks for the GPU, and the farm renders on the CPU. Set "
                "the device to CPU, or let the farm use GPUs (USE_GPU=True, --gpu).",
                each,
            )


def gpu_compositor(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """Compositors that ask for the GPU, as Blender 5.2 has them do by itself."""
    for each in pictured_scenes(scene).composited:
        if composites_on_gpu(each) and not settings.gpu:
            yield finding(
                "compositor-gpu",
                f"The compositor of the scene {each.name!r} asks for the GPU, and the farm's works "
                "on the CPU. Set its device to CPU, or let the farm use GPUs (USE_GPU=True, "
                "--gpu).",
                each,
            )


def denoiser(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in _cycles_scenes(scene):
        # Both have to want it: the scene and one of its view layers.
        wanting = [layer for layer in each.view_layers if layer.use and layer.cycles.use_denoising]
        if not (each.cycles.use_denoising and wanting):
            continue
        if each.cycles.denoiser in {"OPENIMAGEDENOISE", ""} and not can_denoise():
            yield finding(
                "denoiser-missing",
                f"The scene {each.name!r} denoises its pictures, and this Blender is built without "
                "OpenImageDenoise: switch it off (--denoise off), or use another Blender.",
                each,
                fix="" if settings.denoise == "on" else "denoise-off",
            )
        elif denoises_by_optix(each) and not settings.gpu:
            yield finding(
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
            if node.bl_idname == DENOISE_NODE:
                yield finding(
                    "denoise-node-missing",
                    f"The compositor's node {node.name!r} of the scene {each.name!r} does nothing, "
                    "as this Blender is built without OpenImageDenoise: use another Blender.",
                    each,
                    part=node.name,
                )


def time_limit(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in _cycles_scenes(scene):
        if each.cycles.time_limit > 0:
            yield finding(
                "time-limit",
                f"The scene {each.name!r} stops each frame after {each.cycles.time_limit:g} s, so "
                "that slow machines render noisier pictures. Set the Time Limit to 0.",
                each,
            )


def animated_seed(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in _cycles_scenes(scene):
        switched = bool(each.cycles.use_animated_seed)
        if switched or (settings.seed < 0 and "cycles.seed" in animated_paths(each)):
            yield finding(
                "seed-animated",
                f"The seed of the scene {each.name!r} is animated: the noise flickers from frame "
                "to frame, which a denoiser makes blotches of. Switch it off, unless it is meant.",
                each,
                fix="seed-still" if switched else "",
            )


def _cycles_scenes(scene: bpy.types.Scene) -> list[bpy.types.Scene]:
    return [each for each in rendered_scenes(scene) if each.render.engine == CYCLES]
