"""Which particle systems depend on the frames before: most do, the simplest don't.

Found by rendering frame 15 after the frames before it, and at once, in Blender 4.2, 4.3, 4.5 and
5.0: Newtonian particles that only fall, keyed ones, those without physics and hair without
dynamics were the same both ways; boids, fluid, and whatever drags, turns aside or moves were not
(damping, a point force, Euler and rotation were tried in 4.2 alone).
"""

from __future__ import annotations

from typing import Any

import bpy

BENDING = ("brownian_factor", "drag_factor", "damping")
"""Properties of particles that make their path other than a parabola."""
DEPENDENT = frozenset({"BOIDS", "FLUID"})


def depends_on_past(item: bpy.types.Object, system: Any) -> bool:
    """Whether a frame of this particle system looks other where those before were left out."""
    settings = system.settings
    if settings.type == "HAIR":
        return bool(system.use_hair_dynamics)
    if settings.physics_type in DEPENDENT:
        return True
    return settings.physics_type == "NEWTON" and not _only_falls(item, system)


def _only_falls(item: bpy.types.Object, system: Any) -> bool:
    settings = system.settings
    if settings.integrator != "MIDPOINT" or settings.animation_data is not None:
        return False
    if any(getattr(settings, name) for name in BENDING):
        return False
    beside = {one for scene in item.users_scene for one in scene.objects}
    return not _moves(item) and not any(map(_is_in_the_way, beside))


def _moves(item: Any) -> bool:
    """Whether the emitter may move, or change its shape."""
    while item is not None:
        shape = getattr(item.data, "shape_keys", None)
        if any(one and one.animation_data for one in (item, item.data, shape)):
            return True
        if item.constraints or item.rigid_body is not None:
            return True
        if any(each.type != "PARTICLE_SYSTEM" for each in item.modifiers):
            return True
        item = item.parent
    return False


def _is_in_the_way(item: Any) -> bool:
    field, collision = item.field, item.collision
    has_field = field is not None and field.type != "NONE"
    return has_field or (collision is not None and collision.use)
