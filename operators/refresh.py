"""RENDER_OT_array_chunk_refresh: the table of chunks, filled from the output folder."""

from __future__ import annotations

import threading
from typing import Any

import bpy

from ..chunking.errors import ChunkError
from ..chunking.forecast import FrameTimes
from ..chunking.plan import Plan
from ..command_line.window_words import window_line
from ..publishing.output_folder import OutputFolder
from ..report.progress import ArrayProgress, array_progress
from ..scene.chosen_scene import scene_and_settings, scene_frames
from ..window.chunk_table import made_for, table_of
from ..window.film_frames import folder_of
from ..window.redrawing import redraw_properties

LOOK_SECONDS = 0.1
SECONDS_A_MINUTE = 60.0


class RENDER_OT_array_chunk_refresh(bpy.types.Operator):
    """Look into the output folder: how far every child of the array is, and how long it takes"""

    bl_idname = "render.array_chunk_refresh"
    bl_label = "Refresh Chunks"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.scene is None or table_of(context).looking:
            cls.poll_message_set("The output folder is being looked at already")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        table = table_of(context)
        try:
            scene, settings = scene_and_settings({}, context.scene)
            plan = Plan.of(settings, scene_frames(scene))
            folder = OutputFolder(folder_of("", settings, scene))
        except ChunkError as error:
            table.message = str(error)
            table.rows.clear()
            self.report({"WARNING"}, window_line(str(error)))
            return {"CANCELLED"}
        look = _Look(plan, folder, made_for(context))
        if bpy.app.background:
            look.run()
            look.fill(table)
        else:
            table.looking = True
            threading.Thread(target=look.run, daemon=True).start()
            # Persistent: a file that is opened meanwhile may keep this window's table.
            bpy.app.timers.register(
                lambda: _take_over(look), first_interval=LOOK_SECONDS, persistent=True
            )
        return {"FINISHED"}


class RENDER_OT_array_chunk_use_suggested(bpy.types.Operator):
    """Make the array as large as suggested"""

    bl_idname = "render.array_chunk_use_suggested"
    bl_label = "Use Suggested Size"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.scene is None or not table_of(context).suggested:
            cls.poll_message_set("Render some frames first, then Refresh")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        owner: Any = context.scene
        owner.array_chunk.size = table_of(context).suggested
        return bpy.ops.render.array_chunk_refresh()


class _Look:
    """One look at the output folder; `run` is for a thread, and touches nothing of Blender's."""

    def __init__(self, plan: Plan, folder: OutputFolder, key: str) -> None:
        self._plan = plan
        self._folder = folder
        self._key = key
        self._found: ArrayProgress | None = None
        self._error = ""
        self.is_over = False

    def run(self) -> None:
        try:
            self._found = array_progress(self._folder, self._plan)
        except ChunkError as error:
            self._error = str(error)
        finally:
            self.is_over = True

    def fill(self, table: Any) -> None:
        """Put what was found into the table; from Blender's main thread."""
        table.looking = False
        table.message = self._error
        table.made_for = self._key
        table.rows.clear()
        table.longest, table.hours, table.suggested = -1.0, -1.0, 0
        if self._found is None:
            return
        minutes = self._forecast(table)
        for chunk, estimate in zip(self._found.chunks, minutes, strict=True):
            row = table.rows.add()
            row.index, row.frames, row.wanted = chunk.index, chunk.frames, chunk.wanted
            row.done, row.state, row.minutes = chunk.done, chunk.state, estimate

    def _forecast(self, table: Any) -> list[float]:
        assert self._found is not None
        if not self._found.seconds:
            return [-1.0] * len(self._found.chunks)
        times = FrameTimes(self._plan.frames, self._found.seconds)
        forecast = times.forecast(self._plan.size, self._plan.partition)
        table.longest = forecast.longest / SECONDS_A_MINUTE
        table.hours = forecast.instance_hours
        table.suggested = times.size_for(self._plan.partition, table.target * SECONDS_A_MINUTE)
        return [seconds / SECONDS_A_MINUTE for seconds in forecast.chunk_seconds]


def _take_over(look: _Look) -> float | None:
    if not look.is_over:
        return LOOK_SECONDS
    look.fill(table_of(bpy.context))
    redraw_properties()
    return None


register, unregister = bpy.utils.register_classes_factory(
    (RENDER_OT_array_chunk_refresh, RENDER_OT_array_chunk_use_suggested)
)
