"""The node trees of a scene's compositor, and where its File Output nodes keep their names.

Blender 5.0 made the scene's own tree a node group, took its Use Nodes out of service and renamed
the properties of File Output nodes; 5.3 made the one tree a stack of them.
"""

from __future__ import annotations

from typing import Any

import bpy

PICTURE_NODES = frozenset({"CompositorNodeComposite", "NodeGroupOutput"})
"""The nodes that a tree's picture goes into; the latter from Blender 5.0 on."""

FOLDER_PROPERTIES = ("base_path", "directory")
"""What a File Output node calls its folder, up to 4.5 and from 5.0 on."""

_HAS_GROUPS = bpy.app.version >= (5, 0, 0)
_HAS_STACK = bpy.app.version >= (5, 3, 0)


def scene_trees(scene: Any) -> list[bpy.types.NodeTree]:
    """The node trees that renders of the scene are composited by, one after the other.

    They are the same where the scene has compositing switched off.
    """
    if _HAS_STACK:
        trees = [each.node_group for each in scene.compositor_effects if each.enable_for_render]
    else:
        trees = [shown_tree(scene)]
    return [tree for tree in trees if tree is not None]


def tree_holders(scene: Any) -> list[Any]:
    """What hands data-blocks to the trees of a scene's compositor: its effects, from 5.3 on."""
    return (
        [each for each in scene.compositor_effects if each.enable_for_render] if _HAS_STACK else []
    )


def shown_tree(scene: Any) -> Any:
    """The tree that the compositor's editor shows, from 5.3 on one of several; None: there is none.

    From 5.3 on Blender itself calls `compositing_node_group` deprecated: 6.0 won't have it.
    """
    return scene.compositing_node_group if _HAS_GROUPS else scene.node_tree


def embedded_tree(scene: Any) -> Any:
    """The tree that is part of the scene itself; None where it has none, or has a node group."""
    return None if _HAS_GROUPS else scene.node_tree


def nodes_switch(scene: Any) -> bool | None:
    """Use Nodes, without which the compositor does nothing; None from 5.0 on: it is always on."""
    return None if _HAS_GROUPS else bool(scene.use_nodes)


def switch_nodes_on(scene: Any) -> None:
    if not _HAS_GROUPS:
        scene.use_nodes = True


def folder_property(node: Any) -> str:
    """What the property of a File Output node is called that holds its folder."""
    old, new = FOLDER_PROPERTIES
    return new if _HAS_GROUPS else old


def name_in_folder(node: Any) -> str:
    """What of a File Output node's folder property is the beginning of its file's name.

    So it was before 5.0, in a node that writes one multilayer file.
    """
    if _HAS_GROUPS or not _writes_layers(node):
        return ""
    return str(node.base_path).replace("\\", "/").rpartition("/")[2]


def name_of_node(node: Any) -> str:
    """What a File Output node itself, and no slot of it, gives to the names of its files."""
    return str(node.file_name) if _HAS_GROUPS else name_in_folder(node)


def linked_slots(node: Any) -> list[tuple[str, Any]]:
    """The sockets of a File Output node that have a link, each with the name of its file."""
    own, layers = name_of_node(node), _writes_layers(node)
    if not _HAS_GROUPS:
        linked = _linked(node, node.file_slots)
        return [(own if layers else str(slot.path), socket) for slot, socket in linked]
    linked = _linked(node, node.file_output_items)
    return [(own if layers else own + str(item.name), socket) for item, socket in linked]


def slot_formats(node: Any) -> list[Any]:
    """The image settings that a File Output node's files are written by: its own, and of slots."""
    if _writes_layers(node):
        return [node.format]
    if _HAS_GROUPS:
        linked = _linked(node, node.file_output_items)
        own = [item.format for item, _ in linked if item.override_node_format]
    else:
        linked = _linked(node, node.file_slots)
        own = [slot.format for slot, _ in linked if not slot.use_node_format]
    return own if len(own) == len(linked) else [node.format, *own]


def _linked(node: Any, slots: Any) -> list[tuple[Any, Any]]:
    """Those slots whose socket has a link, with it; 5.0 has one socket more than slots."""
    return [each for each in zip(slots, node.inputs, strict=False) if each[1].is_linked]


def _writes_layers(node: Any) -> bool:
    return bool(node.format.file_format == "OPEN_EXR_MULTILAYER")
