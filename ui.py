"""Where the extension shows in Blender: the Render menu, and the settings in their groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy

from .chunking.settings import GROUPS, SETTINGS


def draw_groups(layout: bpy.types.UILayout, owner: Any, groups: Iterable[str] = GROUPS) -> None:
    """The settings that the owner has, each group in a box under its heading.

    Boxes, as Blender's folding panels crash in a dialog (tried on 4.3).
    """
    for group in groups:
        names = [
            each.name
            for each in SETTINGS.values()
            if each.group == group and hasattr(owner, each.name)
        ]
        if names:
            box = layout.box()
            box.label(text=group)
            box.use_property_split = True
            box.use_property_decorate = False
            for name in names:
                box.prop(owner, name)


def draw_menu_entry(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    self.layout.separator()
    self.layout.operator("render.array_chunk", icon="RENDER_ANIMATION")
    self.layout.operator("render.array_chunk_verify", icon="CHECKMARK")
    self.layout.operator("render.array_chunk_film", icon="FILE_MOVIE")
    self.layout.operator("render.array_chunk_report", icon="TEXT")


def register() -> None:
    bpy.types.TOPBAR_MT_render.append(draw_menu_entry)


def unregister() -> None:
    bpy.types.TOPBAR_MT_render.remove(draw_menu_entry)
