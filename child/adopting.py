"""Keeping pictures that are in the output folder already (`--existing keep`)."""

from __future__ import annotations

from collections.abc import Collection

import bpy

from ..publishing.destination import Destination
from ..publishing.formats import (
    BrokenPicture,
    inspect_open,
)
from ..publishing.output_folder import (
    OutputFolder,
    frame_name,
)


def adopt_frame(
    destination: Destination,
    scene: bpy.types.Scene,
    prefix: str,
    frame: int,
    sizes: Collection[tuple[int, int]],
) -> bool:
    """Record the frame's pictures if they are there, whole and of the right size.

    Raises OutputFailed.

    File Output nodes' files are left alone: which of them there should be is not to be known
    without rendering.
    """
    stem = f"{prefix}{frame_name(frame)}"
    for suffixes in _possible_suffixes(scene):
        names = [f"{stem}{suffix}{scene.render.file_extension}" for suffix in suffixes]
        if all(_is_whole(destination.folder, name, sizes) for name in names):
            destination.adopt(names, frame)
            return True
    return False


def _possible_suffixes(scene: bpy.types.Scene) -> list[list[str]]:
    render = scene.render
    if not render.use_multiview or render.image_settings.views_format != "INDIVIDUAL":
        return [[""]]
    used = [view.file_suffix for view in render.views if view.use]
    # With one view in use Blender 4 leaves its suffix out, Blender 5 writes it.
    return [used, [""]] if len(used) == 1 else [used]


def _is_whole(folder: OutputFolder, name: str, sizes: Collection[tuple[int, int]]) -> bool:
    try:
        with folder.held.open(name) as file:
            picture = inspect_open(file)
    except (BrokenPicture, OSError):
        return False
    return (picture.width, picture.height) in sizes
