"""Whether a scene's own picture is written, beside the files of its File Output nodes."""

from __future__ import annotations

import bpy

from ..blender_versions.render import output_switches
from .render_reach import animated_paths
from .rendered_scenes import written_outputs
from .restoring import Restorer


def is_saved(scene: bpy.types.Scene) -> bool:
    """Whether Blender is certain to write the picture: Save Output is on, and nothing moves it."""
    switches = output_switches(scene.render)
    animated = animated_paths(scene)
    return all(
        getattr(scene.render, name) and f"render.{name}" not in animated for name in switches
    )


def choose(restorer: Restorer, scene: bpy.types.Scene) -> tuple[str, ...]:
    """Have the picture written where there would be no file at all; what a person should know.

    Files of File Output nodes alone are a frame: so an artist leaves out a picture that only shows
    them.
    """
    if is_saved(scene):
        return ()
    if any(output.slots for output in written_outputs(scene)):
        return (
            f"The scene {scene.name!r} has Save Output off: each frame is the files of its File "
            "Output nodes alone",
        )
    for name in output_switches(scene.render):
        restorer.set(scene.render, name, True)
    return (
        f"The scene {scene.name!r} has Save Output off and no File Output node: its picture is "
        "written all the same",
    )
