"""RENDER_OT_array_chunk: render one chunk of the animation, from the window and on a farm."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy

from .. import __package__ as base_package
from ..chunking.errors import ChunkError
from ..chunking.plan import Plan
from ..chunking.settings import ARRAY, GROUPS, OUTPUT, SETTINGS
from ..properties import property_annotations, values_of
from ..publishing.verdict import Verdict, write_verdict
from ..rendering.chosen_scene import scene_and_settings
from ..rendering.chunk import ChunkRender, scene_frames
from ..rendering.chunk_run import Progress
from ..rendering.frame import render_at_once
from ..rendering.output_choice import output_folder
from ..ui import draw_groups

log = logging.getLogger(__name__)

ESSENTIAL_GROUPS = (ARRAY, OUTPUT)
MORE_GROUPS = tuple(group for group in GROUPS if group not in ESSENTIAL_GROUPS)


class RENDER_OT_array_chunk(bpy.types.Operator):
    """Render the frames that one child of an array job would render"""

    bl_idname = "render.array_chunk"
    bl_label = "Render Array Chunk…"
    bl_options = {"REGISTER"}

    __annotations__ = {
        **property_annotations(SETTINGS.values(), options={"SKIP_SAVE"}),
        "show_all": bpy.props.BoolProperty(
            name="All Settings",
            description="Show the settings of the scene, picture, sampling and machine as well",
            options={"HIDDEN"},
        ),
        "opened_state": bpy.props.StringProperty(
            name="Opened State",
            description="State of the file when it was opened, to see that it was not saved since",
            options={"HIDDEN", "SKIP_SAVE"},
        ),
        "verdict": bpy.props.StringProperty(
            name="Verdict",
            description="Local file that the verdict is written to, for a program that waits",
            subtype="FILE_PATH",
            options={"HIDDEN", "SKIP_SAVE"},
        ),
    }

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.scene is None:
            cls.poll_message_set("There is no scene to render")
            return False
        if bpy.app.is_job_running("RENDER"):
            cls.poll_message_set("Another render is running: wait for its end")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Show the dialog, with what the file says or else the artist's defaults."""
        given = values_of(self.properties)
        for name, value in {**_preferred(context), **values_of(context.scene.array_chunk)}.items():
            if name not in given:
                setattr(self, name, value)
        return context.window_manager.invoke_props_dialog(self, width=420, confirm_text="Render")

    def draw(self, context: bpy.types.Context) -> None:
        draw_groups(self.layout, self, ESSENTIAL_GROUPS)
        self.layout.prop(self, "show_all", toggle=True)
        if self.show_all:
            draw_groups(self.layout, self, MORE_GROUPS)
        box = self.layout.box()
        for line, icon in _summary(self, context):
            box.label(text=line, icon=icon)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            scene, settings = scene_and_settings(values_of(self.properties), context.scene)
            output = output_folder(settings, scene)
        except ChunkError as error:
            verdict = Verdict(size=self.size, index=self.index)
            verdict.fail(error)
        else:
            with _progress_shown(context) as show:
                chunk = ChunkRender(settings, output, scene, show, self.opened_state)
                render_at_once(chunk.steps())
            verdict = chunk.verdict
        if self.verdict:
            write_verdict(Path(self.verdict), verdict.as_fields())
        return _report(self, verdict)


def _preferred(context: bpy.types.Context) -> dict[str, Any]:
    addon: Any = context.preferences.addons.get(base_package)
    return values_of(addon.preferences) if addon is not None else {}


def _summary(operator: Any, context: bpy.types.Context) -> Iterator[tuple[str, Any]]:
    """What the child would do with the values that the dialog shows now."""
    try:
        scene, settings = scene_and_settings(values_of(operator.properties), context.scene)
        plan = Plan.of(settings, scene_frames(scene))
        chunk = plan.chunk(settings.index)
        output = output_folder(settings, scene)
    except ChunkError as error:
        yield str(error), "ERROR"
        return
    yield f"Frames: {chunk}" if chunk else "No frames: there are more children than frames", "TIME"
    yield f"{len(chunk)} of the {len(plan.frames)} frames of the animation", "BLANK1"
    yield f"Into: {output}", "FILE_FOLDER"


@contextmanager
def _progress_shown(context: bpy.types.Context) -> Iterator[Callable[[Progress], None]]:
    manager = context.window_manager

    def show(progress: Progress) -> None:
        manager.progress_update(progress.done * 100 // progress.total)
        log.info(_line(progress), extra={"fields": vars(progress)})

    manager.progress_begin(0, 100)
    try:
        yield show
    finally:
        manager.progress_end()


def _line(progress: Progress) -> str:
    percent = progress.done * 100 // progress.total
    left = _duration(progress.seconds_left)
    return (
        f"frame {progress.frame} · {progress.seconds:.1f} s · {progress.done}/{progress.total} · "
        f"{percent} % · ETA {left}"
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} m"
    return f"{minutes} m {rest} s" if minutes else f"{rest} s"


def _report(operator: bpy.types.Operator, verdict: Verdict) -> set[str]:
    if verdict.exit_code:
        operator.report({"ERROR"}, verdict.message)
        return {"CANCELLED"}
    for warning in verdict.warnings:
        operator.report({"WARNING"}, warning)
    there = len(verdict.reused) + len(verdict.adopted)
    operator.report(
        {"INFO"},
        f"Chunk {verdict.index} of {verdict.size}: {len(verdict.rendered)} frames rendered, "
        f"{there} were there already, in {verdict.output}",
    )
    return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((RENDER_OT_array_chunk,))
