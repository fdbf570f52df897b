"""The table of all chunks: what the last look at the output folder found. It is never saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import bpy

from ..chunking.forecast import SECONDS_A_MINUTE, Forecast
from ..report.progress import ChunkProgress
from ..scene.chosen_scene import scene_frames
from .slow_work import Work


@dataclass(frozen=True)
class Look:
    """What a look at the output folder found."""

    chunks: tuple[ChunkProgress, ...]
    forecast: Forecast | None = None
    """None: no frame was rendered yet."""
    suggested_size: int = 0


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


def look_again(table: Any, context: bpy.types.Context) -> None:
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
            update=look_again,
        ),
        "suggested": bpy.props.IntProperty(
            name="Suggested Size", description="Size of an array whose children keep to the target"
        ),
    }


def made_for(context: bpy.types.Context) -> str:
    """What a table is made for: another file, scene, range or setting makes it an old one."""
    scene: Any = context.scene
    own = scene.array_chunk
    settings = (own.size, own.partition, own.frames, own.output, own.scene)
    return repr((bpy.data.filepath, scene.name, str(scene_frames(scene)), settings))


def table_of(context: bpy.types.Context) -> Any:
    """The table of chunks; belongs to the window, not to the file."""
    manager: Any = context.window_manager
    return manager.array_chunk_table


def fill_table(table: Any, key: str, work: Work[Look]) -> None:
    """Put what a look found, or why there was none, into the table that was `made_for` a key."""
    table.looking, table.message, table.made_for = False, work.error, key
    table.rows.clear()
    table.longest, table.hours, table.suggested = -1.0, -1.0, 0
    if work.result is None:
        return
    forecast, table.suggested = work.result.forecast, work.result.suggested_size
    minutes: Iterator[float] = repeat(-1.0)
    if forecast is not None:
        table.longest = forecast.longest / SECONDS_A_MINUTE
        table.hours = forecast.instance_hours
        minutes = (seconds / SECONDS_A_MINUTE for seconds in forecast.chunk_seconds)
    for chunk, row_minutes in zip(work.result.chunks, minutes, strict=False):
        row = table.rows.add()
        row.index, row.frames, row.wanted = chunk.index, chunk.frames, chunk.wanted
        row.done, row.state, row.minutes = chunk.done, chunk.state, row_minutes


_register, _unregister = bpy.utils.register_classes_factory((ArrayChunkRow, ArrayChunkTable))


def register() -> None:
    _register()
    bpy.types.WindowManager.array_chunk_table = bpy.props.PointerProperty(
        type=ArrayChunkTable, options={"SKIP_SAVE"}
    )


def unregister() -> None:
    del bpy.types.WindowManager.array_chunk_table
    _unregister()
