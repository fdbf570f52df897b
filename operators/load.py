"""RENDER_OT_array_chunk_load: the frames as an image sequence, in an image editor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from ..chunking.errors import BadSetting, ChunkError
from ..publishing.output_folder import OutputFolder
from ..publishing.verify import survey
from .film_frames import folder_property, may_look, wanted_frames

NAME = "Array Frames"


class RENDER_OT_array_chunk_load(bpy.types.Operator):
    """Load the frames that are done as an image sequence, shown where an image editor is open"""

    bl_idname = "render.array_chunk_load"
    bl_label = "Load Array Frames"
    bl_options = {"REGISTER", "UNDO"}

    __annotations__ = {"output": folder_property()}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return may_look(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            _, folder, frames = wanted_frames(context, self.output)
            done = survey(folder, frames).done
            pictures = {frame: done[frame].files[0].name for frame in sorted(done)}
            image = _loaded(folder, pictures)
        except ChunkError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        first, last = min(pictures), max(pictures)
        for space in _image_editors(context):
            space.image = image
            user = space.image_user
            user.frame_start, user.frame_duration = first, last - first + 1
            user.frame_offset, user.use_auto_refresh = first - 1, True
        self.report({"INFO"}, f"{image.name}: {len(pictures)} frames, {first} to {last}")
        return {"FINISHED"}


def _loaded(folder: OutputFolder, pictures: dict[int, str]) -> Any:
    if not pictures:
        raise BadSetting(f"No frame is done in {str(folder.root)!r}: render some first.")
    path = str(Path(folder.root, next(iter(pictures.values()))))
    for image in bpy.data.images:  # of an earlier time; never one that the artist loaded
        if image.source == "SEQUENCE" and image.name == NAME and image.filepath == path:
            image.reload()
            return image
    image = bpy.data.images.load(path)
    image.source = "SEQUENCE"
    image.name = NAME
    return image


def _image_editors(context: bpy.types.Context) -> Iterator[Any]:
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "IMAGE_EDITOR":
                yield area.spaces.active


register, unregister = bpy.utils.register_classes_factory((RENDER_OT_array_chunk_load,))
