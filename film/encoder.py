"""A film of finished frames, by the encoder that is built into Blender."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from ..chunking.errors import OutputFailed
from . import mp4
from .places import made_aside
from .sequencer import add_pictures, picture_size, render, sequencer_scene

log = logging.getLogger(__name__)


def encode(
    frames: Sequence[Path], target: Path, fps: int, fps_base: float, seen_in: bpy.types.Scene
) -> None:
    """Make an H.264 film (MP4) of pictures, in this order, at `fps / fps_base` frames a second.

    The frames are whole pictures of one size, in one folder. H.264 stores colour for blocks of
    2 by 2 pixels and takes even sizes only: of an odd size the last column or row is cut off,
    since scaling would blur every pixel and padding would draw a line. Transparency is put on
    black. OpenEXR is seen through the view of the scene `seen_in`; other frames are shown as
    they are.

    The film appears under its name in one step. Raises SceneRefused for frames that can't be
    read, OutputFailed where no whole film came out.
    """
    frames = [path.absolute() for path in frames]
    with sequencer_scene(frames, seen_in) as scene, made_aside(target) as made:
        width, height = picture_size(add_pictures(scene, frames))
        _set_size(scene, width, height)
        _set_time(scene, len(frames), fps, fps_base)
        _set_codec(scene)
        render(scene, made, animation=True)
        _finish(made, target, len(frames))
    log.info("film of %s frames: %s", len(frames), target)


def _set_size(scene: bpy.types.Scene, width: int, height: int) -> None:
    scene.render.resolution_x = width - width % 2
    scene.render.resolution_y = height - height % 2
    if (width % 2, height % 2) != (0, 0):
        log.info(
            "film: H.264 takes even sizes only, so the last of %sx%s pixels are cut off",
            width,
            height,
        )


def _set_time(scene: bpy.types.Scene, count: int, fps: int, fps_base: float) -> None:
    scene.frame_start = 1
    scene.frame_end = count
    scene.render.fps = fps
    scene.render.fps_base = fps_base


def _set_codec(scene: bpy.types.Scene) -> None:
    image: Any = scene.render.image_settings
    if hasattr(image, "media_type"):  # 5.0 sorts the formats by it and wants it first
        image.media_type = "VIDEO"
    image.file_format = "FFMPEG"
    image.color_mode = "RGB"
    codec = scene.render.ffmpeg
    codec.format = "MPEG4"
    codec.codec = "H264"
    codec.constant_rate_factor = "PERC_LOSSLESS"
    codec.audio_codec = "NONE"


def _finish(made: Path, target: Path, count: int) -> None:
    """See that the film is whole and as long as it should be, and that it says its colours."""
    try:
        mp4.check_whole(made, count)
        mp4.say_colours(made)
    except mp4.BrokenFilm as broken:
        raise OutputFailed(
            f"Blender wrote no whole film for {str(target)!r}: {broken}. See that its disk has "
            "room, and Blender's log for other reasons."
        ) from broken
