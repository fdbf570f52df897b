"""Check for Farm: the findings in a list, and the buttons that put right and show what is meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy

from ..child.session import session_of_process
from ..chunking.errors import ChunkError
from ..chunking.plain_text import plain_line
from ..chunking.plan import Plan
from ..chunking.setting_values import Value
from ..command_line.window_words import window_line
from ..rendering.farm_check import check_for_farm
from ..scene.blender_versions.compositing import shown_tree
from ..scene.chosen_scene import scene_and_settings, scene_frames
from ..scene.preflight import ERROR, DataBlock, Finding
from ..scene.preflight.fixes import FIXES
from ..window.findings import keep_findings, kept_finding
from ..window.wanted_frames import image_editors, may_look


def check(
    operator: Any, context: bpy.types.Context, overrides: Mapping[str, Value] | None = None
) -> list[Finding] | None:
    """Check the scene that its settings name; None, reported, where they can't be read.

    `overrides` are settings that count before the scene's own. The findings are kept for the panel.
    """
    try:
        scene, settings = scene_and_settings(overrides or {}, context.scene)
        frames = Plan.of(settings, scene_frames(scene)).frames
    except ChunkError as error:
        operator.report({"ERROR"}, window_line(str(error)))
        return None
    findings = check_for_farm(scene, settings, frames, session_of_process())
    keep_findings(context.window_manager, findings)
    return findings


class RENDER_OT_array_chunk_check(bpy.types.Operator):
    """Look for all that would go wrong, or look different, when a farm renders this scene"""

    bl_idname = "render.array_chunk_check"
    bl_label = "Check for Farm"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_look(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        findings = check(self, context)
        if findings is None:
            return {"CANCELLED"}
        errors = sum(finding.severity == ERROR for finding in findings)
        if not findings:
            self.report({"INFO"}, "Nothing found: the farm can render this scene")
        else:
            warnings = len(findings) - errors
            self.report({"INFO"}, f"Found: {errors:d} errors, {warnings:d} warnings")
        return {"FINISHED"}


class RENDER_OT_array_chunk_fix(bpy.types.Operator):
    """Put this finding right, and check again"""

    bl_idname = "render.array_chunk_fix"
    bl_label = "Fix"
    bl_options = {"REGISTER", "UNDO"}

    __annotations__ = {
        "index": bpy.props.IntProperty(
            name="Number", description="Number of the finding in the list, from 0", min=0
        )
    }

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_look(cls, context)

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        finding = _finding(context, properties.index)
        return window_line(finding.message if finding is not None else str(cls.__doc__))

    def execute(self, context: bpy.types.Context) -> set[str]:
        finding = _finding(context, self.index)
        if finding is None or not finding.fix:
            self.report({"ERROR"}, "There is no such finding, or no fix for it: check again")
            return {"CANCELLED"}
        if finding.data.collection and finding.data.find() is None:
            self.report({"ERROR"}, plain_line(f"{finding.data.label} is gone: check again"))
            return {"CANCELLED"}
        try:
            scene, _ = scene_and_settings({}, context.scene)
            FIXES[finding.fix].apply(scene, finding)
        except (ChunkError, RuntimeError, TypeError, ValueError, KeyError) as error:
            # Blender's words, where it refuses what the finding asked for a moment ago.
            self.report({"ERROR"}, window_line(f"{FIXES[finding.fix].label}: {error}"))
            return {"CANCELLED"}
        check(self, context)
        return {"FINISHED"}


class RENDER_OT_array_chunk_select(bpy.types.Operator):
    """Show the data-block that this finding is about"""

    bl_idname = "render.array_chunk_select"
    bl_label = "Select"
    bl_options = {"REGISTER", "UNDO"}

    __annotations__ = {
        "index": bpy.props.IntProperty(
            name="Number", description="Number of the finding in the list, from 0", min=0
        )
    }

    def execute(self, context: bpy.types.Context) -> set[str]:
        finding = _finding(context, self.index)
        data_block = None if finding is None else finding.data.find()
        if data_block is None:
            self.report({"WARNING"}, "That data-block is gone: check again")
            return {"CANCELLED"}
        self.report({"INFO"}, plain_line(_select(context, data_block, finding.data)))
        return {"FINISHED"}


def _finding(context: bpy.types.Context, index: int) -> Finding | None:
    manager: Any = context.window_manager
    return kept_finding(manager, index) if index < len(manager.array_chunk_findings) else None


def _select(context: bpy.types.Context, data_block: Any, address: DataBlock) -> str:
    """Show it, as far as that goes; return what was done, or where it is to be found."""
    if isinstance(data_block, bpy.types.Object):
        return _select_object(context, data_block)
    if isinstance(data_block, bpy.types.Scene):
        return _activate(context, data_block, address.part)
    if isinstance(data_block, bpy.types.Image):
        for space in image_editors(context):
            space.image = data_block
            return f"The image {data_block.name!r} is shown in the image editor"
        return f"The image {data_block.name!r}: open an image editor to see it"
    for item in context.scene.objects:
        materials = [slot.material for slot in item.material_slots]
        if data_block in (item.data, *materials):
            return f"{address.label} is used by an object. {_select_object(context, item)}"
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
    """Show a scene, with `part`: a view layer or a compositor node of it."""
    layer: Any = scene.view_layers.get(part)
    if context.window is not None:
        context.window.scene = scene
        if layer is not None:
            context.window.view_layer = layer
    tree = shown_tree(scene)
    node = tree.nodes.get(part) if tree is not None else None
    if node is not None:
        tree.nodes.active = node
    return f"Shown: scene {scene.name!r}" + (f", {part!r}" if part else "")


register, unregister = bpy.utils.register_classes_factory(
    (
        RENDER_OT_array_chunk_check,
        RENDER_OT_array_chunk_fix,
        RENDER_OT_array_chunk_select,
    )
)
