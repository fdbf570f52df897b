"""The frames of the whole animation: where they lie, and which are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from ..chunking.errors import BadSetting
from ..chunking.frames import FrameSet
from ..chunking.plan import Plan
from ..chunking.settings import Settings
from ..publishing.output_folder import OutputFolder
from ..scene.chosen_scene import absolute_path, output_folder, scene_and_settings, scene_frames


def wanted_frames(
    context: bpy.types.Context, path: str
) -> tuple[bpy.types.Scene, OutputFolder, FrameSet]:
    """The scene, the folder (at `path`, or the scene's own) and the frames that it should hold.

    Raises BadSetting where there is no such folder, SceneRefused where there is no such scene.
    """
    scene, settings = scene_and_settings({}, context.scene)
    folder = folder_of(path, settings, scene)
    if not folder.is_dir():
        raise BadSetting(
            f"The output folder {str(folder)!r} is not there: render some frames first, or choose "
            "the folder that they are in."
        )
    return scene, OutputFolder(folder), Plan.of(settings, scene_frames(scene)).frames


def folder_of(path: str, settings: Settings, scene: bpy.types.Scene) -> Path:
    """The folder at `path`, where that is not empty, else the scene's own.

    That is the folder that its settings name where frames are in it, else that of a test.
    """
    if path:
        return Path(absolute_path(path))
    if settings.output and OutputFolder(Path(settings.output)).private.is_dir():
        return Path(settings.output)
    return output_folder(settings, scene)


def folder_property() -> bpy.types.Property:
    return bpy.props.StringProperty(
        name="Output Folder",
        description="The folder that the frames are in; empty: where Render Array Chunk puts them",
        subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )


def may_look(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """Whether frames can be looked at now; says why not where they can't."""
    if context.scene is None:
        operator.poll_message_set("There is no scene")
        return False
    if bpy.app.is_job_running("RENDER"):
        operator.poll_message_set("A render is running: wait for its end")
        return False
    return True


def image_editors(context: bpy.types.Context) -> Iterator[Any]:
    """What each open image editor shows, in all windows: their spaces."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "IMAGE_EDITOR":
                yield area.spaces.active
