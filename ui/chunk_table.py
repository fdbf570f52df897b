"""The table of all chunks: its rows, which are never saved, and how it is drawn."""

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


class ArrayChunkRow(bpy.types.PropertyGroup):
    """One child's chunk."""

    __annotations__ = {
        "index": bpy.props.IntProperty(name="Index", description="Array index of the child"),
        "frames": bpy.props.StringProperty(
            name="Frames", description="Frames that the child renders"
        ),
        "wanted": bpy.props.IntProperty(name="Wanted", description="Number of its frames"),
        "done": bpy.props.IntProperty(
            name="Done", description="Number of its frames that are in the output folder"
        ),
        "state": bpy.props.StringProperty(name="State", description="How far the child is"),
        "minutes": bpy.props.FloatProperty(
            name="Minutes",
            description="Estimated time that the child takes, by the frames rendered so far; "
            "negative: none was",
            default=-1.0,
        ),
    }


def _look_again(table: Any, context: bpy.types.Context) -> None:
    """Another target has another suggestion."""
    if table.rows and bpy.ops.render.array_chunk_refresh.poll():
        bpy.ops.render.array_chunk_refresh()


class ArrayChunkTable(bpy.types.PropertyGroup):
    """What is known of the array at the last look; belongs to the window, not to the file."""

    __annotations__ = {
        "rows": bpy.props.CollectionProperty(type=ArrayChunkRow),
        "active": bpy.props.IntProperty(name="Chunk", description="The chunk to test", min=0),
        "made_for": bpy.props.StringProperty(
            name="Made For", description="File, scene and settings that the rows were made for"
        ),
        "to_render": bpy.props.StringProperty(
            name="Frames to Render", description="Frames that the last check found not to be done"
        ),
        "checked_for": bpy.props.StringProperty(
            name="Checked For", description="File, scene and settings that were checked"
        ),
        "looking": bpy.props.BoolProperty(
            name="Looking", description="The output folder is being looked at"
        ),
        "message": bpy.props.StringProperty(
            name="Message", description="What kept the last look from being done"
        ),
        "longest": bpy.props.FloatProperty(
            name="Longest Child",
            description="Estimated minutes of the child that takes longest",
            default=-1.0,
        ),
        "hours": bpy.props.FloatProperty(
            name="Instance Hours",
            description="Estimated hours of all children together: what is paid for",
            default=-1.0,
        ),
        "target": bpy.props.FloatProperty(
            name="Target per Child",
            description="How long one child should take at the most, in minutes; a farm that "
            "takes machines back loses less with shorter ones",
            default=30.0,
            min=0.1,
            soft_max=720.0,
            update=_look_again,
        ),
        "suggested": bpy.props.IntProperty(
            name="Suggested Size", description="Size of an array whose children keep to the target"
        ),
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


_register, _unregister = bpy.utils.register_classes_factory(
    (ArrayChunkRow, ArrayChunkTable, RENDER_UL_array_chunks)
)


def register() -> None:
    _register()
    bpy.types.WindowManager.array_chunk_table = bpy.props.PointerProperty(
        type=ArrayChunkTable, options={"SKIP_SAVE"}
    )


def unregister() -> None:
    del bpy.types.WindowManager.array_chunk_table
    _unregister()
