"""Inside Blender: scenes that move in a way that data kept between the frames don't follow.

Each trips one rule of `rendering/motion_faults.py`, and has the words of its reason.
"""

from __future__ import annotations

from typing import Any

import bpy
from moving_scenes import (
    Maker,
    animate,
    ball,
    base,
    cube,
    geometry_nodes,
    hand_over,
    particles,
    socket_path,
)


def both_move() -> tuple[Any, Any]:
    base()
    first, second = cube(), ball()
    animate(first, "location", -1, 1, 0)
    animate(second, "location", -1, 1, 1)
    return first, second


def copy_each_other() -> None:
    first, second = both_move()
    for item, other in ((first, second), (second, first)):
        constraint = item.constraints.new("COPY_LOCATION")
        constraint.target, constraint.influence = other, 0.6


def driven_by_each_other() -> None:
    """One copies the other, which a driver turns by where the first came to be."""
    first, second = both_move()
    first.constraints.new("COPY_LOCATION").target = second
    first.constraints[0].use_offset = True
    driver = second.driver_add("location", 2).driver
    variable = driver.variables.new()
    variable.name, variable.type = "place", "TRANSFORMS"
    variable.targets[0].id, variable.targets[0].transform_type = first, "LOC_X"
    driver.expression = "place + 0.3"


def turning_hair() -> None:
    emitter = particles("HAIR")
    emitter.particle_systems[0].settings.root_radius = 5
    animate(emitter, "rotation_euler", 0, 0.9, 1)


def clear_hair() -> None:
    """Hair that lets light through to the floor."""
    emitter = particles("HAIR")
    emitter.particle_systems[0].settings.root_radius = 5
    material = bpy.data.materials.new("Thin")
    material.use_nodes = True
    emitter.data.materials.append(material)
    material.node_tree.nodes["Principled BSDF"].inputs["Alpha"].default_value = 0.5


def shining_particles() -> None:
    """They show a cube that gives light."""
    particles()
    bpy.context.scene.cycles.samples = 64
    tree = cube().material_slots[0].material.node_tree
    tree.nodes["Principled BSDF"].inputs["Emission Strength"].default_value = 4


def hidden_in_the_sun() -> None:
    """A cube that goes, under a sky that is painted and a sun, which are chosen by number."""
    base()
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    bpy.context.scene.collection.objects.link(sun)
    animate(cube(), "hide_render", False, True, end=2)


def hidden_catcher() -> None:
    base()
    cube().is_shadow_catcher = True
    animate(cube(), "hide_render", False, True, end=2)


def hidden_member() -> Any:
    """A collection that geometry nodes show, whose member is hidden later; returns the modifier."""
    base()
    held = bpy.data.collections.new("Held")
    member = bpy.data.objects.new("Member", cube().data)
    member.location.z = 2
    held.objects.link(member)
    animate(member, "hide_render", False, True, end=2)
    tree, _, output = geometry_nodes(cube())
    info = tree.nodes.new("GeometryNodeCollectionInfo")
    info.inputs["Collection"].default_value = held
    tree.links.new(info.outputs[0], output.inputs[0])
    return cube().modifiers[0]


def hidden_member_of_an_input() -> None:
    """The same collection, given by the modifier."""
    modifier = hidden_member()
    tree = modifier.node_group
    socket = tree.interface.new_socket("Shown", in_out="INPUT", socket_type="NodeSocketCollection")
    info, start = tree.nodes["Collection Info"], tree.nodes["Group Input"]
    held = info.inputs["Collection"].default_value
    info.inputs["Collection"].default_value = None
    tree.links.new(start.outputs["Shown"], info.inputs["Collection"])
    hand_over(modifier, socket.identifier, held)


def scattering(keys: tuple[float, float] = (1.0, 0.0)) -> Any:
    """A cube and a floor that stop to scatter light below their surface; returns the material."""
    base()
    bpy.context.scene.cycles.samples = 64
    material = cube().material_slots[0].material
    bpy.data.objects["Floor"].data.materials.append(material)
    tree = material.node_tree
    node = tree.nodes["Principled BSDF"]
    node.inputs["Alpha"].default_value = 0.2
    animate(tree, socket_path(node, "Subsurface Weight"), *keys, end=2)
    return material


def stops_scattering() -> None:
    scattering()


def inverse_to_be_set() -> Any:
    """As a script leaves a Child Of that Blender has not evaluated; returns the constraint."""
    first, second = both_move()
    constraint = first.constraints.new("CHILD_OF")
    constraint.target, constraint.set_inverse_pending = second, True
    return constraint


def rig() -> tuple[Any, Any]:
    """An armature with two bones, one of which follows an empty; returns it and the empty."""
    base()
    bpy.ops.object.armature_add()
    rig: Any = bpy.context.object
    bpy.ops.object.mode_set(mode="EDIT")
    rig.data.edit_bones.new("Hand").tail = (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    handle = bpy.data.objects.new("Handle", None)
    bpy.context.scene.collection.objects.link(handle)
    rig.pose.bones["Hand"].constraints.new("COPY_LOCATION").target = handle
    cube().parent, cube().parent_type, cube().parent_bone = rig, "BONE", "Hand"
    return rig, handle


def simulated_reach() -> None:
    """A bone that reaches for what moves, by iTaSC, which simulates from frame to frame."""
    chain, handle = rig()
    chain.pose.ik_solver = "ITASC"
    chain.pose.ik_param.mode = "SIMULATION"
    constraint = chain.pose.bones["Hand"].constraints.new("IK")
    constraint.target = handle
    chain.pose.bones["Hand"].constraints.remove(chain.pose.bones["Hand"].constraints[0])
    animate(handle, "location", (2, 0, 1), (-2, 1, 0))


CYCLES: tuple[tuple[Maker, str], ...] = (
    (copy_each_other, "'Ball', 'Cube' depend on each other"),
    (driven_by_each_other, "'Ball', 'Ball .location[2]', 'Cube' depend on each other"),
)
"""What these show depends on what this process has evaluated before, also without kept data."""

STALE: tuple[tuple[Maker, str], ...] = (
    (turning_hair, "the hair 'ParticleSystem' of object \"Grid\" turns with it"),
    (shining_particles, "the particles 'ParticleSystem' of object \"Grid\" show objects"),
    (hidden_member, 'object "Member" is hidden in some renders'),
    (hidden_member_of_an_input, "geometry nodes show the collection 'Held'"),
    (simulated_reach, 'the pose of object "Armature" is solved by iTaSC as a simulation'),
    (stops_scattering, "'Principled BSDF' of material \"Material\" scatters light below"),
)

OF_CASES: tuple[tuple[Maker, str], ...] = (
    (clear_hair, 'object "Grid" has hair of material "Thin", which lets light through'),
    (hidden_catcher, 'object "Cube" catches shadows and is hidden in some renders'),
    (hidden_in_the_sun, 'object "Cube" or a modifier of it is hidden in some renders, beside sun'),
)
"""What the differential machine's cases show to be wrong, with their samples and sizes."""
