"""Compositing trees in every version of Blender. Runs inside Blender."""

from __future__ import annotations

from typing import Any

import bpy


def compositing_tree(scene: bpy.types.Scene) -> Any:
    """A new compositing tree with a Render Layers node and an output, in every version."""
    if bpy.app.version >= (5, 0, 0):
        tree = bpy.data.node_groups.new("Compositing", "CompositorNodeTree")
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        scene.compositing_node_group = tree
        output = tree.nodes.new("NodeGroupOutput")
    else:
        scene.use_nodes = True
        tree = scene.node_tree
        tree.nodes.clear()
        output = tree.nodes.new("CompositorNodeComposite")
    layers = tree.nodes.new("CompositorNodeRLayers")
    layers.name = "Layers"
    tree.links.new(layers.outputs["Image"], output.inputs[0])
    return tree


def file_output(tree: Any, folder: str, name: str, file_format: str = "OPEN_EXR") -> Any:
    """A File Output node with one input, which is not linked yet."""
    node = tree.nodes.new("CompositorNodeOutputFile")
    if hasattr(node, "directory"):
        layered = file_format == "OPEN_EXR_MULTILAYER"
        node.format.media_type = "MULTI_LAYER_IMAGE" if layered else "IMAGE"
        node.format.file_format = file_format
        node.directory = folder
        # An item's name is a name; what has folders in it stands in the node's own file name.
        whole = layered or "/" in name
        node.file_name = name if whole else ""
        node.file_output_items.clear()
        node.file_output_items.new("RGBA", "Image" if whole else name)
    else:
        node.format.file_format = file_format
        node.base_path = folder
        node.file_slots[0].path = name
    return node
