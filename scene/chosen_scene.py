"""What settings mean in the open file: which scene, which of its frames, which output folder."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from ..chunking.errors import BadSetting, SceneRefused
from ..chunking.frames import FrameSet
from ..chunking.setting_values import Value
from ..chunking.settings import SETTINGS, Settings, settings_from
from ..properties import values_of
from .identity import is_saved_file

TEST_FOLDER = "array_chunk_test"
"""Where frames rendered from memory go: they are not the saved file's, and a farm must not
take them for its own."""


def scene_and_settings(
    choices: Mapping[str, Value], current: bpy.types.Scene
) -> tuple[bpy.types.Scene, Settings]:
    """The scene to render and its settings: the `choices`, else what that scene's own say.

    The scene is the one that is chosen, else the one that the current scene's settings name, else
    the current scene. Raises SceneRefused where there is none of that name, BadSetting for a value
    that can't be understood.
    """
    properties: Any = current
    name = str(choices.get("scene") or properties.array_chunk.scene)
    scene: Any = by_name(bpy.data.scenes, name, "scene") if name else current
    own_values = values_of(scene.array_chunk)
    saved = {each: value for each, value in own_values.items() if each not in choices}
    _refuse_named_files(scene, saved)
    settings = settings_from({**saved, **choices})
    return scene, replace(
        settings,
        output=absolute_path(settings.output),
        stage=absolute_path(settings.stage),
    )


def _refuse_named_files(scene: bpy.types.Scene, saved: Mapping[str, Value]) -> None:
    """Raise BadSetting where the file itself has another one read: it may be a stranger's."""
    for name, value in saved.items():
        if names_file(name, value):
            raise BadSetting(
                f"The scene {scene.name!r} has {SETTINGS[name].label} saved as the name of a file "
                f"({str(value)[:100]!r}), which only an option or a variable may be: write the "
                f"frames themselves into the scene, or name the file by {SETTINGS[name].option}."
            )


def by_name(collection: Any, name: str, kind: str) -> Any:
    """The member of this name. Raises SceneRefused, which tells the names that there are."""
    member = next((each for each in collection if each.name == name), None)
    if member is None:
        there = ", ".join(repr(each.name) for each in collection) or "none"
        raise SceneRefused(f"There is no {kind} {name!r} in the file; there is: {there}.")
    return member


def names_file(name: str, value: Value) -> bool:
    """Whether this value of a setting has a file read."""
    return SETTINGS[name].kind == "frames" and str(value).strip().startswith("@")


def scene_frames(scene: bpy.types.Scene) -> FrameSet:
    """The frame set that the scene's own range and step give."""
    return FrameSet.range(scene.frame_start, scene.frame_end, scene.frame_step)


def output_folder(settings: Settings, scene: bpy.types.Scene) -> Path:
    """The output folder for settings whose paths are absolute. Raises BadSetting where none is.

    In the background it has to be named. In the window it is, failing that, the folder of the
    scene's own output path or, where this machine has no such place, that of the .blend.
    """
    if is_saved_file():
        if not settings.output:
            raise BadSetting(
                "No output folder is named: set EFS_BLENDER_OUTPUT_FOLDER_PATH or --output."
            )
        return Path(settings.output)
    if settings.output:
        return Path(settings.output) / TEST_FOLDER
    own = scene.render.filepath
    if _is_usable(own):
        folder = own if own.endswith(("/", "\\")) else os.path.dirname(own) or "//"
        return Path(absolute_path(folder)) / TEST_FOLDER
    if bpy.data.filepath:
        return Path(bpy.data.filepath).parent / TEST_FOLDER
    raise BadSetting("Save the file first, or name an output folder.")


def absolute_path(path: str) -> str:
    """A path as this machine means it: `//` is the folder of the .blend. Empty stays empty."""
    return os.path.abspath(bpy.path.abspath(path)) if path else ""


def _is_usable(path: str) -> bool:
    """Whether an output path of a scene means a place on this machine."""
    if path.startswith("//"):
        return bool(bpy.data.filepath)
    drive = re.match(r"[A-Za-z]:", path)
    return bool(path) and (os.name == "nt" or not drive) and os.path.isabs(path)
