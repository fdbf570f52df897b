"""RENDER_OT_array_chunk_verify: is the film complete, and of one render?"""

from __future__ import annotations

from typing import Any

import bpy

from ..chunking.errors import ChunkError
from ..chunking.frames import FrameSet
from ..command_line.window_words import window_line
from ..engines.decoding import decode_apart
from ..publishing.verify import Survey, decode_all, survey
from ..window.chunk_table import made_for, table_of
from ..window.film_frames import (
    folder_property,
    may_look,
    wanted_frames,
)

MOST_NAMED = 3
"""How many broken or suspicious frames are named with their reasons."""


class RENDER_OT_array_chunk_verify(bpy.types.Operator):
    """Look for missing, broken and suspicious frames of the animation in its output folder"""

    bl_idname = "render.array_chunk_verify"
    bl_label = "Check Array Frames"
    bl_options = {"REGISTER"}

    __annotations__ = {
        "output": folder_property(),
        "deep": bpy.props.BoolProperty(
            name="Deep",
            description="Also compare every file's digest and decode every picture: takes some "
            "seconds for a hundred frames",
        ),
    }

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_look(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            found = _look(self, context)
        except ChunkError as error:
            self.report({"ERROR"}, window_line(str(error)))
            return {"CANCELLED"}
        again = str(FrameSet.of(found.to_render)) if found.to_render else ""
        table = table_of(context)
        table.to_render, table.checked_for = again, made_for(context)
        for line in _faults(found):
            self.report({"WARNING"}, window_line(line))
        done = f"{len(found.done)} of {len(found.wanted)} frames are done"
        if found.is_complete:
            self.report({"INFO"}, f"{done}: the film is complete")
        else:
            self.report({"WARNING"}, window_line(f"{done}. To render again: {again}"))
        return {"FINISHED"}


def _look(operator: Any, context: bpy.types.Context) -> Survey:
    _, folder, frames = wanted_frames(context, operator.output)
    found = survey(folder, frames, deep=operator.deep)
    if operator.deep:
        decode_all(folder, found, decode_apart)
    return found


def _faults(found: Survey) -> list[str]:
    lines = []
    for what, frames in (("broken", found.broken), ("suspicious", found.suspicious)):
        named = [f"frame {frame} is {what}: {reason}" for frame, reason in frames.items()]
        lines += named[:MOST_NAMED]
        if len(named) > MOST_NAMED:
            lines.append(f"{len(named) - MOST_NAMED} more frames are {what}")
    return lines


register, unregister = bpy.utils.register_classes_factory((RENDER_OT_array_chunk_verify,))
