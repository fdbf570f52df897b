"""A chunk tested as the farm will render it: by main.py, in a process of its own."""

from __future__ import annotations

import atexit
import math
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from ..child.progress import duration
from ..chunking.errors import ChunkError
from ..chunking.settings import SETTINGS
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
from ..properties import property_annotations
from ..scene.chosen_scene import output_folder, scene_and_settings
from .comparing import differences
from .redrawing import redraw_properties

FARM_TEST_FOLDER = "array_chunk_farm_test"
"""Where the frames of a test go, beside the .blend, where the file names no output folder."""
LOOK_SECONDS = 0.2
MOST_NAMED = 3

_run: BackgroundRun | None = None
"""The test that runs, or ran last: one at a time."""


class ArrayChunkBackground(bpy.types.PropertyGroup):
    """How the test goes, for the panel; belongs to the window, not to the file."""

    __annotations__ = {
        "state": bpy.props.StringProperty(name="State"),
        "text": bpy.props.StringProperty(name="Text"),
        "factor": bpy.props.FloatProperty(name="Progress", min=0.0, max=1.0),
        "is_complete": bpy.props.BoolProperty(name="Complete"),
        "compared": bpy.props.StringProperty(name="Compared"),
        "folder": bpy.props.StringProperty(name="Folder"),
    }


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
        if _is_running():
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
        command = [*main_command(bpy.data.filepath, "--factory-startup"), *words]
        environ = child_on_farm(os.environ, self.size, self.index)
        try:
            _begin(command, environ)
        except OSError as error:
            told = f"{shlex.join(command)} could not be started: {error.strerror}"
            self.report({"ERROR"}, window_line(told))
            return {"CANCELLED"}
        test = _shown(context)
        test.folder, test.compared, test.factor, test.is_complete = str(folder), "", 0.0, False
        child = f"child {self.index} of {self.size}"
        test.state, test.text = RUNNING, f"{child}: Blender starts"
        bpy.app.timers.register(_Watch(child, tested_in_window, folder).look)
        return {"FINISHED"}


class RENDER_OT_array_chunk_background_cancel(bpy.types.Operator):
    """Ask the test to end, as a farm that takes its machine back; what is finished is kept"""

    bl_idname = "render.array_chunk_background_cancel"
    bl_label = "Cancel Test"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _is_running()

    def execute(self, context: bpy.types.Context) -> set[str]:
        if _run is not None:
            _run.cancel()
        return {"FINISHED"}


class RENDER_OT_array_chunk_background_log(bpy.types.Operator):
    """Open the log of the test with the program that this system has for it"""

    bl_idname = "render.array_chunk_background_log"
    bl_label = "Log of the Test"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _run is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        assert _run is not None
        bpy.ops.wm.path_open(filepath=str(_run.log_file))
        return {"FINISHED"}


class _Watch:
    """Carries over from the process to the panel, from a timer of Blender's main thread."""

    def __init__(self, child: str, in_window: Path, folder: Path) -> None:
        self._child = child
        self._pairs: Iterator[tuple[str, float]] | None = None
        self._folders = in_window, folder
        self._alike = 0
        self._different: list[str] = []

    def look(self) -> float | None:
        test = _shown(bpy.context)
        assert _run is not None
        if _run.state == RUNNING:
            self._show_progress(test)
            again: float | None = LOOK_SECONDS
        elif test.state == RUNNING:
            self._show_end(test)
            again = 0.0 if test.is_complete and self._folders[0].is_dir() else None
        else:
            again = self._compare_one(test)
        redraw_properties()
        return again

    def _show_progress(self, test: Any) -> None:
        assert _run is not None
        told = _run.progress
        if told:
            test.factor = told["done"] / told["total"]
            left = duration(told["seconds_left"])
            test.text = f"frame {told['frame']} · {told['done']}/{told['total']} · ETA {left}"

    def _show_end(self, test: Any) -> None:
        assert _run is not None
        test.state = _run.state
        test.is_complete = _run.state == DONE
        if _run.state == DONE:
            test.text = f"{self._child} is complete"
        elif _run.state == CANCELLED:
            test.text = f"{self._child} was cancelled; what is finished is kept"
        else:
            test.text = f"{self._child} failed with exit code {_run.exit_code}: see its log"
        if _run.log_error:
            test.text = f"{test.text}. {_run.log_error}"

    def _compare_one(self, test: Any) -> float | None:
        """Compare one frame more with the test in the window; the window lives in between."""
        if self._pairs is None:
            self._pairs = differences(*self._folders)
        pair = next(self._pairs, None)
        if pair is None:
            return None
        name, largest = pair
        if largest == 0.0:
            self._alike += 1
        else:
            self._different.append(f"{name} ({_words(largest)})")
        test.compared = self._told()
        return 0.0

    def _told(self) -> str:
        alike = f"{self._alike} frames are as in the window's test"
        if not self._different:
            return alike
        named = ", ".join(self._different[:MOST_NAMED])
        more = len(self._different) - MOST_NAMED
        return f"{alike}; different: {named}" + (f" and {more} more" if more > 0 else "")


def _words(largest: float) -> str:
    if math.isnan(largest):
        return "not whole"
    return "another size" if math.isinf(largest) else f"by up to {largest:.3g}"


def _begin(command: list[str], environ: dict[str, str]) -> None:
    global _run
    log_file = fresh_log(bpy.app.tempdir, "array_chunk_farm_test")
    run = BackgroundRun(command, environ, log_file)
    run.start()
    _run = run


def _is_running() -> bool:
    return _run is not None and _run.state == RUNNING


def _shown(context: bpy.types.Context) -> Any:
    manager: Any = context.window_manager
    return manager.array_chunk_background


def _end() -> None:
    """No test outlives the window that shows it."""
    if _run is not None:
        _run.kill()


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def _end_before_load(*arguments: object) -> None:
    _end()


_register, _unregister = bpy.utils.register_classes_factory(
    (
        ArrayChunkBackground,
        RENDER_OT_array_chunk_background,
        RENDER_OT_array_chunk_background_cancel,
        RENDER_OT_array_chunk_background_log,
    )
)


def register() -> None:
    _register()
    bpy.types.WindowManager.array_chunk_background = bpy.props.PointerProperty(
        type=ArrayChunkBackground, options={"SKIP_SAVE"}
    )
    if not bpy.app.background:
        bpy.app.handlers.load_pre.append(_end_before_load)
        atexit.register(_end)


def unregister() -> None:
    _end()
    if not bpy.app.background:
        bpy.app.handlers.load_pre.remove(_end_before_load)
        atexit.unregister(_end)
    del bpy.types.WindowManager.array_chunk_background
    _unregister()
