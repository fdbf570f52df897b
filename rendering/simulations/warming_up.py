"""Bringing simulations to a frame through all frames before it, where they aren't baked.

What was found in Blender 4.2 to 5.0, by pixels: rendering in the background leaves an unbaked
simulation as it stands, also where every frame is rendered in turn; going to each frame before it
is rendered moves it. Going through all frames first and rendering then is not the same: particles,
for one, begin again after the first picture. So each frame is gone to right before its render.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

import bpy

from .simulation import Simulation

log = logging.getLogger(__name__)


class WarmUp:
    """Takes a scene from frame to frame, so that its simulations are where they should be."""

    def __init__(self, scene: bpy.types.Scene, first_frame: int) -> None:
        self._scene = scene
        self._first_frame = first_frame
        self._reached: int | None = None

    def to(self, frame: int) -> None:
        """Evaluate all frames up to this one that weren't evaluated yet.

        A frame before the last one starts again from the beginning.
        """
        start = self._first_frame
        if self._reached is not None and self._reached < frame:
            start = self._reached + 1
            if self._scene.frame_current != self._reached:  # a render of a still went elsewhere
                self._scene.frame_set(self._reached)
        elif frame > start:
            log.info(
                "unbaked simulations: evaluates %d frames, from %d on, before frame %d",
                frame - start,
                start,
                frame,
            )
        for number in range(start, frame):
            self._scene.frame_set(number)
        self._scene.frame_set(frame)
        self._reached = frame


@contextlib.contextmanager
def warmed_up(
    scene: bpy.types.Scene, simulations: list[Simulation]
) -> Iterator[Callable[[int], None]]:
    """What takes the scene to a frame right before its render; the frame is put back at the end.

    Without simulations there is nothing to do.
    """
    if not simulations:
        yield _stay
        return
    current, subframe = scene.frame_current, scene.frame_subframe
    try:
        yield WarmUp(scene, min(one.first_frame for one in simulations)).to
    finally:
        scene.frame_set(current, subframe=subframe)


def _stay(frame: int) -> None:
    """Rendering goes to the frame by itself."""


def why_not(one: Simulation, scene: bpy.types.Scene) -> str:
    """Why going from frame to frame in this scene would not move it; empty where it does."""
    if one.keeps_files:
        return (
            "it keeps its frames in files, which children at work at the same time would write "
            "over each other; bake it"
        )
    if isinstance(one.data_block, bpy.types.Scene):
        return "" if one.data_block == scene else _elsewhere(one.data_block)
    return _why_not_object(one.data_block, one.part, scene)


def _why_not_object(item: Any, part: str, scene: bpy.types.Scene) -> str:
    if item.users_scene and scene not in item.users_scene:
        return _elsewhere(item.users_scene[0])
    systems = [each for each in item.modifiers if each.type == "PARTICLE_SYSTEM"]
    modifiers = [each for each in item.modifiers if each.name == part]
    modifiers += [each for each in systems if each.particle_system.name == part]
    is_in_layer = any(item.name in layer.objects for layer in scene.view_layers)
    is_hidden = item.hide_viewport or (is_in_layer and not _is_seen(item, scene))
    if is_hidden or not all(each.show_viewport for each in modifiers):
        return "it is hidden in the viewport, and only what shows there moves; show it"
    return ""


def _is_seen(item: Any, scene: bpy.types.Scene) -> bool:
    layers = [layer for layer in scene.view_layers if item.name in layer.objects]
    return any(item.visible_get(view_layer=layer) for layer in layers)


def _elsewhere(scene: bpy.types.Scene) -> str:
    return f"it is in another scene, {scene.name!r}, whose frames go by themselves; bake it"
