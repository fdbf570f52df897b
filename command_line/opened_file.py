"""What the sub-commands beside `render` need of the .blend: its frames and its own settings."""

from __future__ import annotations

from typing import Any

from ..chunking.frames import frames_from
from ..chunking.plan import Plan
from ..chunking.settings import Settings, settings_from
from .doors import current_scene, open_blend, register
from .sources import Told


def open_and_plan(told: Told) -> tuple[Settings, Plan, Any]:
    """Open the file; return the settings with what the file says, the plan, and the scene."""
    open_blend(told.options["blend"], told.options["enable_autoexec"])
    register()
    scene = current_scene(str(told.settings.get("scene", "")))
    settings = _merged(told, scene)
    return settings, _plan(settings, scene), scene


def settings_and_plan(told: Told) -> tuple[Settings, Plan]:
    """The same, without Blender where a frame list and a folder are named."""
    if "frames" in told.settings and "output" in told.settings:
        settings = settings_from(told.settings)
        return settings, Plan.of(settings, frames_from(settings.frames))
    return open_and_plan(told)[:2]


def _merged(told: Told, scene: Any) -> Settings:
    from ..properties import values_of

    return settings_from({**values_of(scene.array_chunk), **told.settings})


def _plan(settings: Settings, scene: Any) -> Plan:
    from ..rendering.chunk import scene_frames

    return Plan.of(settings, scene_frames(scene))
