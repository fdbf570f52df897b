"""The table of all chunks, as the panel draws it: one line for each child."""

from __future__ import annotations

from typing import Any

import bpy

from ..chunking.plain_text import plain_line

ICONS: dict[str, Any] = {
    "done": "CHECKMARK",
    "partly": "SORTTIME",
    "missing": "RADIOBUT_OFF",
    "empty": "BLANK1",
    "failed": "CANCEL",
    "running": "PLAY",
}


class RENDER_UL_array_chunks(bpy.types.UIList):
    """One line for each child"""

    bl_idname = "RENDER_UL_array_chunks"

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: Any,
        item: Any,
        icon: int,
        active_data: Any,
        active_property: str,
    ) -> None:
        # So that the last column is whole at the default width of the editor.
        split = layout.split(factor=0.13)
        split.label(text=f"{item.index:d}")
        split = split.split(factor=0.38)
        split.label(text=plain_line(item.frames) or "none")
        split = split.split(factor=0.4)
        split.label(text=minutes_text(item.minutes))
        split.label(text=f"{item.done:d}/{item.wanted:d}", icon=ICONS[item.state])


def minutes_text(minutes: float) -> str:
    """A time in minutes as people read it; empty where it is not known."""
    if minutes < 0:
        return ""
    if minutes < 1:
        return f"{minutes * 60:.0f} s"
    return f"{minutes:.1f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


register, unregister = bpy.utils.register_classes_factory((RENDER_UL_array_chunks,))
