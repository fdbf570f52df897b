"""What moves, comes or goes in a way that kept data don't follow: rules as in `persistent_faults`.

All were found by the differential machine, in scenes put together by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import bpy

from ..scene.compositor import nodes_of, trees_used
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


def of_itasc(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """iTaSC in its Simulation mode goes on from the pose that it had in the frame before."""
    for item in bpy.data.objects:
        pose = item.pose
        simulates = pose and pose.ik_solver == "ITASC" and pose.ik_param.mode == "SIMULATION"
        if simulates and any(_has_ik(bone) for bone in pose.bones) and item in used():
            yield (
                f"the pose of {owner_name(item)} is solved by iTaSC as a simulation, which would "
                "go on from the frame before"
            )


def _has_ik(bone: Any) -> bool:
    return any(each.type == "IK" and not each.mute for each in bone.constraints)


def of_particles(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """Particles that show objects: those that give light stay in the list of lights as they were.

    In 5.2 and 5.3 motion blur and the vector pass, which ask for them before and after a frame,
    leave the next frame what they were in that moment.
    """
    for item in bpy.data.objects:
        for system in item.particle_systems:
            settings = system.settings
            is_shown = settings.type == "EMITTER" and settings.render_type in INSTANCES
            if is_shown and item in used():
                yield (
                    f"the particles {system.name!r} of {owner_name(item)} show objects, of which "
                    "Cycles would keep some that are gone"
                )


INSTANCES = frozenset({"OBJECT", "COLLECTION"})
"""How particles are rendered where Cycles shows them."""


def of_hidden_members(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """What geometry nodes show of a collection isn't looked at anew where a member is hidden."""
    readers = bpy.data.user_map(
        subset=bpy.data.collections, key_types={"COLLECTION"}, value_types={"NODETREE", "OBJECT"}
    )
    for collection, users in readers.items():
        if any(map(_has_nodes, users)):
            for member in collection.all_objects:
                if "hide_render" in animated_paths(member) and member in used():
                    yield (
                        f"{owner_name(member)} is hidden in some renders, and geometry nodes show "
                        f"the collection {collection.name!r}: it would stay as it was"
                    )


def _has_nodes(user: bpy.types.ID) -> bool:
    """Whether it is a group of geometry nodes, or an object that may give one a collection."""
    if isinstance(user, bpy.types.Object):
        return any(modifier.type == "NODES" for modifier in user.modifiers)
    return user.bl_idname == "GeometryNodeTree"


def of_numbered_lights(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """Where an object goes, others change their places, and so does what the noise of lights is of.

    Lights that Cycles chooses by their numbers get other ones then (from 4.5 on, where it has
    lights among the objects): suns and a world that is painted, and without Light Tree all. An
    object goes, too, where a modifier of it does. No picture is wrong by that, but it has other
    noise than one that is rendered alone.
    """
    going = [item for item in bpy.data.objects if _may_go(item)]
    if not going:
        return
    suns = [
        owner_name(light) for light in bpy.data.lights if light.type == "SUN" and light in used()
    ]
    if any(not has_light_tree(scene) for scene in cycles):
        suns.append("lights without Light Tree")
    for item in going:
        if suns and item in used():
            yield (
                f"{owner_name(item)} or a modifier of it is hidden in some renders, beside "
                f"{suns[0]}: the noise would be other noise"
            )


def of_hidden_catchers(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """Where the last shadow catcher goes, Cycles goes on as if there were one."""
    for item in bpy.data.objects:
        is_marked = item.is_shadow_catcher or "is_shadow_catcher" in animated_paths(item)
        is_catcher = is_marked and item.type != "LIGHT"  # which all have it on, of what they light
        if is_catcher and _may_go(item) and item in used():
            yield (
                f"{owner_name(item)} catches shadows and is hidden in some renders: the others "
                "would be transparent as if it was there"
            )


def has_light_tree(scene: Any) -> bool:
    """Whether Cycles chooses lights by where they are, in all frames."""
    return scene.cycles.use_light_tree and "cycles.use_light_tree" not in animated_paths(scene)


def _may_go(item: bpy.types.Object) -> bool:
    return any(path.endswith(("hide_render", "show_render")) for path in animated_paths(item))


def of_scattering(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """Light below a surface, in a material that changes: a mesh is built for it or is not.

    Where it comes Blender crashes, where it goes rays meet the mesh otherwise than one that never
    had it.
    """
    for material in bpy.data.materials:
        trees = trees_used([material.node_tree] if material.node_tree is not None else [])
        if any(map(animated_paths, trees)) and material in used():
            for node in nodes_of(trees):
                if _may_scatter(node):
                    yield (
                        f"the node {node.name!r} of {owner_name(material)} scatters light below "
                        "the surface, and the material is animated: its meshes would be kept as "
                        "they were"
                    )


def _may_scatter(node: bpy.types.Node) -> bool:
    """Whether light goes below a surface here, by the value that an input has now or will have."""
    if node.bl_idname == "ShaderNodeSubsurfaceScattering":
        return True
    weight: Any = node.inputs.get("Subsurface Weight")
    if weight is None:
        return False
    path = f"{weight.path_from_id()}.default_value"
    return weight.default_value > 0 or weight.is_linked or path in animated_paths(weight.id_data)


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


MOTION_RULES = (
    of_cycles,
    of_pending_inverses,
    of_itasc,
    of_particles,
    of_hidden_members,
    of_numbered_lights,
    of_hidden_catchers,
    of_scattering,
    of_turning_hair,
)
