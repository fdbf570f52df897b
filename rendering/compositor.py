"""The compositor's File Output nodes: where they write, under what names.

Blender 5.0 renamed what these nodes and the scene's node tree are called by; this module alone
knows both names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import bpy

from ..publishing.stage import NodeFolder, published_folder


def compositing_tree(scene: bpy.types.Scene) -> bpy.types.NodeTree | None:
    """The node tree that the render goes through, or None where there is none in use."""
    if not scene.render.use_compositing:
        return None
    if bpy.app.version >= (5, 0, 0):
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def nodes_of(tree: Any) -> Iterator[bpy.types.Node]:
    """All nodes in use of a tree, those in its groups as well, once for each use of a group."""
    for node in tree.nodes:
        if node.mute:
            continue
        yield node
        group = getattr(node, "node_tree", None)
        if group is not None:
            yield from nodes_of(group)


@dataclass(frozen=True)
class FileOutput:
    """One File Output node that will write files."""

    node: Any

    @property
    def folder_property(self) -> str:
        return "directory" if hasattr(self.node, "directory") else "base_path"

    @property
    def is_multilayer(self) -> bool:
        return self.node.format.file_format == "OPEN_EXR_MULTILAYER"

    @property
    def raw_folder(self) -> str:
        """The node's folder and, before 5.0 in a multilayer node, the name at its end."""
        return str(getattr(self.node, self.folder_property))

    @property
    def folder(self) -> str:
        return self.raw_folder.removesuffix(self.stem) if self.stem else self.raw_folder

    @property
    def stem(self) -> str:
        """What of the folder property is the beginning of the file name."""
        if self.folder_property == "base_path" and self.is_multilayer:
            return self.raw_folder.replace("\\", "/").rpartition("/")[2]
        return ""

    @property
    def names(self) -> list[str]:
        """The names that the node numbers, as the artist wrote them."""
        if self.folder_property == "base_path":
            return [self.stem] if self.is_multilayer else _slot_paths(self.node)
        name = str(self.node.file_name)
        if self.is_multilayer:
            return [name]
        return [name + str(item.name) for item in _linked(self.node, self.node.file_output_items)]

    @property
    def own_numbers(self) -> bool:
        return any("#" in name for name in self.names)

    @property
    def published(self) -> NodeFolder:
        return NodeFolder(published_folder(self.folder), self.own_numbers)


def _slot_paths(node: Any) -> list[str]:
    return [str(slot.path) for slot in _linked(node, node.file_slots)]


def _linked(node: Any, items: Any) -> list[Any]:
    """Those items whose socket has a link; Blender 5.0 has one socket more than items."""
    return [item for item, socket in zip(items, node.inputs, strict=False) if socket.is_linked]


def file_outputs(scene: bpy.types.Scene) -> list[FileOutput]:
    """The File Output nodes that will write files; one in a group used twice stands here twice."""
    tree = compositing_tree(scene)
    if tree is None:
        return []
    return [
        FileOutput(node)
        for node in nodes_of(tree)
        if node.bl_idname == "CompositorNodeOutputFile"
        and any(socket.is_linked for socket in node.inputs)
    ]


def has_output(tree: Any) -> bool:
    """Whether anything of a compositing tree reaches the picture or a file."""
    finals = {"CompositorNodeComposite", "NodeGroupOutput", "CompositorNodeOutputFile"}
    return any(
        node.bl_idname in finals and any(socket.is_linked for socket in node.inputs)
        for node in nodes_of(tree)
    )
