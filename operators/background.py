"""What main.py does in a process of its own: a bake of the saved file, and a test of a chunk."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import bpy

from ..chunking.errors import ChunkError, SceneRefused
from ..chunking.settings import SETTINGS
from ..command_line.window_words import window_line
from ..engines.background import CANCELLED, DONE, RUNNING, BackgroundRun, fresh_log
from ..machine.environment import child_on_farm
from ..machine.main_command import main_command
from ..machine.output_lines import json_fields
from ..properties import property_annotations
from ..scene.chosen_scene import absolute_path, output_folder, scene_and_settings
from ..window.chunk_trial import BackgroundTest, last_run, show_test
from ..window.slow_work import SlowOperator

END_SECONDS = 5.0
"""How long Blender waits at the most for a bake that it has ended."""
FARM_TEST_FOLDER = "array_chunk_farm_test"
"""Where the frames of a test go, beside the .blend, where the file names no output folder."""


class RENDER_OT_array_chunk_bake(SlowOperator, bpy.types.Operator):
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

    KIND = "bake"
    BUSY = "A bake is running: wait for its end, or press Esc"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not bpy.data.filepath:
            cls.poll_message_set("Save the file first: it is baked as it is on disk")
            return False
        return cls.is_free()

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        if not self.bake_file:
            saved = Path(bpy.data.filepath)
            self.bake_file = str(saved.with_name(f"{saved.stem}_baked.blend"))
        return context.window_manager.invoke_props_dialog(self, width=420, confirm_text="Bake")

    def execute(self, context: bpy.types.Context) -> set[str]:
        if bpy.data.is_dirty:
            self.report({"WARNING"}, "Unsaved changes are not baked: the saved file is")
        words = ["bake", "--log", "json", "--scene", context.scene.name]
        if self.bake_file:
            words += ["--bake-file", absolute_path(self.bake_file)]
        run = _started(self, words, child_on_farm(os.environ, 1, 0), "array_chunk_bake")
        if run is None:
            return {"CANCELLED"}
        self._run = run
        return self.begin(
            context,
            run.wait,
            lambda: f"Bake for Farm: {_last_message(run.lines)} (Esc: cancel)",
        )

    def escape(self) -> None:
        self._run.cancel()

    def abandon(self) -> None:
        """No bake outlives the window that shows it; one that can't be killed isn't waited for."""
        self._run.kill()
        self._work.wait(END_SECONDS)

    def done(self, result: Any) -> set[str]:
        state, code = self._run.state, self._run.exit_code
        message = _last_message(self._run.lines)
        if state == DONE:
            self.report({"INFO"}, window_line(message))
            return {"FINISHED"}
        if state == CANCELLED:
            self.report({"WARNING"}, "The bake was cancelled; its copy is not fit for a farm")
        elif code == SceneRefused.exit_code:
            self.report({"ERROR"}, window_line(message))
        else:
            text = f"The bake ended with exit code {code}: {message}"
            self.report({"ERROR"}, window_line(text))
        return {"CANCELLED"}


class RENDER_OT_array_chunk_background(bpy.types.Operator):
    """Render a chunk of the saved file as a farm does: in the background, with factory settings"""

    bl_idname = "render.array_chunk_background"
    bl_label = "Test Array Chunk as on Farm"
    bl_options = {"REGISTER"}

    __annotations__ = property_annotations(
        (SETTINGS["size"], SETTINGS["index"], SETTINGS["frames"]), options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not bpy.data.filepath:
            cls.poll_message_set("Save the file first: a farm opens it from disk")
            return False
        run = last_run()
        if run is not None and run.state == RUNNING:
            cls.poll_message_set("A test is running: wait for its end, or cancel it")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        if bpy.data.is_dirty:
            self.report({"WARNING"}, "Unsaved changes are not tested: the farm sees the saved file")
        try:
            scene, settings = scene_and_settings({}, context.scene)
            tested_in_window = output_folder(settings, scene)
        except ChunkError as error:
            self.report({"ERROR"}, window_line(str(error)))
            return {"CANCELLED"}
        folder = Path(settings.output or Path(bpy.data.filepath).parent / FARM_TEST_FOLDER)
        words = ["--log", "json", "--output", str(folder), "--scene", scene.name]
        if self.frames:
            words += ["--frames", self.frames]
        environ = child_on_farm(os.environ, self.size, self.index)
        run = _started(self, words, environ, FARM_TEST_FOLDER)
        if run is None:
            return {"CANCELLED"}
        child = f"child {self.index} of {self.size}"
        show_test(BackgroundTest(run, child, folder, tested_in_window), context)
        return {"FINISHED"}


class RENDER_OT_array_chunk_background_cancel(bpy.types.Operator):
    """Ask the test to end, as a farm that takes its machine back; what is finished is kept"""

    bl_idname = "render.array_chunk_background_cancel"
    bl_label = "Cancel Test"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        run = last_run()
        return run is not None and run.state == RUNNING

    def execute(self, context: bpy.types.Context) -> set[str]:
        run = last_run()
        if run is not None:
            run.cancel()
        return {"FINISHED"}


class RENDER_OT_array_chunk_background_log(bpy.types.Operator):
    """Open the log of the test with the program that this system has for it"""

    bl_idname = "render.array_chunk_background_log"
    bl_label = "Log of the Test"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return last_run() is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        run = last_run()
        assert run is not None
        bpy.ops.wm.path_open(filepath=str(run.log_file))
        return {"FINISHED"}


def _started(
    operator: bpy.types.Operator, words: list[str], environ: dict[str, str], log_name: str
) -> BackgroundRun | None:
    """Start main.py with the saved file; None, reported, where it can't be started."""
    command = [*main_command(bpy.data.filepath, "--factory-startup"), *words]
    try:
        run = BackgroundRun(command, environ, fresh_log(bpy.app.tempdir, log_name))
        run.start()
    except OSError as error:
        text = f"{shlex.join(command)} could not be started: {error.strerror}"
        operator.report({"ERROR"}, window_line(text))
        return None
    return run


def _last_message(lines: Iterable[str]) -> str:
    """The last that the process itself said, among what Blender says."""
    for line in reversed(list(lines)):
        fields = json_fields(line) or {}  # none: Blender's own chatter
        if "message" in fields:
            return str(fields["message"])
    return "Blender starts"


register, unregister = bpy.utils.register_classes_factory(
    (
        RENDER_OT_array_chunk_bake,
        RENDER_OT_array_chunk_background,
        RENDER_OT_array_chunk_background_cancel,
        RENDER_OT_array_chunk_background_log,
    )
)
