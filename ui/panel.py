"""The panel in the Output properties, and the Render menu's entries."""

from __future__ import annotations

from typing import Any

import bpy

from ..chunking.plain_text import plain_line
from ..chunking.settings import SETTINGS
from ..command_line.window_words import window_line
from ..engines.background import RUNNING
from ..window.chunk_table import made_for, table_of
from ..window.chunk_trial import shown_test
from ..window.transfers import FETCHING
from .array_state import draw_array
from .chunk_table import RENDER_UL_array_chunks, minutes_text
from .findings_list import draw_findings
from .groups import draw_groups
from .transfer_bar import draw_transfer

ESSENTIAL = ("size", "partition", "frames", "output")
"""The settings that stand at the top; all others are in a panel of their own."""
FORCED = (
    ("Rendered on the CPU", "unless Use GPU is set"),
    ("As many threads as the machine really has", ""),
    ("Overwrite, placeholders and file extensions are set for the stage", ""),
    ("The file's own scripts are off", "unless they are allowed"),
)
"""What a child sets, whatever the scene says; see rendering/preparing.py."""


class _InOutput:
    bl_space_type = "PROPERTIES"
    bl_region_type = "WINDOW"
    bl_context = "output"

    @staticmethod
    def idiom(layout: bpy.types.UILayout) -> None:
        layout.use_property_split = True
        layout.use_property_decorate = False


class RENDER_PT_array_chunk(_InOutput, bpy.types.Panel):
    bl_idname = "RENDER_PT_array_chunk"
    bl_label = "Array Chunk Render"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        self.idiom(layout)
        scene: Any = context.scene
        own = scene.array_chunk
        for name in ESSENTIAL:
            layout.prop(own, name)
        row = layout.row(align=True)
        row.operator("render.array_chunk", text="Test Chunk…", icon="RENDER_ANIMATION")


class RENDER_PT_array_chunk_settings(_InOutput, bpy.types.Panel):
    bl_parent_id = "RENDER_PT_array_chunk"
    bl_label = "All Settings"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        scene: Any = context.scene
        others = [each for each in SETTINGS.values() if each.name not in ESSENTIAL]
        draw_groups(self.layout, scene.array_chunk, settings=others)


class RENDER_PT_array_chunk_chunks(_InOutput, bpy.types.Panel):
    bl_parent_id = "RENDER_PT_array_chunk"
    bl_label = "Chunks"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        table = table_of(context)
        is_old = table.made_for != made_for(context)
        text = "Looking…" if table.looking else "Refresh"
        layout.operator(
            "render.array_chunk_refresh", text=text, icon="FILE_REFRESH", depress=is_old
        )
        if table.message:
            layout.label(text=window_line(table.message), icon="ERROR")
        if is_old or not table.rows:
            return
        layout.template_list(
            RENDER_UL_array_chunks.bl_idname, "", table, "rows", table, "active", rows=5
        )
        chosen = table.rows[min(table.active, len(table.rows) - 1)]
        test = layout.operator(
            "render.array_chunk", text=f"Test Chunk {chosen.index:d}…", icon="RENDER_ANIMATION"
        )
        test.size, test.index = len(table.rows), chosen.index


class RENDER_PT_array_chunk_forecast(_InOutput, bpy.types.Panel):
    bl_parent_id = "RENDER_PT_array_chunk"
    bl_label = "Forecast"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        self.idiom(layout)
        table = table_of(context)
        if table.longest < 0 or table.made_for != made_for(context):
            layout.label(text="Render some frames, then Refresh", icon="INFO")
            return
        layout.label(text=f"Longest child: {minutes_text(table.longest)}")
        layout.label(text=f"Instance hours: {table.hours:.2f}")
        layout.prop(table, "target", text="Target (min)")
        text = f"Use Suggested Size {table.suggested:d}"
        layout.operator("render.array_chunk_use_suggested", text=text)


class RENDER_PT_array_chunk_forced(_InOutput, bpy.types.Panel):
    bl_parent_id = "RENDER_PT_array_chunk"
    bl_label = "On the Farm"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column(align=True)
        for what, unless in FORCED:
            column.label(text=what, icon="DOT")
            if unless:
                column.label(text=unless, icon="BLANK1")


class RENDER_PT_array_chunk_check(_InOutput, bpy.types.Panel):
    bl_parent_id = "RENDER_PT_array_chunk"
    bl_label = "Check for Farm"

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.operator("render.array_chunk_check", icon="VIEWZOOM")
        draw_findings(self.layout, context.window_manager)
        self.layout.operator("render.array_chunk_bake", icon="PHYSICS")


