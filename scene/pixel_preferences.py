"""What decides pixels and is not in the .blend: preferences, variables, folders of data files."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from ..publishing.fingerprint import combined, digest_or_fault, sample_digest
from .blender_versions.release import known_properties
from .blender_versions.render import CYCLES
from .pixel_variables import FILES, WORDS
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
SYSTEM_VARIABLES = ("BLENDER_SYSTEM_DATAFILES", "BLENDER_SYSTEM_RESOURCES")
MOST_FILES = 4096


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
    for name in filter(os.environ.get, WORDS):
        yield f"variable {name}", os.environ[name]
    for name in filter(os.environ.get, FILES):
        yield f"file of the variable {name}", digest_or_fault(Path(os.environ[name]))
    for name in DATA_FOLDERS + (DRAWN_DATA_FOLDERS if is_drawn else ()):
        if digest := _data_digest(name):
            yield f"data files of Blender: {name}", digest
    if bpy.app.autoexec_fail:  # there are scripts, and they did not run
        yield "scripts of the file", "off"


def _values(title: str, owner: Any, paths: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for path in paths:
        group, _, name = path.rpartition(".")
        holder = getattr(owner, group) if group else owner
        for known in known_properties(holder, (name,)):
            value = getattr(holder, known)
            is_vector = hasattr(value, "__len__") and not isinstance(value, str)
            yield f"{title}: {path}", repr(tuple(value)) if is_vector else str(value)


def data_folder(name: str) -> str:
    """Where Blender has its data files of this name from: colors, fonts, lights of the viewport.

    It looks in the user's data files, then where BLENDER_SYSTEM_DATAFILES says, then where it was
    installed: the first folder is taken.
    """
    utilities: Any = bpy.utils
    users = utilities.user_resource("DATAFILES", path=name)
    if users and os.path.isdir(users):
        return str(users)
    return str(utilities.system_resource("DATAFILES", path=name))


def came_with_blender(name: str) -> bool:
    """Whether Blender's data files of this name are those that this build was installed with."""
    utilities: Any = bpy.utils
    is_elsewhere = any(os.environ.get(each) for each in SYSTEM_VARIABLES)
    own = utilities.system_resource("DATAFILES", path=name)
    return data_folder(name) == own and not is_elsewhere


def _data_digest(name: str) -> str:
    """One digest of Blender's data files of this name; empty: they came with this Blender.

    It is of their content, wherever they lie. A file that can't be read has no part in it.
    """
    if came_with_blender(name):
        return ""
    folder = data_folder(name)
    every = sorted(Path(home, file) for home, _, files in os.walk(folder) for file in files)
    digests = {}
    for path in every[:MOST_FILES]:
        with contextlib.suppress(OSError):
            digests[path.relative_to(folder).as_posix()] = sample_digest(path)
    return combined(digests.items())
