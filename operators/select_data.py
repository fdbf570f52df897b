"""Showing a data-block in Blender's window: selected, active, or at least told where it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from ..blender_versions.compositing import shown_tree
from ..scene.preflight import DataBlock


def select(context: bpy.types.Context, data_block: Any, address: DataBlock) -> str:
    """Show it, as far as that goes; return what was done, or where it is to be found."""
    if isinstance(data_block, bpy.types.Object):
        return _select_object(context, data_block)
    if isinstance(data_block, bpy.types.Scene):
        return _activate(context, data_block, address.part)
    if isinstance(data_block, bpy.types.Image):
        return _show_image(context, data_block)
    users = [each for each in context.scene.objects if _uses(each, data_block)]
    if users:
        return f"{address.label} is used by an object. {_select_object(context, users[0])}"
    return f"{address.label}: to be found in the Outliner's Blender File view"


def _select_object(context: bpy.types.Context, item: bpy.types.Object) -> str:
    layers: list[Any] = [context.view_layer, *context.scene.view_layers]
    holding = [each for each in layers if each.objects.get(item.name) == item]
    if not holding:
        scenes = ", ".join(scene.name for scene in item.users_scene) or "no scene"
        return f"{item.name!r} is not in a view layer of this scene; it is in: {scenes}"
    layer: Any = holding[0]
    if context.window is not None:
        context.window.view_layer = layer
    for other in layer.objects:
        if other.select_get(view_layer=layer):
            other.select_set(False, view_layer=layer)
    layer.objects.active = item
    item.select_set(True, view_layer=layer)
    shown = item.visible_get(view_layer=layer)
    return f"Selected {item.name!r}" + ("" if shown else ", which is hidden in the viewport")


def _activate(context: bpy.types.Context, scene: bpy.types.Scene, part: str) -> str:
    layer: Any = scene.view_layers.get(part)
    if context.window is not None:
        context.window.scene = scene
        if layer is not None:
            context.window.view_layer = layer
    _activate_node(scene, part)
    return f"Shown: scene {scene.name!r}" + (f", {part!r}" if part else "")


def _activate_node(scene: Any, name: str) -> None:
    tree = shown_tree(scene)
    node = tree.nodes.get(name) if tree is not None else None
    if node is not None:
        tree.nodes.active = node


def _show_image(context: bpy.types.Context, image: bpy.types.Image) -> str:
    for area in _areas(context):
        if area.type == "IMAGE_EDITOR":
            area.spaces.active.image = image
            return f"The image {image.name!r} is shown in the image editor"
    return f"The image {image.name!r}: open an image editor to see it"


def _areas(context: bpy.types.Context) -> Iterator[Any]:
    for window in context.window_manager.windows:
        yield from window.screen.areas


def _uses(item: Any, data_block: Any) -> bool:
    return item.data == data_block or any(
        slot.material == data_block for slot in item.material_slots
    )