class RENDER_PT_array_chunk_background(_InOutput, bpy.types.Panel):
    bl_parent_id = "RENDER_PT_array_chunk"
    bl_label = "Test as on the Farm"

    def draw(self, context: bpy.types.Context) -> None:
        layout, test = self.layout, shown_test(context)
        scene: Any = context.scene
        table = table_of(context)
        start = layout.row()
        start.enabled = test.state != RUNNING
        index = min(table.active, scene.array_chunk.size - 1)
        start_test = start.operator(
            "render.array_chunk_background", text=f"Test Chunk {index:d} as on Farm", icon="CONSOLE"
        )
        start_test.size, start_test.index = scene.array_chunk.size, index
        if bpy.data.is_dirty:
            layout.label(text="Unsaved changes: the farm sees the saved file", icon="INFO")
        if not test.state:
            return
        if test.state == RUNNING:
            row = layout.row(align=True)
            row.progress(factor=test.factor, text=window_line(test.text))
            row.operator("render.array_chunk_background_cancel", text="", icon="X")
        else:
            icon: Any = "CHECKMARK" if test.is_complete else "ERROR"
            layout.label(text=window_line(test.text), icon=icon)
        if test.compared:
            layout.label(text=window_line(test.compared), icon="IMAGE_DATA")
        row = layout.row(align=True)
        row.operator("render.array_chunk_background_log", text="Log", icon="TEXT")
        row.operator("wm.path_open", text="Folder", icon="FILE_FOLDER").filepath = test.folder
        row.operator("render.array_chunk_load", text="Frames", icon="SEQUENCE").output = test.folder


class RENDER_PT_array_chunk_array(_InOutput, bpy.types.Panel):
    bl_parent_id = "RENDER_PT_array_chunk"
    bl_label = "Array on the Farm"

    def draw(self, context: bpy.types.Context) -> None:
        draw_array(self.layout, context)


class RENDER_PT_array_chunk_after(_InOutput, bpy.types.Panel):
    bl_parent_id = "RENDER_PT_array_chunk"
    bl_label = "After the Render"

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column(align=True)
        draw_transfer(column, FETCHING, "render.array_chunk_fetch", "IMPORT")
        column.operator("render.array_chunk_verify", text="Check Frames", icon="CHECKMARK")
        table = table_of(context)
        if table.to_render and table.checked_for == made_for(context):
            again = column.operator(
                "render.array_chunk_background",
                text=plain_line(f"Render {table.to_render}"),
                icon="FILE_REFRESH",
            )
            again.frames = table.to_render
        row = column.row(align=True)
        row.operator_enum("render.array_chunk_load", "into")
        column.operator("render.array_chunk_film", text="Make Film…", icon="FILE_MOVIE")
        column.operator("render.array_chunk_report", text="Open Report", icon="TEXT")


def draw_menu_entry(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    """The Render menu's entries."""
    self.layout.separator()
    self.layout.operator("render.array_chunk", icon="RENDER_ANIMATION")
    self.layout.operator("render.array_chunk_send", icon="FOLDER_REDIRECT")
    self.layout.operator("render.array_chunk_submit", icon="EXPORT")
    self.layout.operator("render.array_chunk_fetch", icon="IMPORT")
    self.layout.operator("render.array_chunk_verify", icon="CHECKMARK")
    self.layout.operator("render.array_chunk_bake", icon="PHYSICS")
    self.layout.operator("render.array_chunk_film", icon="FILE_MOVIE")
    self.layout.operator("render.array_chunk_report", icon="TEXT")


_register, _unregister = bpy.utils.register_classes_factory(
    (
        RENDER_PT_array_chunk,
        RENDER_PT_array_chunk_settings,
        RENDER_PT_array_chunk_chunks,
        RENDER_PT_array_chunk_forecast,
        RENDER_PT_array_chunk_forced,
        RENDER_PT_array_chunk_check,
        RENDER_PT_array_chunk_background,
        RENDER_PT_array_chunk_array,
        RENDER_PT_array_chunk_after,
    )
)


def register() -> None:
    _register()
    bpy.types.TOPBAR_MT_render.append(draw_menu_entry)


def unregister() -> None:
    bpy.types.TOPBAR_MT_render.remove(draw_menu_entry)
    _unregister()
