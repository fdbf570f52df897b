"""RENDER_OT_array_chunk_film: a film and a contact sheet of the frames in an output folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy

from ..chunking.errors import ChunkError
from ..chunking.plain_text import plain_line
from ..command_line.window_words import window_line
from ..film.choices import CHOICES
from ..film.encoder import Progress
from ..film.making import MadeFilm, log_progress, make_film
from ..properties import property_annotations
from ..scene.chosen_scene import scene_and_settings
from ..window.film_frames import (
    folder_of,
    folder_property,
    may_look,
    wanted_frames,
)


class RENDER_OT_array_chunk_film(bpy.types.Operator):
    """Make a film and a contact sheet of the animation's finished frames, beside their folder"""

    bl_idname = "render.array_chunk_film"
    bl_label = "Make Film of Array Frames…"
    bl_options = {"REGISTER"}

    __annotations__ = {
        "output": folder_property(),
        **property_annotations(CHOICES),
    }

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_look(cls, context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        return context.window_manager.invoke_props_dialog(self, width=420, confirm_text="Make Film")

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.use_property_split = True
        self.layout.use_property_decorate = False
        for name in ("output", *(each.name for each in CHOICES)):
            self.layout.prop(self, name)
        text, icon = _summary(self, context)
        self.layout.label(text=window_line(text), icon=icon)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            made = _make(self, context)
        except ChunkError as error:
            self.report({"ERROR"}, window_line(str(error)))
            return {"CANCELLED"}
        for note in made.notes:
            self.report({"WARNING"}, window_line(note))
        files = ", ".join(f"{name} {str(path)!r}" for name, path in made.files.items())
        self.report({"INFO"}, plain_line(f"Made: {files}"))
        return {"FINISHED"}


def _make(operator: Any, context: bpy.types.Context) -> MadeFilm:
    scene, folder, frames = wanted_frames(context, operator.output)
    gaps = operator.gaps.lower()
    with _progress_shown(context) as show:
        return make_film(folder, frames, scene, gaps, operator.lossless, show)


def _summary(operator: Any, context: bpy.types.Context) -> tuple[str, Any]:
    try:
        scene, settings = scene_and_settings({}, context.scene)
        return f"Frames from: {folder_of(operator.output, settings, scene)}", "FILE_FOLDER"
    except ChunkError as error:
        return str(error), "ERROR"


@contextmanager
def _progress_shown(context: bpy.types.Context) -> Iterator[Progress]:
    manager = context.window_manager

    def show(done: int, total: int) -> None:
        manager.progress_update(done * 100 // total)
        log_progress(done, total)

    manager.progress_begin(0, 100)
    try:
        yield show
    finally:
        manager.progress_end()


register, unregister = bpy.utils.register_classes_factory((RENDER_OT_array_chunk_film,))
