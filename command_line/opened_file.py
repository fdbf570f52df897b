"""What the sub-commands beside `render` need of the .blend: its frames and its own settings."""

from __future__ import annotations

from typing import Any

from ..chunking.frames import frames_from
from ..chunking.plan import Plan
from ..chunking.settings import Settings, settings_from
from .doors import blender, open_blend, register
from .sources import Told


def open_and_plan(told: Told) -> tuple[Settings, Plan, Any]:
    """Open the file; return the settings with what the file says, the plan, and the scene."""
    open_blend(told.options["blend"], told.options["enable_autoexec"])
    register()
    from ..rendering.chosen_scene import scene_and_settings
    from ..rendering.chunk_render import scene_frames

    scene, settings = scene_and_settings(told.settings, blender().context.scene)
    return settings, Plan.of(settings, scene_frames(scene)), scene


def settings_and_plan(told: Told) -> tuple[Settings, Plan]:
    """The same, without Blender where a frame list and a folder are named."""
    output = str(told.settings.get("output", ""))
    if "frames" in told.settings and output and not output.startswith("//"):
        settings = settings_from(told.settings)
        return settings, Plan.of(settings, frames_from(settings.frames))
    return open_and_plan(told)[:2]
