"""The Render menu's entries."""

from __future__ import annotations

import bpy


def draw_menu_entry(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    self.layout.separator()
    self.layout.operator("render.array_chunk", icon="RENDER_ANIMATION")
    self.layout.operator("render.array_chunk_submit", icon="EXPORT")
    self.layout.operator("render.array_chunk_verify", icon="CHECKMARK")
    self.layout.operator("render.array_chunk_bake", icon="PHYSICS")
    self.layout.operator("render.array_chunk_film", icon="FILE_MOVIE")
    self.layout.operator("render.array_chunk_report", icon="TEXT")


def register() -> None:
    bpy.types.TOPBAR_MT_render.append(draw_menu_entry)


def unregister() -> None:
    bpy.types.TOPBAR_MT_render.remove(draw_menu_entry)
