"""The test of a chunk in a process of its own, as the panel draws it."""

from __future__ import annotations

from typing import Any

import bpy

from ..command_line.window_words import window_line
from ..engines.background import RUNNING
from ..window.chunk_table import table_of


def draw_background_test(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    manager: Any = context.window_manager
    test = manager.array_chunk_background
    scene: Any = context.scene
    table = table_of(context)
    start = layout.row()
    start.enabled = test.state != RUNNING
    index = min(table.active, scene.array_chunk.size - 1)
    told = start.operator(
        "render.array_chunk_background", text=f"Test Chunk {index:d} as on Farm", icon="CONSOLE"
    )
    told.size, told.index = scene.array_chunk.size, index
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
