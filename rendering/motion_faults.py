"""What moves in a way that data kept between frames don't follow: rules as in `persistent_faults`.

All were found by the differential machine, in scenes put together by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import bpy

from ..scene.files.stored_path import owner_name
from ..scene.frame_drivers import animated_paths
from .dependency_cycles import cycles_among

Used = Callable[[], frozenset[bpy.types.ID]]
"""The data-blocks in the picture: looked for once, and only if a rule needs them."""

MOST_NAMED = 4
"""So many places of a cycle are named."""


def of_cycles(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """Where two things wait for each other, Blender takes one of them as it was last evaluated.

    Without kept data that is as the file has it, with them as it was in the frame before.
    """
    for cycle in cycles_among(bpy.data.objects):
        if not used().isdisjoint(place.item for place in cycle):
            places = [f"{place.item.name} {place.part}".strip() for place in cycle[:MOST_NAMED]]
            names = ", ".join(map(repr, places))
            yield f"{names} depend on each other, and would go on from the frame before"


def of_pending_inverses(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """A Child Of that has its inverse still to be set: kept data have it from another frame.

    In the window that is done at once; a script that adds one may save the file before.
    """
    for item in bpy.data.objects:
        holders = (item, *(item.pose.bones if item.pose is not None else ()))
        for constraint in (each for holder in holders for each in holder.constraints):
            is_pending = getattr(constraint, "set_inverse_pending", False)
            if is_pending and not constraint.mute and item in used():
                yield (
                    f"the constraint {constraint.name!r} of {owner_name(item)} has its inverse "
                    "still to be set: it would be that of another frame"
                )


def of_particles(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """Particles that motion blur or the vector pass asks for before and after a frame (5.2, 5.3).

    What they are in that moment is left to the next frame.
    """
    layers = [layer for scene in cycles for layer in scene.view_layers if layer.use]
    if any(scene.render.use_motion_blur for scene in cycles) or any(
        layer.use_pass_vector for layer in layers
    ):
        for item in bpy.data.objects:
            for system in item.particle_systems:
                settings = system.settings
                is_shown = settings.type == "EMITTER" and settings.render_type in INSTANCES
                if is_shown and item in used():
                    yield (
                        f"the particles {system.name!r} of {owner_name(item)} would stay where "
                        "motion blur or the vector pass looked at them"
                    )


INSTANCES = frozenset({"OBJECT", "COLLECTION"})
"""How particles are rendered where Cycles shows them."""


def of_turning_hair(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """Particle hair is kept as it was while what it grows on turns, and meets rays otherwise."""
    for item in bpy.data.objects:
        for system in item.particle_systems:
            settings = system.settings
            is_hair = settings.type == "HAIR" and settings.render_type == "PATH"
            if is_hair and _may_turn(item) and item in used():
                yield f"the hair {system.name!r} of {owner_name(item)} turns with it"


def _may_turn(item: bpy.types.Object) -> bool:
    """Whether it, or what it is a child of, is turned, stretched, constrained or simulated."""
    holder: bpy.types.Object | None = item
    while holder is not None:
        if (
            holder.constraints
            or holder.rigid_body
            or holder.parent_type not in {"OBJECT", "LATTICE"}
        ):
            return True
        if any("rotation" in path or "scale" in path for path in animated_paths(holder)):
            return True
        holder = holder.parent
    return False


MOTION_RULES = (of_cycles, of_pending_inverses, of_particles, of_turning_hair)
