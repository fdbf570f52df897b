"""Whether a scene's own picture is written, beside the files of its File Output nodes."""

from __future__ import annotations

from typing import Any

import bpy

from .render_reach import animated_paths
from .rendered_scenes import written_outputs
from .restoring import Restorer

PROPERTY = "render.save_output"


def is_saved(scene: bpy.types.Scene) -> bool:
    """Whether Blender is certain to write the picture; from 5.2 on Save Output can be off."""
    render: Any = scene.render
    return bool(getattr(render, "save_output", True)) and PROPERTY not in animated_paths(scene)


def choose(restorer: Restorer, scene: bpy.types.Scene) -> tuple[str, ...]:
    """Have the picture written where there would be no file at all; what a person should know.

    Files of File Output nodes alone are a frame: so an artist leaves out a picture that only shows
    them.
    """
    if is_saved(scene):
        return ()
    if any(socket.is_linked for each in written_outputs(scene) for _, socket in each.slots):
        return (
            f"The scene {scene.name!r} has Save Output off: each frame is the files of its File "
            "Output nodes alone",
        )
    restorer.set(scene.render, "save_output", True)
    return (
        f"The scene {scene.name!r} has Save Output off and no File Output node: its picture is "
        "written all the same",
    )
