"""The .blend itself: is all of it saved, and do this Blender and the farm know what is in it?

Of add-ons reliable is only what Blender itself tells: a node of a type that is not registered here,
and, where the add-on is enabled, its property groups that hold values. Data of an add-on that is
not enabled looks like anybody's custom properties.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from ... import __package__ as base_package
from ...chunking.settings import Settings
from .. import compiled_shaders
from ..blender_versions import release
from ..blender_versions.compositing import embedded_tree
from ..render_reach import reach_of_render
from .finding import Finding, finding


def unsaved_file(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    if not bpy.data.filepath:
        yield finding(
            "file-unsaved",
            "The file was never saved, so a farm has nothing to open. Save it, best in a folder "
            "that the farm can read.",
        )


def newer_file(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    if newer := release.newer_release():
        yield finding(
            "file-newer",
            f"The .blend was saved by Blender {newer} and is opened by {release.NAME}: "
            "what is new since then is lost, and children of this Blender refuse it. Use the newer "
            "Blender here and on the farm.",
        )


def newer_libraries(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """Of what is linked and rendered: Blender loses what it doesn't know, and says nothing."""
    newer = release.newer_libraries()
    if not newer:
        return
    reach = reach_of_render(scene)
    used = {one.library for one in reach.pictured | reach.moving}
    for library in newer:
        if library in used:
            saved = release.version_name(release.saved_by(library))
            yield finding(
                "library-newer",
                f"The library {library.filepath!r} was saved by Blender {saved}, and this is "
                f"Blender {release.NAME}, which can't read all of it. Render by Blender {saved} or "
                "later, or save the library by this one and look at what is lost.",
                library,
            )


def stale_shaders(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """Cycles takes what is compiled, if it is not older than the text, whatever it was made of."""
    for stored in compiled_shaders.stale_shaders(scene):
        compiled = stored.path.removesuffix(compiled_shaders.SOURCE) + compiled_shaders.COMPILED
        yield finding(
            "shader-stale",
            f"Cycles would read {compiled} in place of {stored.path} for {stored.owner}, as it is "
            "not older, and it is not what this Blender compiles of that text as it is now. "
            f"Remove {compiled}: Cycles makes it again.",
            stored.data_block,
        )


def unsaved_images(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """Painted pixels are in memory only; Blender warns of it when it is closed, and no sooner."""
    dirty = [each for each in bpy.data.images if each.is_dirty and each.type != "RENDER_RESULT"]
    if not dirty:
        return
    used = reach_of_render(scene).pictured
    for image in dirty:
        if image in used and image.type != "COMPOSITING":
            yield finding(
                "image-unsaved",
                f"The image {image.name!r} was painted and not saved: the farm doesn't get that. "
                "Save it, or pack it into the .blend.",
                image,
                fix="" if image.library else "pack-image",
            )


def unknown_nodes(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    owners = (bpy.data.materials, bpy.data.worlds, bpy.data.lights)
    trees = [each.node_tree for each in itertools.chain[Any](*owners)]
    trees += [*map(embedded_tree, bpy.data.scenes), *bpy.data.node_groups]
    if not any(_unknown(tree) for tree in trees if tree is not None):
        return
    for user in sorted(reach_of_render(scene).pictured, key=lambda one: one.name_full):
        tree = user if isinstance(user, bpy.types.NodeTree) else getattr(user, "node_tree", None)
        for node in _unknown(tree) if tree is not None else ():
            yield finding(
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


def _unknown(tree: Any) -> list[Any]:
    return [node for node in tree.nodes if node.bl_idname == "NodeUndefined"]


def addon_data(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in bpy.types.BlendData.bl_rna.properties:
        if each.type != "COLLECTION":
            continue
        for name, addon in _foreign_groups(each.fixed_type.identifier):
            for data_block in getattr(bpy.data, each.identifier):
                if data_block.is_property_set(name):
                    yield finding(
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
    if file is None or f"{name}.".startswith(f"{base_package}."):
        return ""
    if Path(file).is_relative_to(bpy.utils.system_resource("SCRIPTS")):
        return ""
    parts = name.split(".")
    return ".".join(parts[:3] if parts[0] == "bl_ext" else parts[:1])
