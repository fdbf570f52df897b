"""Hair that light goes through: how much of it does Cycles works out once, and keeps.

It asks a material that has any transparency how much light each piece of a hair lets through to
what is behind it, and does so anew where the hair or the material's nodes change, not where the
picture does that these show. Then shadows are those of an earlier frame. Found by the differential
machine, with a sequence of pictures; what else nodes may look at is not told from that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import bpy

from ..scene.compositor import nodes_of
from ..scene.files.stored_path import owner_name
from ..scene.frame_drivers import animated_paths

CLEAR_NODES = frozenset({"ShaderNodeBsdfTransparent", "ShaderNodeScript"})
"""Nodes that let light through without bending it, or may do so."""


def of_clear_hair(
    cycles: Sequence[bpy.types.Scene], used: Callable[[], frozenset[bpy.types.ID]]
) -> Iterator[str]:
    """A rule as in `persistent_faults`: each hair whose material lets light through."""
    clear = {material for material in bpy.data.materials if lets_light_through(material)}
    if not clear:
        return
    for item in bpy.data.objects:
        for material in clear & _materials_of_hair(item):
            if item in used():
                yield (
                    f"{owner_name(item)} has hair of {owner_name(material)}, which lets light "
                    "through: its shadow could be that of an earlier frame"
                )


def lets_light_through(material: bpy.types.Material) -> bool:
    """Whether a surface of it does, by what its nodes are set to now or may be in another frame."""
    return material.node_tree is not None and any(map(_is_clear, nodes_of([material.node_tree])))


def _is_clear(node: bpy.types.Node) -> bool:
    alpha: Any = node.inputs.get("Alpha") if node.bl_idname == "ShaderNodeBsdfPrincipled" else None
    if alpha is None:
        return node.bl_idname in CLEAR_NODES
    path = f"{alpha.path_from_id()}.default_value"
    return alpha.default_value < 1 or alpha.is_linked or path in animated_paths(alpha.id_data)


def _materials_of_hair(item: bpy.types.Object) -> set[bpy.types.Material]:
    """The materials that hair of an object may have; what nodes make of it may be hair, too."""
    materials = {slot.material for slot in item.material_slots if slot.material is not None}
    trees = [each.node_group for each in item.modifiers if each.type == "NODES"]
    nodes = list(nodes_of(tree for tree in trees if tree is not None))
    if any("Curve" in node.bl_idname for node in nodes):
        sockets: Any = [socket for node in nodes for socket in node.inputs]
        given = {socket.default_value for socket in sockets if socket.type == "MATERIAL"}
        return materials | (given - {None})
    has_hair = any(system.settings.type == "HAIR" for system in item.particle_systems)
    return materials if has_hair or item.type == "CURVES" else set()
