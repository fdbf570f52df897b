"""A film of finished frames, by the encoder that is built into Blender."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..chunking.errors import OutputFailed, SceneRefused
from ..publishing.places import made_aside
from ..scene.blender_versions.render import set_file_format
from .film_file import BrokenFilm, count_matroska_pictures, count_mp4_pictures, say_mp4_colours
from .sequencer import add_pictures, picture_size, render, sequencer_scene
from .sound import FilmSound, add_sound

log = logging.getLogger(__name__)

PICTURES, SOUND = 1, 2
"""Channels of the sequencer."""
SMALLEST_EDGE = 16
"""Fewer pixels are "too small" for Blender's encoder, whatever the codec."""


@dataclass(frozen=True)
class Encoding:
    """How a film is written, and how its file is looked at afterwards."""

    name: str
    container: str
    codec: str
    sound_codec: str
    even_sizes: bool
    """True where a film has to have an even number of pixels each way."""
    count_pictures: Callable[[Path], int]
    finish: Callable[[Path], None] = lambda made: None


VIEWING = Encoding("film", "MPEG4", "H264", "AAC", True, count_mp4_pictures, say_mp4_colours)
"""H.264 stores colour for blocks of 2 by 2 pixels: good to look at, in every player."""

KEEPING = Encoding("lossless film", "MKV", "FFV1", "FLAC", False, count_matroska_pictures)
"""FFV1 (RFC 9043), what archives keep films in. Blender gives it RGB of 8 bits: 8-bit frames
come back equal in every value, on 4.2 to 5.0. Its 16 bits (from 4.5 on) don't: 4.5 writes an
empty film, and 5.0 is off by one."""

Progress = Callable[[int, int], None]
"""Called with the number of pictures that are in the film, and of all."""


def encode(
    pictures: Sequence[Path | None],
    target: Path,
    seen_in: bpy.types.Scene,
    encoding: Encoding = VIEWING,
    sound: FilmSound | None = None,
    on_progress: Progress = lambda done, total: None,
) -> None:
    """Make a film of pictures, in this order, at the frame rate of the scene `seen_in`.

    The pictures are whole and of one size; None is a black one. Of an odd size an H.264 film
    loses the last column or row, since scaling would blur every pixel and padding would draw a
    line. Transparency is put on black. OpenEXR is seen through the view of the scene `seen_in`;
    other pictures are shown as they are.

    The film appears under its name in one step. Raises SceneRefused for pictures that can't be
    read, OutputFailed where no whole film came out.
    """
    pictures = [path and path.absolute() for path in pictures]
    with (
        sequencer_scene([path for path in pictures if path], seen_in) as scene,
        made_aside(target) as made,
    ):
        size = picture_size(add_pictures(scene, pictures, PICTURES))
        if sound:
            add_sound(scene, sound, SOUND)
        _set_size(scene, *size, encoding)
        _set_time(scene, len(pictures), seen_in)
        _set_codec(scene, encoding, sound)
        with _calling(on_progress, len(pictures)):
            render(scene, made, animation=True)
        _finish(made, target, len(pictures), encoding)
    log.info("%s of %s frames: %s", encoding.name, len(pictures), target)


def _set_size(scene: bpy.types.Scene, width: int, height: int, encoding: Encoding) -> None:
    if min(width, height) < SMALLEST_EDGE:
        raise SceneRefused(
            f"The frames have {width}x{height} pixels, and Blender makes films of at least "
            f"{SMALLEST_EDGE}x{SMALLEST_EDGE}: render larger ones for a film."
        )
    cut_x, cut_y = (width % 2, height % 2) if encoding.even_sizes else (0, 0)
    scene.render.resolution_x = width - cut_x
    scene.render.resolution_y = height - cut_y
    if cut_x or cut_y:
        log.info(
            "film: H.264 takes even sizes only, so the last of %sx%s pixels are cut off",
            width,
            height,
        )


def _set_time(scene: bpy.types.Scene, count: int, seen_in: bpy.types.Scene) -> None:
    scene.frame_start = 1
    scene.frame_end = count
    scene.render.fps = seen_in.render.fps
    scene.render.fps_base = seen_in.render.fps_base


def _set_codec(scene: bpy.types.Scene, encoding: Encoding, sound: FilmSound | None) -> None:
    image: Any = scene.render.image_settings
    set_file_format(image, "FFMPEG")
    image.color_mode = "RGB"
    codec: Any = scene.render.ffmpeg
    codec.format = encoding.container
    codec.codec = encoding.codec
    image.color_depth = "8"
    codec.constant_rate_factor = "PERC_LOSSLESS"  # FFV1 does not look at it
    codec.audio_codec = encoding.sound_codec if sound else "NONE"


@contextlib.contextmanager
def _calling(on_progress: Progress, total: int) -> Iterator[None]:
    """Call `on_progress` for each picture that Blender has put into the film."""

    def written(rendered: bpy.types.Scene, *_: object) -> None:
        on_progress(rendered.frame_current, total)

    bpy.app.handlers.render_write.append(written)
    try:
        yield
    finally:
        bpy.app.handlers.render_write.remove(written)


def _finish(made: Path, target: Path, count: int, encoding: Encoding) -> None:
    """See that the film is whole and as long as it should be."""
    try:
        held = encoding.count_pictures(made)
        if held != count:
            raise BrokenFilm(f"it holds {held} pictures, not {count}")
        encoding.finish(made)
    except BrokenFilm as broken:
        raise OutputFailed(
            f"Blender wrote no whole film for {str(target)!r}: {broken}. See that its disk has "
            "room, and Blender's log for other reasons."
        ) from broken
