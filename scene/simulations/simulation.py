"""One simulation that the render uses, and the moments of it that a scene's frames show.

Time Stretching: frames of a scene that last longer or shorter than those of its simulations.

The moment of a simulation that a frame shows is the frame times Old / New. What was found in
Blender 4.2 to 5.2: a point cache is simulated at whole moments only, by a bake at each of them;
going from frame to frame leaves out moments, or does nothing at moments in between. Simulation
zones move by a step with each frame that is gone to, and a bake of theirs is stored by frames and
read by moments: nothing but Blender's bake gives what that gives.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import bpy


class Simulation(NamedTuple):
    """A simulation that isn't baked: what Blender shows of it depends on the frames before."""

    name: str
    """As a person calls it, such as ``the cloth "Cloth" of object "Flag"``."""
    data_block: bpy.types.ID
    part: str
    """Name of the modifier or particle system; empty for a rigid body world."""
    first_frame: int
    """Where it starts; before that it stands still."""
    cache: Any = None
    """Its point cache, which Blender can bake without a window."""
    bakes: tuple[Any, ...] = ()
    """Those of its modifier's bakes that are simulation zones; by geometry nodes only."""
    by_hand: str = ""
    """Why Blender can't bake it without a window, and what to do; empty: it can."""
    keeps_files: bool = False
    """Whether evaluating it writes files beside the .blend, which children would share."""


def speed(scene: bpy.types.Scene) -> Fraction:
    """How many moments of a simulation a frame of the scene lasts."""
    return Fraction(scene.render.frame_map_old, scene.render.frame_map_new)


def last_moment(scene: bpy.types.Scene, frame: int) -> int:
    """The first whole moment that isn't before what the frame shows."""
    return math.ceil(frame * speed(scene))


def is_exact(scene: bpy.types.Scene) -> bool:
    """Whether Blender's single precision can name the time of every moment as it is.

    Otherwise the length of a step differs a bit from that of a bake, and so does all after it.
    """
    ratio = speed(scene)
    return all(number & (number - 1) == 0 for number in ratio.as_integer_ratio())


def set_moment(scene: bpy.types.Scene, moment: int) -> None:
    """Have the scene show a whole moment, be it between two frames."""
    time = moment / speed(scene)
    frame = math.floor(time)
    scene.frame_set(frame, subframe=float(time - frame))


def shows(scene: bpy.types.Scene) -> Fraction:
    """The moment that the scene shows."""
    return (scene.frame_current + Fraction(scene.frame_subframe)) * speed(scene)
