"""The devices that Cycles and the compositor work on."""

from __future__ import annotations

from typing import Any

import bpy

from ..chunking.errors import SceneRefused
from ..scene.blender_versions.render import CYCLES, compositor_devices
from ..scene.compositor import composites_on_gpu
from ..scene.rendered_scenes import pictured_scenes, rendered_scenes
from ..scene.restoring import Restorer

GPU_BACK_ENDS = ("OPTIX", "CUDA", "HIP", "METAL", "ONEAPI")
"""Cycles' back ends, the better one of a maker first."""


def choose(
    restorer: Restorer, scene: bpy.types.Scene, gpu: bool, is_set_up: bool
) -> tuple[str, tuple[str, ...]]:
    """Set the device; return its kind and what a person should know.

    What a set-up script has chosen among the GPUs of Cycles' preferences stays so, where one has
    run (`is_set_up`).
    Raises SceneRefused where a GPU is asked for and there is none.
    """
    cycles = [each for each in rendered_scenes(scene) if each.render.engine == CYCLES]
    if not cycles:
        return "display", ()
    if gpu:
        return _switch_gpu_on(restorer, cycles, is_set_up)
    notes = []
    for each in cycles:
        if each.cycles.device != "CPU":
            notes.append(
                f"The scene {each.name!r} asks for the {each.cycles.device}; it is rendered on the "
                "CPU (USE_GPU or --gpu changes that)"
            )
        restorer.set(each.cycles, "device", "CPU")
    return "CPU", tuple(notes)


def choose_for_compositor(restorer: Restorer, scene: bpy.types.Scene, gpu: bool) -> tuple[str, ...]:
    """Have the compositor work on the CPU, unless the GPU may be used; what a person should know.

    Blender 5.2's factory settings say GPU. Where a machine has none, and no EGL either, Blender up
    to 5.2 ends by itself with 134 or 139 and says nothing.
    """
    if gpu:
        return ()
    notes = []
    pictured = pictured_scenes(scene)
    for each in dict.fromkeys((*pictured.composited, *pictured.edited)):
        if composites_on_gpu(each):
            notes.append(
                f"The compositor of the scene {each.name!r} asks for the GPU; it works on the CPU "
                "(USE_GPU or --gpu changes that)"
            )
        for name in compositor_devices(each.render):
            restorer.set(each.render, name, "CPU")
    return tuple(notes)


def _switch_gpu_on(
    restorer: Restorer, scenes: list[bpy.types.Scene], is_set_up: bool
) -> tuple[str, tuple[str, ...]]:
    addon: Any = bpy.context.preferences.addons.get("cycles")
    preferences = addon.preferences if addon else None
    own_choice = preferences.compute_device_type if preferences and is_set_up else "NONE"
    back_ends = GPU_BACK_ENDS if own_choice == "NONE" else (own_choice,)
    for back_end in back_ends if preferences else ():
        try:
            devices = preferences.get_devices_for_type(back_end) or ()
        except (ValueError, TypeError):  # a back end that this build doesn't know
            continue
        devices = [device for device in devices if device.type == back_end]
        if back_end == own_choice:
            devices = [device for device in devices if device.use]
        if devices:
            restorer.set(preferences, "compute_device_type", back_end)
            for device in devices:
                restorer.set(device, "use", True)
            for scene in scenes:
                restorer.set(scene.cycles, "device", "GPU")
            names = ", ".join(sorted(device.name for device in devices))
            return back_end, (f"GPU: {back_end}, {names}",)
    raise SceneRefused(
        "USE_GPU or --gpu is given, but Cycles finds no GPU on this machine: use a machine with a "
        "GPU and its driver, or leave it out to render on the CPU."
    )
