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
from fractions import Fraction
from typing import Any

import bpy

from .simulation import Simulation, is_exact, last_moment, set_moment, shows, speed

log = logging.getLogger(__name__)


class WarmUp:
    """Takes a scene from frame to frame, so that its simulations are where they should be.

    With `by_moments` it goes from one whole moment of its simulations to the next, as a bake does
    where time is stretched, and then to the frame.
    """

    def __init__(self, scene: bpy.types.Scene, first_frame: int, by_moments: bool = False) -> None:
        self._scene = scene
        self._first = first_frame
        self._by_moments = by_moments
        self._frame: int | None = None
        """The frame it was taken to last."""
        self._reached = first_frame - 1
        """The last step that was evaluated: a frame, or a moment."""

    def to(self, frame: int) -> None:
        """Evaluate all frames or moments up to this frame that weren't evaluated yet.

        A frame before the last one starts again from the beginning.
        """
        last = last_moment(self._scene, frame) if self._by_moments else frame
        if self._frame is None or frame <= self._frame:
            self._begin(last, frame)
        elif self._reached < last and self._shown() != self._reached:
            self._set(self._reached)  # a render of a still, or of between two moments, went on
        for step in range(self._reached + 1, last + 1):
            self._set(step)
            self._reached = step
        step_of_frame = frame * (speed(self._scene) if self._by_moments else Fraction(1))
        if self._shown() != step_of_frame or last < self._first:
            self._scene.frame_set(frame)
        self._frame = frame

    def _begin(self, last: int, frame: int) -> None:
        self._reached = self._first - 1
        if last > self._first:
            log.info(
                "unbaked simulations: evaluates %d frames, from %d on, before frame %d",
                last - self._first,
                self._first,
                frame,
            )

    def _set(self, step: int) -> None:
        if self._by_moments:
            set_moment(self._scene, step)
        else:
            self._scene.frame_set(step)

    def _shown(self) -> Fraction:
        if self._by_moments:
            return shows(self._scene)
        return self._scene.frame_current + Fraction(self._scene.frame_subframe)


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
        first_frame = min(one.first_frame for one in simulations)
        yield WarmUp(scene, first_frame, by_moments=speed(scene) != 1).to
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
    if speed(scene) != 1 and (one.bakes or not is_exact(scene)):
        old, new = scene.render.frame_map_old, scene.render.frame_map_new
        return (
            f"time is stretched (Old {old}, New {new}), by which its steps would be others than "
            "those of a bake; bake it"
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
    layers = [layer for layer in scene.view_layers if item.name in layer.objects]
    is_seen = not layers or any(item.visible_get(view_layer=layer) for layer in layers)
    is_hidden = item.hide_viewport or not is_seen
    if is_hidden or not all(each.show_viewport for each in modifiers):
        return "it is hidden in the viewport, and only what shows there moves; show it"
    return ""


def _elsewhere(scene: bpy.types.Scene) -> str:
    return f"it is in another scene, {scene.name!r}, whose frames go by themselves; bake it"
