"""What add-ons left in the file that the farm may not have.

Reliable is only what Blender itself tells: a node of a type that is not registered here, and, where
the add-on is enabled, its property groups that hold values. Data of an add-on that is not enabled
looks like anybody's custom properties.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from ...blender_versions import release
from ...blender_versions.compositing import embedded_tree
from ...chunking.settings import Settings
from ..render_reach import reach_of_render
from .finding import (
    Finding,
    found,
)

OWN_PACKAGE = __package__.partition(".scene")[0]


def unknown_nodes(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    if not any(map(_unknown, _every_tree())):
        return
    for user in sorted(reach_of_render(scene).pictured, key=lambda one: one.name_full):
        tree = user if isinstance(user, bpy.types.NodeTree) else getattr(user, "node_tree", None)
        for node in _unknown(tree) if tree is not None else ():
            yield found(
                "node-unknown",
                f"The node {node.name!r} of {user.name_full!r} is of a type that this Blender "
                f"doesn't know, so it does nothing: {_why_unknown(user)}.",
                user,
                part=node.name,
            )


def _why_unknown(user: Any) -> str:
    """Blender tells nothing of such a node but its name; its file tells the version."""
    saved = release.saved_by(user.library)
    version = release.version_name(saved)
    if saved > release.MINOR:
        return (
            f"its add-on is not there, or Blender {release.NAME} is older than {version} and has "
            "no such node yet. Install the add-on, or render by the newer Blender"
        )
    if saved < release.MINOR:
        return (
            f"its add-on is not there, or Blender has removed it since {version}. Install the "
            f"add-on, put another node in its place, or render by Blender {version}"
        )
    return (
        "its add-on is not there, or another Blender has it and this one has not. Install the "
        "add-on, or put another node in its place"
    )


def _every_tree() -> Iterator[Any]:
    owners = (bpy.data.materials, bpy.data.worlds, bpy.data.lights)
    trees = [each.node_tree for each in itertools.chain[Any](*owners)]
    yield from filter(None, [*trees, *map(embedded_tree, bpy.data.scenes)])
    yield from bpy.data.node_groups


def _unknown(tree: Any) -> list[Any]:
    return [node for node in tree.nodes if node.bl_idname == "NodeUndefined"]


def addon_data(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in bpy.types.BlendData.bl_rna.properties:
        if each.type != "COLLECTION":
            continue
        for name, addon in _foreign_groups(each.fixed_type.identifier):
            for data_block in getattr(bpy.data, each.identifier):
                if data_block.is_property_set(name):
                    yield found(
                        "addon-data",
                        f"The add-on {addon!r} keeps data in {data_block.name_full!r} ({name}). If "
                        "the picture depends on it, the add-on has to be installed on the farm.",
                        data_block,
                        part=name,
                    )


def _foreign_groups(type_name: str) -> Iterator[tuple[str, str]]:
    """The property groups that add-ons have put on a type of data-block, with the add-ons."""
    owner = getattr(bpy.types, type_name)
    for each in owner.bl_rna.properties:
        if each.is_runtime and each.type in {"POINTER", "COLLECTION"}:
            declared = getattr(owner, each.identifier, None)
            group = getattr(declared, "keywords", {}).get("type")
            addon = foreign_addon(group) if isinstance(group, type) else ""
            if addon:
                yield each.identifier, addon


def foreign_addon(registered: type) -> str:
    """The add-on that a class is of, or nothing where it is Blender's own or ours."""
    name = registered.__module__
    file = getattr(sys.modules.get(name), "__file__", None)
    if file is None or name.split(".")[: len(OWN_PACKAGE.split("."))] == OWN_PACKAGE.split("."):
        return ""
    if Path(file).is_relative_to(bpy.utils.system_resource("SCRIPTS")):
        return ""
    parts = name.split(".")
    return ".".join(parts[:3] if parts[0] == "bl_ext" else parts[:1])
