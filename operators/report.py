"""RENDER_OT_array_chunk_report: the page that shows how the render went."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ..chunking.errors import ChunkError
from ..chunking.plain_text import plain_line
from ..command_line.window_words import window_line
from ..film.report_making import make_report, rerun_command
from ..report.facts import gather_facts
from ..window.film_frames import (
    folder_property,
    may_look,
    wanted_frames,
)


class RENDER_OT_array_chunk_report(bpy.types.Operator):
    """Make a page that shows how the render of the animation went, and open it"""

    bl_idname = "render.array_chunk_report"
    bl_label = "Open Array Report"
    bl_options = {"REGISTER"}

    __annotations__ = {"output": folder_property()}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_look(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            page = _make(self, context)
        except ChunkError as error:
            self.report({"ERROR"}, window_line(str(error)))
            return {"CANCELLED"}
        if not bpy.app.background:
            bpy.ops.wm.path_open(filepath=str(page))
        self.report({"INFO"}, plain_line(f"Report: {page}"))
        return {"FINISHED"}


def _make(operator: Any, context: bpy.types.Context) -> Path:
    scene, folder, frames = wanted_frames(context, operator.output)
    facts = gather_facts(folder, frames)
    # The settings of the window are the file's own.
    return make_report(facts, rerun_command(facts, bpy.data.filepath, {}), scene)


register, unregister = bpy.utils.register_classes_factory((RENDER_OT_array_chunk_report,))
