"""Run inside Blender: makes a film whose frames are three pictures each, and renders it by Blender
alone, with nothing of the extension: the reference that the children's frames are compared with.

blender -b -P make_film.py -- PATH '["film", {"end": 8}]' REFERENCE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "process"))
import scenes

PATH, TOLD, REFERENCE = sys.argv[sys.argv.index("--") + 1 :]

NODES = {"first": 0.0, "second": 1.0}
"""Folders of the File Output nodes, and how much of their picture is inverted."""


def add_outputs(scene: bpy.types.Scene) -> list[bpy.types.Node]:
    tree = scenes.compositing_tree(scene)
    layers = tree.nodes["Layers"].outputs["Image"]
    nodes = []
    for folder, inverted in NODES.items():
        node = scenes.file_output(tree, f"//{folder}/", "Image#####", "PNG")
        invert = tree.nodes.new("CompositorNodeInvert")
        factor, colour = (socket_of(invert, kind) for kind in ("VALUE", "RGBA"))
        factor.default_value = inverted
        tree.links.new(layers, colour)
        tree.links.new(invert.outputs[0], node.inputs[0])
        nodes.append(node)
    return nodes


def socket_of(node: bpy.types.Node, kind: str) -> bpy.types.NodeSocket:
    """The node's only input of a kind: its versions disagree about names and places."""
    (socket,) = (socket for socket in node.inputs if socket.type == kind)
    return socket


def render_reference(scene: bpy.types.Scene, nodes: list[bpy.types.Node]) -> None:
    property_name = "directory" if hasattr(nodes[0], "directory") else "base_path"
    for folder, node in zip(NODES, nodes, strict=True):
        setattr(node, property_name, f"{REFERENCE}/compositor/{folder}/")
    scene.render.filepath = f"{REFERENCE}/#####"
    bpy.ops.render.render(animation=True)


if __name__ == "__main__":
    _, settings = json.loads(TOLD)
    made = scenes.film(**settings)
    made.render.compositor_device = "CPU"  # what children without --gpu render on
    outputs = add_outputs(made)
    bpy.ops.wm.save_as_mainfile(filepath=PATH)
    render_reference(made, outputs)
