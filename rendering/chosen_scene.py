"""Which scene is meant, and which settings hold for it: one rule for every door and command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import bpy

from ..chunking.setting_values import Value
from ..chunking.settings import Settings, settings_from
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
    settings = settings_from({**values_of(scene.array_chunk), **told})
    return scene, replace(
        settings,
        output=absolute_path(settings.output),
        stage=absolute_path(settings.stage),
    )
