"""The compositor's trees and their File Output nodes: where they write, under what names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import bpy

from ..publishing.stage import NodeFolder, published_folder
from .blender_versions.compositing import (
    PICTURE_NODES,
    embedded_tree,
    folder_property,
    linked_slots,
    name_in_folder,
    name_of_node,
    nodes_switch,
    scene_trees,
    slot_formats,
)
from .blender_versions.files import may_have_variables
from .project import BLEND_FOLDER, expanded, with_values

COMPOSITOR_TREE = "CompositorNodeTree"

_IN_BRACES = re.compile(r"\{[^{}]*\}")
"""A variable, in which `#` says how a number is written."""
_DRIVE = re.compile(r"^([A-Za-z]):")


def compositing_trees(scene: bpy.types.Scene) -> list[bpy.types.NodeTree]:
    """The node trees that the render goes through, one after the other."""
    is_on = scene.render.use_compositing and nodes_switch(scene) is not False
    return scene_trees(scene) if is_on else []


def compositing_nodes(scene: bpy.types.Scene) -> Iterator[bpy.types.Node]:
    """All nodes in use that the scene is composited by, each once."""
    yield from nodes_of(compositing_trees(scene))


def nodes_of(trees: Iterable[bpy.types.NodeTree]) -> Iterator[bpy.types.Node]:
    """All nodes in use of these trees and of the groups in them, each once.

    However often a group is used, it is gone through once: groups in groups would be as many as
    two to the power of their depth.
    """
    for tree in trees_used(trees):
        yield from (node for node in tree.nodes if not node.mute)


def trees_used(trees: Iterable[bpy.types.NodeTree]) -> dict[bpy.types.NodeTree, bool]:
    """These trees and the groups in them, and of each whether it is used several times."""
    uses: dict[bpy.types.NodeTree, int] = {}
    waiting = list(trees)
    while waiting:
        tree = waiting.pop(0)
        uses[tree] = uses.get(tree, 0) + 1
        if uses[tree] <= 2:  # the second time for what it makes be used twice
            groups = map(group_in, tree.nodes)
            waiting.extend(group for group in groups if group is not None)
    return {tree: count > 1 for tree, count in uses.items()}


def group_in(node: Any) -> bpy.types.NodeTree | None:
    """The group that a node is for, if it is for one and in use."""
    return None if node.mute else getattr(node, "node_tree", None)


class FileOutput(NamedTuple):
    """One File Output node that will write files."""

    node: Any
    is_repeated: bool = False
    """Whether the node is in a group that is used several times."""

    @property
    def folder_property(self) -> str:
        return folder_property(self.node)

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
        return name_in_folder(self.node)

    @property
    def names(self) -> list[str]:
        """The names that the node numbers, as the artist wrote them."""
        return [name_of_node(self.node)] if self.is_multilayer else [name for name, _ in self.slots]

    @property
    def slots(self) -> list[tuple[str, Any]]:
        """The sockets that have a link, each with the name of the file it goes into."""
        return linked_slots(self.node)

    @property
    def formats(self) -> list[Any]:
        """The image settings that the node's files are written by: its own, and those of slots."""
        return slot_formats(self.node)

    @property
    def own_numbers(self) -> bool:
        return any("#" in _IN_BRACES.sub("", name) for name in self.names)

    @property
    def published(self) -> NodeFolder:
        levels = self.named_by_blender.count("/")
        folder = "" if levels else published_folder(self._folder_without_root)
        return NodeFolder(folder, self.own_numbers, self.node.name, levels=levels)

    @property
    def named_by_blender(self) -> str:
        """The node's folder, as seen from where its files are gathered, if variables are in it.

        Only Blender knows their values, which may change with the frame. It ends in a slash.
        """
        folder = self._folder_without_root
        if not may_have_variables(folder):
            return ""
        parts = _DRIVE.sub(r"\1/", folder.replace("\\", "/")).split("/")
        return "".join(f"{part}/" for part in parts if part not in ("", "."))

    @property
    def _folder_without_root(self) -> str:
        return with_values(expanded(self.folder, root=""), {BLEND_FOLDER: ""})


def file_outputs(trees: Iterable[bpy.types.NodeTree]) -> list[FileOutput]:
    """The File Output nodes that will write files when these trees are gone through."""
    return [
        FileOutput(node, is_repeated)
        for tree, is_repeated in trees_used(trees).items()
        for node in _output_nodes(tree)
        if not node.mute and any(socket.is_linked for socket in node.inputs)
    ]


def all_file_outputs() -> list[FileOutput]:
    """Every File Output node of the file: muted or not, linked from a library, used or not.

    What a render reaches may change with each frame and with each version of Blender.
    """
    groups = [tree for tree in bpy.data.node_groups if tree.bl_idname == COMPOSITOR_TREE]
    embedded = filter(None, map(embedded_tree, bpy.data.scenes))
    return [FileOutput(node) for tree in (*embedded, *groups) for node in _output_nodes(tree)]


def _output_nodes(tree: Any) -> list[Any]:
    return [node for node in tree.nodes if node.bl_idname == "CompositorNodeOutputFile"]


def has_output(scene: bpy.types.Scene) -> bool:
    """Whether anything of the scene's compositing trees reaches the picture or a file."""
    finals = {*PICTURE_NODES, "CompositorNodeOutputFile"}
    return any(
        node.bl_idname in finals and any(socket.is_linked for socket in node.inputs)
        for node in compositing_nodes(scene)
    )


def composites_on_gpu(scene: bpy.types.Scene) -> bool:
    """Whether a scene has compositing nodes that work on the GPU."""
    return scene.render.compositor_device == "GPU" and any(compositing_nodes(scene))
