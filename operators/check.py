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
from ..rendering.chosen_scene import scene_and_settings
from ..rendering.chunk_render import scene_frames
from ..rendering.preflight import ERROR, DataBlock, Finding, check_for_farm
from ..rendering.preflight.fixes import FIXES
from .film_frames import may_look
from .select_data import select


class ArrayChunkFinding(bpy.types.PropertyGroup):
    """A finding, kept in the window manager: it is not saved with the file (tried)."""

    __annotations__ = {
        name: bpy.props.StringProperty(name=label)
        for name, label in (
            ("severity", "Severity"),
            ("kind", "Kind"),
            ("message", "Message"),
            ("collection", "Collection"),
            ("data_name", "Data-Block"),
            ("library", "Library"),
            ("part", "Part"),
            ("fix", "Fix"),
        )
    }


def open_file() -> str:
    """What stands for the open file, never empty: findings about another one are not shown."""
    return repr(bpy.data.filepath)


def keep_findings(manager: Any, findings: list[Finding]) -> None:
    """Put findings into the window manager's list, in place of those that are there."""
    manager.array_chunk_findings.clear()
    for finding in findings:
        item = manager.array_chunk_findings.add()
        item.severity, item.kind, item.message = finding.severity, finding.kind, finding.message
        item.collection, item.data_name = finding.data.collection, finding.data.name
        item.library, item.part, item.fix = finding.data.library, finding.data.part, finding.fix
    manager.array_chunk_checked = open_file()


def kept_finding(manager: Any, index: int) -> Finding:
    """A finding of that list. Raises IndexError where there is none of that number."""
    item = manager.array_chunk_findings[index]
    data = DataBlock(item.collection, item.data_name, item.library, item.part)
    return Finding(item.severity, item.kind, item.message, data, item.fix)


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


_register, _unregister = bpy.utils.register_classes_factory(
    (
        ArrayChunkFinding,
        RENDER_OT_array_chunk_check,
        RENDER_OT_array_chunk_fix,
        RENDER_OT_array_chunk_select,
    )
)


def register() -> None:
    _register()
    manager: Any = bpy.types.WindowManager
    manager.array_chunk_findings = bpy.props.CollectionProperty(
        type=ArrayChunkFinding, name="Findings", options={"SKIP_SAVE"}
    )
    manager.array_chunk_checked = bpy.props.StringProperty(
        name="Checked", description="The file that the findings are about", options={"SKIP_SAVE"}
    )


def unregister() -> None:
    manager: Any = bpy.types.WindowManager
    del manager.array_chunk_checked
    del manager.array_chunk_findings
    _unregister()
