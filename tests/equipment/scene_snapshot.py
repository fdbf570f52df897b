"""Every property of a scene, to see that it is left as it was. Runs inside Blender."""

from __future__ import annotations

from typing import Any

import bpy

SKIPPED = {"rna_type", "bl_rna", "tool_settings", "depsgraph", "session_uid"}
"""Tool settings hold pointers to brushes that crash Blender when they are read (tried on 4.2);
the dependency graph is Blender's own working copy."""


def snapshot(owner: Any, path: str, seen: set[int] | None = None) -> dict[str, str]:
    """Every property below an owner, by its path, as text."""
    seen = set() if seen is None else seen
    if owner is None or owner.as_pointer() in seen:
        return {}
    seen.add(owner.as_pointer())
    found: dict[str, str] = {}
    for each in owner.bl_rna.properties:
        name = each.identifier
        if name in SKIPPED:
            continue
        value = getattr(owner, name)
        if each.type == "COLLECTION":
            for number, item in enumerate(value):
                if isinstance(item, bpy.types.ID):
                    found[f"{path}.{name}[{number}]"] = item.name
                else:
                    found |= snapshot(item, f"{path}.{name}[{number}]", seen)
        elif each.type == "POINTER" and isinstance(value, bpy.types.ID):
            found[f"{path}.{name}"] = value.name
        elif each.type == "POINTER":
            found |= snapshot(value, f"{path}.{name}", seen)
        else:
            is_array = hasattr(value, "foreach_get")
            found[f"{path}.{name}"] = str(tuple(value) if is_array else value)
    return found


def whole_scene(scene: bpy.types.Scene) -> dict[str, str]:
    """The scene with its nodes, and the preferences that a render could touch."""
    tree = scene.compositing_node_group if bpy.app.version >= (5, 0, 0) else scene.node_tree
    nodes = {}
    for node in tree.nodes if tree else ():
        nodes |= snapshot(node, f"node {node.name}")
    view = bpy.context.preferences.view
    return {
        **snapshot(scene, "scene"),
        **nodes,
        "selected": str(sorted(each.name for each in scene.objects if each.select_get())),
        "custom properties": str(sorted(scene.keys())),
        "preferences.render_display_type": view.render_display_type,
        "preferences.is_dirty": str(bpy.context.preferences.is_dirty),
    }
