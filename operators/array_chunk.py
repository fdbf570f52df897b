"""RENDER_OT_array_chunk: render one chunk of the animation, from the window and on a farm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import bpy

from .. import __package__ as base_package
from ..child.in_work import Progress
from ..child.session import session_of_process
from ..chunking.errors import ChunkError, Interrupted
from ..chunking.plain_text import plain_line
from ..chunking.plan import Plan
from ..chunking.settings import ARRAY, GROUPS, OUTPUT, SETTINGS
from ..command_line.window_words import window_line
from ..properties import property_annotations, values_of
from ..publishing.verdict import Verdict, write_verdict
from ..rendering.carried import put_back_all
from ..rendering.chunk_render import ChunkRender
from ..rendering.frame import render_at_once
from ..rendering.window_render import WindowRender
from ..scene.chosen_scene import names_file, output_folder, scene_and_settings, scene_frames
from ..ui.groups import draw_groups
from ..window.chunk_status import StatusBar, progress_at_cursor, status_line

LOOK_SECONDS = 0.1
"""How often the window looks whether a frame has ended."""

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

    _from_dialog = False
    _timer: Any = None
    _in_window: ClassVar[WindowRender | None] = None
    """The chunk that is rendered in the window at present: one at a time, as Blender does."""
    _last: ClassVar[dict[tuple[str, str], dict[str, Any]]] = {}
    """What the dialog was confirmed with, for each scene of each file. Blender's own memory would
    take one file's settings for another's."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.scene is None:
            cls.poll_message_set("There is no scene to render")
            return False
        if bpy.app.is_job_running("RENDER"):
            cls.poll_message_set("Another render is running: wait for its end")
            return False
        if cls._in_window is not None:
            cls.poll_message_set("A chunk is being rendered: wait for its end, or press Esc")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Show the dialog, with what it said last, or what the file says, or preferences."""
        saved = values_of(context.scene.array_chunk)
        own = {name: value for name, value in saved.items() if not names_file(name, value)}
        addon: Any = context.preferences.addons.get(base_package)
        preferred = values_of(addon.preferences) if addon is not None else {}
        seeds = {**preferred, **own}
        explicit = values_of(self.properties)
        for name, value in {**seeds, **self._last.get(_place(context), {})}.items():
            if name not in explicit:
                setattr(self, name, value)
        self._from_dialog = True
        return context.window_manager.invoke_props_dialog(self, width=420, confirm_text="Render")

    def draw(self, context: bpy.types.Context) -> None:
        draw_groups(self.layout, self, ESSENTIAL_GROUPS)
        self.layout.prop(self, "show_all", toggle=True)
        if self.show_all:
            draw_groups(self.layout, self, MORE_GROUPS)
        box = self.layout.box()
        for line, icon in _summary(self, context):
            box.label(text=window_line(line), icon=icon)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Render: with the window alive where it is shown, otherwise at once."""
        put_back_all()
        try:
            scene, settings = scene_and_settings(values_of(self.properties), context.scene)
            chunk = ChunkRender(
                settings,
                output_folder(settings, scene),
                scene,
                session_of_process(),
                opened_state=self.opened_state,
            )
        except ChunkError as error:
            verdict = Verdict(size=self.size, index=self.index)
            verdict.fail(error)
            return self._end(verdict)
        if self._from_dialog:
            return self._begin_in_window(context, chunk)
        with progress_at_cursor(context) as show:
            chunk.on_progress = lambda progress: show(progress.done, progress.total)
            render_at_once(chunk.steps())
        return self._end(chunk.verdict)

    def _begin_in_window(self, context: bpy.types.Context, chunk: ChunkRender) -> set[str]:
        self._last[_place(context)] = values_of(self.properties)
        self._chunk = chunk
        self._progress: Progress | None = None
        chunk.in_window = True
        chunk.on_progress = self._take_progress
        self._status = StatusBar()
        self._render = RENDER_OT_array_chunk._in_window = WindowRender(chunk)
        self._render.begin(context)
        manager = context.window_manager
        self._timer = manager.event_timer_add(LOOK_SECONDS, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        # While a frame is in work, Blender's own job takes Esc; what comes here came in between.
        if event.type == "ESC" and event.value == "PRESS":
            self._render.stop(f"Cancelled in frame {self._render.frame}")
        elif event.type != "TIMER":
            return {"PASS_THROUGH"}
        if self._render.look(context):
            self._leave_window(context)
            return self._end(self._chunk.verdict)
        wanted = len(self._chunk.verdict.wanted)
        line = status_line(self._render.frame or 0, self._progress, wanted)
        self._status.show(context, line)
        return {"PASS_THROUGH"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends this operator, its render job already: it opens another file, or quits.

        It comes here from a dialog that is cancelled too, before anything has begun.
        """
        if self._timer is None:
            return
        self._render.stop("Blender ended the render")
        self._render.look(context)
        self._leave_window(context)

    def _take_progress(self, progress: Progress) -> None:
        self._progress = progress

    def _leave_window(self, context: bpy.types.Context) -> None:
        RENDER_OT_array_chunk._in_window = None
        self._status.clear()
        context.window_manager.event_timer_remove(self._timer)

    def _end(self, verdict: Verdict) -> set[str]:
        session_of_process().verdict = verdict
        if self.verdict:
            write_verdict(Path(self.verdict), verdict.as_fields())
        return _report(self, verdict)


def _place(context: bpy.types.Context) -> tuple[str, str]:
    return bpy.data.filepath, context.scene.name


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


def _report(operator: bpy.types.Operator, verdict: Verdict) -> set[str]:
    if verdict.exit_code == Interrupted.exit_code:
        operator.report({"WARNING"}, window_line(verdict.message))
        return {"CANCELLED"}
    if verdict.exit_code:
        operator.report({"ERROR"}, window_line(verdict.message))
        return {"CANCELLED"}
    for warning in verdict.warnings:
        operator.report({"WARNING"}, window_line(warning))
    there = len(verdict.reused) + len(verdict.adopted)
    operator.report(
        {"INFO"},
        plain_line(
            f"Chunk {verdict.index} of {verdict.size}: {len(verdict.rendered)} frames rendered, "
            f"{there} were there already, in {verdict.output}"
        ),
    )
    return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((RENDER_OT_array_chunk,))
