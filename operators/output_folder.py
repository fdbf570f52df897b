"""What is in the output folder: every chunk's state, every frame's, and the report's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy

from ..chunking.errors import ChunkError
from ..chunking.forecast import SECONDS_A_MINUTE, FrameTimes
from ..chunking.frames import FrameSet
from ..chunking.plain_text import plain_line
from ..chunking.plan import Plan
from ..command_line.window_words import window_line
from ..film.decoding import decode_apart
from ..film.report_making import make_report, rerun_command
from ..publishing.output_folder import OutputFolder
from ..publishing.verify import Survey, decode_all, survey_of
from ..report.facts import Facts, gather_facts
from ..report.progress import array_progress
from ..scene.chosen_scene import scene_and_settings, scene_frames
from ..window.chunk_table import Look, fill_table, look_again, made_for, table_of
from ..window.slow_work import SlowOperator, Work, in_thread
from ..window.wanted_frames import folder_of, folder_property, may_look, wanted_frames

MOST_NAMED = 3
"""How many broken or suspicious frames are named with their reasons."""


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
        table.looking, key = True, made_for(context)
        target_seconds = table.target * SECONDS_A_MINUTE

        def take_over(work: Work[Look]) -> None:
            table = table_of(bpy.context)
            fill_table(table, key, work)
            if table.target * SECONDS_A_MINUTE != target_seconds:  # it was changed meanwhile
                look_again(table, bpy.context)

        in_thread(lambda: _look(folder, plan, target_seconds), take_over)
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


class RENDER_OT_array_chunk_verify(SlowOperator, bpy.types.Operator):
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

    KIND = "verify"
    BUSY = "The frames are being checked: wait for its end"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_look(cls, context) and cls.is_free()

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            _, folder, frames = wanted_frames(context, self.output)
        except ChunkError as error:
            self.report({"ERROR"}, window_line(str(error)))
            return {"CANCELLED"}
        self._checked_for, is_deep = made_for(context), self.deep
        return self.begin(
            context,
            lambda: _survey(folder, frames, is_deep),
            lambda: f"Check Array Frames: {len(frames)} frames",
        )

    def done(self, result: Survey) -> set[str]:
        again = str(FrameSet.of(result.to_render)) if result.to_render else ""
        table = table_of(bpy.context)
        table.to_render, table.checked_for = again, self._checked_for
        _report_faults(self, "broken", result.broken)
        _report_faults(self, "suspicious", result.suspicious)
        done = f"{len(result.done)} of {len(result.frames)} frames are done"
        if result.is_complete:
            self.report({"INFO"}, f"{done}: the film is complete")
        else:
            self.report({"WARNING"}, window_line(f"{done}. To render again: {again}"))
        return {"FINISHED"}


class RENDER_OT_array_chunk_report(SlowOperator, bpy.types.Operator):
    """Make a page that shows how the render of the animation went, and open it"""

    bl_idname = "render.array_chunk_report"
    bl_label = "Open Array Report"
    bl_options = {"REGISTER"}

    __annotations__ = {"output": folder_property()}

    KIND = "report"
    BUSY = "The report is being made: wait for its end"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_look(cls, context) and cls.is_free()

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            scene, folder, frames = wanted_frames(context, self.output)
        except ChunkError as error:
            self.report({"ERROR"}, window_line(str(error)))
            return {"CANCELLED"}
        self._scene_name = scene.name
        return self.begin(
            context,
            lambda: gather_facts(folder, frames),
            lambda: f"Open Array Report: {len(frames)} frames",
        )

    def done(self, result: Facts) -> set[str]:
        # The settings of the window are the file's own; the scene may be gone by now.
        rerun = rerun_command(result, bpy.data.filepath, {})
        try:
            page = make_report(result, rerun, bpy.data.scenes.get(self._scene_name))
        except ChunkError as error:
            self.report({"ERROR"}, window_line(str(error)))
            return {"CANCELLED"}
        if not bpy.app.background:
            bpy.ops.wm.path_open(filepath=str(page))
        self.report({"INFO"}, plain_line(f"Report: {page}"))
        return {"FINISHED"}


def _survey(folder: OutputFolder, frames: FrameSet, is_deep: bool) -> Survey:
    """Look at every frame, and decode its pictures if asked to; touches nothing of Blender's."""
    survey = survey_of(folder, frames, deep=is_deep)
    if is_deep:
        decode_all(folder, survey, decode_apart)
    return survey


def _look(folder: OutputFolder, plan: Plan, target_seconds: float) -> Look:
    """Look at every frame's record, and forecast the array; touches nothing of Blender's."""
    progress = array_progress(folder, plan)
    if not progress.seconds:
        return Look(progress.chunks)
    times = FrameTimes(plan.frames, progress.seconds)
    forecast = times.forecast(plan.size, plan.partition)
    return Look(progress.chunks, forecast, times.size_for(plan.partition, target_seconds))


def _report_faults(operator: bpy.types.Operator, kind: str, reasons: Mapping[int, str]) -> None:
    faults = [f"frame {frame} is {kind}: {reason}" for frame, reason in reasons.items()]
    if len(faults) > MOST_NAMED:
        faults[MOST_NAMED:] = [f"{len(faults) - MOST_NAMED} more frames are {kind}"]
    for fault in faults:
        operator.report({"WARNING"}, window_line(fault))


register, unregister = bpy.utils.register_classes_factory(
    (
        RENDER_OT_array_chunk_refresh,
        RENDER_OT_array_chunk_use_suggested,
        RENDER_OT_array_chunk_verify,
        RENDER_OT_array_chunk_report,
    )
)
