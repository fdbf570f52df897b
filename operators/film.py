"""Finished frames to look at: made into a film, or loaded as a sequence of pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bpy

from ..chunking.errors import BadSetting, ChunkError
from ..chunking.plain_text import plain_line
from ..command_line.window_words import window_line
from ..film.choices import CHOICES
from ..film.making import log_progress, make_film
from ..film.sequencer import add_pictures
from ..film.whole_pictures import whole_pictures
from ..properties import property_annotations
from ..publishing.output_folder import OutputFolder
from ..publishing.record import Record
from ..publishing.verify import survey_of
from ..scene.chosen_scene import scene_and_settings
from ..scene.picture_sizes import picture_sizes
from ..window.chunk_status import progress_at_cursor
from ..window.wanted_frames import (
    folder_of,
    folder_property,
    image_editors,
    may_look,
    wanted_frames,
)

NAME = "Array Frames"
"""Of the image, and of the scene, that they are loaded into."""


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
        icon: Any = "FILE_FOLDER"
        try:
            scene, settings = scene_and_settings({}, context.scene)
            text = f"Frames from: {folder_of(self.output, settings, scene)}"
        except ChunkError as error:
            text, icon = str(error), "ERROR"
        self.layout.label(text=window_line(text), icon=icon)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            scene, folder, frames = wanted_frames(context, self.output)
            with progress_at_cursor(context) as show:

                def show_and_log(done: int, total: int) -> None:
                    show(done, total)
                    log_progress(done, total)

                gaps = self.gaps.lower()
                film = make_film(folder, frames, scene, gaps, self.lossless, show_and_log)
        except ChunkError as error:
            self.report({"ERROR"}, window_line(str(error)))
            return {"CANCELLED"}
        for note in film.notes:
            self.report({"WARNING"}, window_line(note))
        files = ", ".join(f"{name} {str(path)!r}" for name, path in film.files.items())
        self.report({"INFO"}, plain_line(f"Made: {files}"))
        return {"FINISHED"}


class RENDER_OT_array_chunk_load(bpy.types.Operator):
    """Load the frames that are done as an image sequence, to look at them in motion"""

    bl_idname = "render.array_chunk_load"
    bl_label = "Load Array Frames"
    bl_options = {"REGISTER", "UNDO"}

    __annotations__ = {
        "output": folder_property(),
        "into": bpy.props.EnumProperty(
            name="Into",
            description="Where the frames are shown",
            items=(
                ("IMAGE", "Image Editor", "An image, shown in every open image editor"),
                (
                    "SEQUENCER",
                    "Video Sequencer",
                    "A scene of its own: strips in the animation's scene would be rendered in its "
                    "place",
                ),
            ),
        ),
    }

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_look(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            scene, folder, frames = wanted_frames(context, self.output)
            done = survey_of(folder, frames).done
            pictures = _pictures(folder, done, self)
            if self.into == "SEQUENCER":
                name = _in_sequencer(folder, pictures, scene).name
            else:
                name = _in_image_editors(context, folder, pictures).name
        except ChunkError as error:
            self.report({"ERROR"}, window_line(str(error)))
            return {"CANCELLED"}
        frames_text = f"{len(pictures)} frames, {min(pictures)} to {max(pictures)}"
        self.report({"INFO"}, plain_line(f"{self.into.capitalize()} {name!r}: {frames_text}"))
        return {"FINISHED"}


def _pictures(folder: OutputFolder, done: Mapping[int, Record], operator: Any) -> dict[int, str]:
    """The first file of each frame that is done and whole; the others are said."""
    names = {frame: done[frame].files[0].name for frame in sorted(done)}
    whole = whole_pictures({frame: folder.root / name for frame, name in names.items()})
    if whole.left_out:
        warning = f"Pictures that are not whole are left out: {whole.reasons}"
        operator.report({"WARNING"}, window_line(warning))
    if not whole.pictures:
        raise BadSetting(f"No frame is done in {str(folder.root)!r}: render some first.")
    return {frame: names[frame] for frame in whole.pictures}


def _in_sequencer(folder: OutputFolder, pictures: dict[int, str], like: Any) -> Any:
    """A scene with the frames in its sequencer, each at its own number; gaps are black."""
    if NAME in bpy.data.scenes:
        bpy.data.scenes.remove(bpy.data.scenes[NAME])
    scene: Any = bpy.data.scenes.new(NAME)
    scene.sequence_editor_create()
    first, last = min(pictures), max(pictures)
    scene.frame_start, scene.frame_end = first, last
    render = scene.render
    render.fps, render.fps_base = like.render.fps, like.render.fps_base
    render.resolution_x, render.resolution_y = max(picture_sizes(like))
    row = [
        Path(folder.root, pictures[frame]) if frame in pictures else None
        for frame in range(first, last + 1)
    ]
    add_pictures(scene, row, start=first)
    return scene


def _in_image_editors(
    context: bpy.types.Context, folder: OutputFolder, pictures: dict[int, str]
) -> Any:
    image = _loaded(folder, pictures)
    first, last = min(pictures), max(pictures)
    for space in image_editors(context):
        space.image = image
        user = space.image_user
        user.frame_start, user.frame_duration = first, last - first + 1
        user.frame_offset, user.use_auto_refresh = first - 1, True
    return image


def _loaded(folder: OutputFolder, pictures: dict[int, str]) -> Any:
    path = str(Path(folder.root, next(iter(pictures.values()))))
    for image in bpy.data.images:  # of an earlier time; never one that the artist loaded
        if image.source == "SEQUENCE" and image.name == NAME and image.filepath == path:
            image.reload()
            return image
    image = bpy.data.images.load(path)
    image.source = "SEQUENCE"
    image.name = NAME
    return image


register, unregister = bpy.utils.register_classes_factory(
    (RENDER_OT_array_chunk_film, RENDER_OT_array_chunk_load)
)
