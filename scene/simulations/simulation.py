"""One simulation that the render uses and whose frames are not stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy


@dataclass(frozen=True)
class Simulation:
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
