"""Which folder the frames of the open file go to."""

from __future__ import annotations

import os
import re
from pathlib import Path

import bpy

from ..chunking.errors import BadSetting
from ..chunking.settings import Settings
from .identity import is_saved_file

TEST_FOLDER = "array_chunk_test"
"""Where frames rendered from memory go: they are not the saved file's, and a farm must not
take them for its own."""


def output_folder(settings: Settings, scene: bpy.types.Scene) -> Path:
    """The output folder for settings whose paths are absolute. Raises BadSetting where none is.

    In the background it has to be named. In the window it is, failing that, the folder of the
    scene's own output path or, where this machine has no such place, that of the .blend.
    """
    if is_saved_file():
        if not settings.output:
            raise BadSetting(
                "No output folder is named: set EFS_BLENDER_OUTPUT_FOLDER_PATH or --output."
            )
        return Path(settings.output)
    return (Path(settings.output) if settings.output else _beside(scene)) / TEST_FOLDER


def absolute_path(path: str) -> str:
    """A path as this machine means it: `//` is the folder of the .blend. Empty stays empty."""
    return os.path.abspath(bpy.path.abspath(path)) if path else ""


def _beside(scene: bpy.types.Scene) -> Path:
    own = scene.render.filepath
    if is_usable(own):
        folder = own if own.endswith(("/", "\\")) else os.path.dirname(own) or "//"
        return Path(absolute_path(folder))
    if bpy.data.filepath:
        return Path(bpy.data.filepath).parent
    raise BadSetting("Save the file first, or name an output folder.")


def is_usable(path: str) -> bool:
    """Whether an output path of a scene means a place on this machine."""
    if path.startswith("//"):
        return bool(bpy.data.filepath)
    drive = re.match(r"[A-Za-z]:", path)
    return bool(path) and (os.name == "nt" or not drive) and os.path.isabs(path)
