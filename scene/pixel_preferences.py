"""What decides pixels and is not in the .blend: preferences, variables, scripts switched off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from ..blender_versions.release import known_properties
from ..blender_versions.render import CYCLES
from ..publishing.fingerprint import sample_digest
from .data_folders import (
    data_digest,
    is_shipped,
)
from .pixel_variables import (
    FILES,
    WORDS,
)
from .rendered_scenes import rendered_scenes

EVERYWHERE = (
    "experimental.enable_new_cpu_compositor",
    "experimental.override_auto_resync",
    "experimental.use_grease_pencil_version3",
    "experimental.use_grease_pencil_version3_convert_on_load",
    "system.geometry_nodes_stack_limit",
    "system.nodes_stack_limit",
    "system.use_hardware_video_decoding",
    "system.video_decoding_device",
)
DRAWN = (
    "system.anisotropic_filter",
    "system.gl_texture_limit",
    "system.gpu_backend",
    "system.light_ambient",
    "system.use_gpu_subdivision",
    "system.use_rt_shadows",
    "system.use_studio_light_edit",
)
"""For engines that draw as the viewport does: EEVEE and Workbench."""
CYCLES_ON_GPU = ("kernel_optimization_level", "metalrt", "use_hiprt", "use_oneapirt")
DATA_FOLDERS = ("fonts",)
DRAWN_DATA_FOLDERS = ("studiolights",)


def pixels_beside_the_file(scene: bpy.types.Scene, device: str) -> Iterator[tuple[str, str]]:
    """Each with its name; what this Blender, or this machine's kind of render, has not is left out.

    `device` is the kind of the device, as `devices.choose` gives it.
    """
    preferences: Any = bpy.context.preferences
    is_drawn = any(each.render.engine != CYCLES for each in rendered_scenes(scene))
    yield from _values("preferences", preferences, EVERYWHERE + (DRAWN if is_drawn else ()))
    cycles = preferences.addons.get("cycles")
    if cycles is not None and device not in {"CPU", "display"}:
        yield from _values("preferences of Cycles", cycles.preferences, CYCLES_ON_GPU)
    yield from _variables()
    for name in DATA_FOLDERS + (DRAWN_DATA_FOLDERS if is_drawn else ()):
        if not is_shipped(name):
            yield f"data files of Blender: {name}", data_digest(name)
    if bpy.app.autoexec_fail:  # there are scripts, and they did not run
        yield "scripts of the file", "off"


def _variables() -> Iterator[tuple[str, str]]:
    for name in WORDS:
        if os.environ.get(name):
            yield f"variable {name}", os.environ[name]
    for name in FILES:
        if os.environ.get(name):
            yield f"file of the variable {name}", _digest(Path(os.environ[name]))


def _values(title: str, owner: Any, paths: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for path in paths:
        group, _, name = path.rpartition(".")
        holder = getattr(owner, group) if group else owner
        for known in known_properties(holder, (name,)):
            value = getattr(holder, known)
            is_vector = hasattr(value, "__len__") and not isinstance(value, str)
            yield f"{title}: {path}", repr(tuple(value)) if is_vector else str(value)


def _digest(path: Path) -> str:
    try:
        return sample_digest(path)
    except OSError as error:
        return f"unreadable: {os.strerror(error.errno or 0)}"
