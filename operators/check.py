"""Check for Farm: the findings in a list, and the buttons that put right and show what is meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy

from ..chunking.errors import ChunkError
from ..chunking.plain_text import plain_line
from ..chunking.plan import Plan
from ..chunking.setting_values import Value
from ..command_line.window_words import window_line
from ..rendering.farm_check import check_for_farm
from ..scene.chosen_scene import scene_and_settings, scene_frames
from ..scene.preflight import ERROR, Finding
from ..scene.preflight.fixes import FIXES
from ..window.film_frames import may_look
from ..window.findings import keep_findings, kept_finding
from .select_data import select


def check(
    operator: Any, context: bpy.types.Context, told: Mapping[str, Value] | None = None
) -> list[Finding] | None:
    """Check the scene that its settings name; None, reported, where they can't be read.

    `told` are settings that count before the scene's own. The findings are kept for the panel.
    """
    try:
        scene, settings = scene_and_settings(told or {}, context.scene)
        frames = Plan.of(settings, scene_frames(scene)).frames
    except ChunkError as error:
        operator.report({"ERROR"}, window_line(str(error)))
        return None
    findings = check_for_farm(scene, settings, frames)
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
        self.report({"INFO"}, plain_line(select(context, data_block, finding.data)))
        return {"FINISHED"}


def _finding(context: bpy.types.Context, index: int) -> Finding | None:
    manager: Any = context.window_manager
    return kept_finding(manager, index) if index < len(manager.array_chunk_findings) else None


register, unregister = bpy.utils.register_classes_factory(
    (
        RENDER_OT_array_chunk_check,
        RENDER_OT_array_chunk_fix,
        RENDER_OT_array_chunk_select,
    )
)
