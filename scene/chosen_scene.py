"""Which scene is meant, and which settings hold for it: one rule for every door and command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import bpy

from ..chunking.errors import BadSetting
from ..chunking.frames import FrameSet
from ..chunking.setting_values import Value
from ..chunking.settings import (
    SETTINGS,
    Settings,
    settings_from,
)
from ..properties import values_of
from .named import named
from .output_choice import absolute_path


def scene_and_settings(
    told: Mapping[str, Value], current: bpy.types.Scene
) -> tuple[bpy.types.Scene, Settings]:
    """The scene to render and its settings: what was told, else what that scene's own say.

    The scene is the told one, else the one that the current scene's settings name, else the
    current scene. Raises SceneRefused where there is none of that name, BadSetting for a value that
    can't be understood.
    """
    own: Any = current
    name = str(told.get("scene") or own.array_chunk.scene)
    scene: Any = named(bpy.data.scenes, name, "scene") if name else current
    saved = {
        each: value for each, value in values_of(scene.array_chunk).items() if each not in told
    }
    _refuse_named_files(scene, saved)
    settings = settings_from({**saved, **told})
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


def names_file(name: str, value: Value) -> bool:
    """Whether this value of a setting has a file read."""
    return SETTINGS[name].kind == "frames" and str(value).strip().startswith("@")


def scene_frames(scene: bpy.types.Scene) -> FrameSet:
    """The frame set that the scene's own range and step give."""
    return FrameSet.range(scene.frame_start, scene.frame_end, scene.frame_step)
