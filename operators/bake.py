"""RENDER_OT_array_chunk_bake: simulations baked into a copy of the saved file, by a process."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import bpy

from ..chunking.errors import SceneRefused
from ..command_line.window_words import window_line
from ..engines.background import (
    CANCELLED,
    DONE,
    RUNNING,
    BackgroundRun,
    fresh_log,
)
from ..machine.environment import child_on_farm
from ..machine.main_command import main_command
from ..machine.output_lines import json_fields
from ..scene.chosen_scene import absolute_path
from ..window.chunk_status import StatusBar

LOOK_SECONDS = 0.2


class RENDER_OT_array_chunk_bake(bpy.types.Operator):
    """Bake the simulations that the render uses into a copy of the saved file, for a farm"""

    bl_idname = "render.array_chunk_bake"
    bl_label = "Bake for Farm…"
    bl_options = {"REGISTER"}

    __annotations__ = {
        "bake_file": bpy.props.StringProperty(
            name="Copy",
            description="The copy of the .blend to bake into, its caches beside it; empty: beside "
            "the file, with _baked in its name",
            subtype="FILE_PATH",
            options={"SKIP_SAVE"},
        )
    }

    _run: BackgroundRun | None = None
    """The bake that runs: one at a time."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not bpy.data.filepath:
            cls.poll_message_set("Save the file first: it is baked as it is on disk")
            return False
        if cls._run is not None:
            cls.poll_message_set("A bake is running: wait for its end, or press Esc")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        if not self.bake_file:
            saved = Path(bpy.data.filepath)
            self.bake_file = str(saved.with_name(f"{saved.stem}_baked.blend"))
        return context.window_manager.invoke_props_dialog(self, width=420, confirm_text="Bake")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Start the process; in the window, look at it from a timer, otherwise wait for it."""
        if bpy.data.is_dirty:
            self.report({"WARNING"}, "Unsaved changes are not baked: the saved file is")
        words = ["bake", "--log", "json", "--scene", context.scene.name]
        if self.bake_file:
            words += ["--bake-file", absolute_path(self.bake_file)]
        command = [*main_command(bpy.data.filepath, "--factory-startup"), *words]
        environ = child_on_farm(os.environ, 1, 0)
        try:
            log_file = fresh_log(bpy.app.tempdir, "array_chunk_bake")
            run = BackgroundRun(command, environ, log_file)
            run.start()
        except OSError as error:
            told = f"{shlex.join(command)} could not be started: {error.strerror}"
            self.report({"ERROR"}, window_line(told))
            return {"CANCELLED"}
        if bpy.app.background:
            return self._end(run)
        RENDER_OT_array_chunk_bake._run = run
        self._status = StatusBar()
        manager = context.window_manager
        self._timer = manager.event_timer_add(LOOK_SECONDS, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        run = self._run
        assert run is not None
        if event.type == "ESC" and event.value == "PRESS":
            run.cancel()
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        if run.state == RUNNING:
            self._status.show(context, f"Bake for Farm: {_last_message(run.lines)} (Esc: cancel)")
            return {"PASS_THROUGH"}
        self._leave(context)
        return self._end(run)

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender opens another file, or quits: no bake outlives the window that shows it."""
        if self._run is not None:
            self._run.kill()
            self._leave(context)

    def _leave(self, context: bpy.types.Context) -> None:
        RENDER_OT_array_chunk_bake._run = None
        self._status.clear()
        context.window_manager.event_timer_remove(self._timer)

    def _end(self, run: BackgroundRun) -> set[str]:
        """Say how it went; waits for the end where that has not come."""
        code = run.exit_code
        state = run.state
        message = _last_message(run.lines)
        if state == DONE:
            self.report({"INFO"}, window_line(message))
            return {"FINISHED"}
        if state == CANCELLED:
            self.report({"WARNING"}, "The bake was cancelled; its copy is not fit for a farm")
        elif code == SceneRefused.exit_code:
            self.report({"ERROR"}, window_line(message))
        else:
            told = f"The bake ended with exit code {code}: {message}"
            self.report({"ERROR"}, window_line(told))
        return {"CANCELLED"}


def _last_message(lines: Iterable[str]) -> str:
    """The last that the process itself said, among what Blender says."""
    for line in reversed(list(lines)):
        fields = json_fields(line) or {}  # none: Blender's own chatter
        if "message" in fields:
            return str(fields["message"])
    return "Blender starts"


register, unregister = bpy.utils.register_classes_factory((RENDER_OT_array_chunk_bake,))
