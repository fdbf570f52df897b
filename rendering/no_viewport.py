"""Rendering without evaluating the scene for a viewport that nobody sees.

When Blender's render operator is done, it evaluates the scene that the window shows once more, for
the frame that it was on (`ED_update_for_newframe` at the end of `screen_render_exec`). On the
pottery scene of AWS's workshop that is 50 of 750 ms a frame. An animation has it once, but here
each frame is a call of its own. So the window is given an empty scene to show.

For good: Blender 4.2 crashed when it was given back a scene whose data-blocks had gone meanwhile.
And by the window, not by overriding the context: an override is a Python object, which the operator
reads without holding Python's lock, and that crashed too, where a thread was at work.
"""

from __future__ import annotations

import bpy

from ..scene.frame_drivers import drivers
from ..scene.frame_handlers import frame_handlers
from ..scene.rendered_scenes import (
    pictured_scenes,
    rendered_scenes,
)


def show_nothing(scene: bpy.types.Scene) -> bool:
    """Have the window show an empty scene from now on, where it is seen by nobody and nothing.

    For a process that ends with its chunk. Returns whether it was done.
    """
    window = bpy.context.window
    if not window or not bpy.app.background or is_seen(scene):
        return False
    empty = bpy.data.scenes.new("Array Chunk Render: nothing")
    # The operator takes the frame of the window's scene for that of the rendered one.
    empty.frame_set(scene.frame_current, subframe=scene.frame_subframe)
    window.scene = empty
    return True


def is_seen(scene: bpy.types.Scene) -> bool:
    """Whether something but the picture depends on the scene in the window.

    Functions and drivers of the artist's may ask for it. And what is animated in a scene's own
    settings comes to the scene itself only where a window evaluates it. Blender reads the shutter
    of motion blur from there, after the first frame (`render_update_anim_renderdata`; 4.2 to 5.0).
    And Render Single Layer means the active layer of the window.
    """
    scenes = pictured_scenes(scene)
    return (
        scene.render.use_single_layer
        or any(map(_is_animated, (*scenes.edited, *rendered_scenes(scene))))
        or any(True for _ in frame_handlers())
        or any(map(_runs_python, drivers()))
    )


def _is_animated(scene: bpy.types.Scene) -> bool:
    animation = scene.animation_data
    return animation is not None and bool(
        animation.action or animation.nla_tracks or animation.drivers
    )


def _runs_python(driver: bpy.types.Driver) -> bool:
    return driver.type == "SCRIPTED" and not driver.is_simple_expression
