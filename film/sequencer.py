"""A scene of its own in Blender's sequencer, for as long as a film or a contact sheet is made."""

from __future__ import annotations

import contextlib
import itertools
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import bpy

from ..chunking.errors import OutputFailed, SceneRefused
from ..scene.blender_versions.files import literal_path
from ..scene.blender_versions.sequencer import all_strips, strips_of

log = logging.getLogger(__name__)

SCENE_LINEAR = frozenset({".exr", ".hdr"})
"""Suffixes of pictures that hold light, not the colours of a display."""

PICTURES_IN_A_STRIP = 500
"""Blender copies a strip's whole list for each picture added: 10,000 in one take 5 s."""

UNREAD = "no picture"
"""Name of a file that is in no folder of frames: all of theirs have a suffix."""


@contextlib.contextmanager
def sequencer_scene(frames: Sequence[Path], seen_in: bpy.types.Scene) -> Iterator[bpy.types.Scene]:
    """A scene that shows these pictures' colours as they are, removed again at the end.

    Pictures for a display (PNG, JPEG, …) have been through a view transform and get no second
    one. OpenEXR holds scene-linear light: it is seen through the view of the scene `seen_in`.

    Raises SceneRefused where a picture is missing or its name can't be given to Blender.
    """
    _check_files(frames)
    scene = bpy.data.scenes.new("Array Chunk film")
    try:
        _set_colours(scene, seen_in if _scene_linear(frames[0]) else None)
        editor = scene.sequence_editor_create()
        # Each picture is shown once: keep none, read none ahead (5.0 would, for 1.2 GB at 4K).
        editor.use_cache_raw = editor.use_cache_final = editor.use_prefetch = False
        scene.render.use_compositing = False
        scene.render.resolution_percentage = 100
        yield scene
    finally:
        sounds = {strip.sound for strip in all_strips(scene) if strip.type == "SOUND"}
        bpy.data.scenes.remove(scene)
        for sound in sounds:
            bpy.data.sounds.remove(sound)


def _check_files(frames: Sequence[Path]) -> None:
    """Raise for what the sequencer answers by black pictures or by a crash."""
    if not frames:
        raise SceneRefused("There is no frame to make a film of: render some first.")
    for path in frames:
        if not path.is_file():
            raise SceneRefused(f"The frame {str(path)!r} is missing: render it again first.")
        try:
            str(path).encode()
        except UnicodeEncodeError:
            raise SceneRefused(
                f"The name of the frame {str(path)!r} is not UTF-8, which Blender's sequencer "
                "can't open: rename its folder."
            ) from None


def _scene_linear(picture: Path) -> bool:
    return picture.suffix.lower() in SCENE_LINEAR


def has_more_than_8_bits(picture: Path) -> bool:
    """Whether a picture, which has to be whole, holds more than 8 bits a channel."""
    if _scene_linear(picture):
        return True
    image = bpy.data.images.load(str(picture))
    try:
        return image.is_float  # so are pictures of 16-bit whole numbers, once they are loaded
    finally:
        bpy.data.images.remove(image)


def _set_colours(scene: bpy.types.Scene, seen_in: bpy.types.Scene | None) -> None:
    scene.render.dither_intensity = 0.0  # the frames have had theirs
    display: Any = scene.display_settings
    view: Any = scene.view_settings
    try:
        display.display_device = seen_in.display_settings.display_device if seen_in else "sRGB"
        view.view_transform = seen_in.view_settings.view_transform if seen_in else "Standard"
    except TypeError as error:
        raise SceneRefused(
            f"Blender's colour management has no plain view for a film ({error}): unset the "
            "variable OCIO."
        ) from error
    if seen_in:
        _copy_view(seen_in.view_settings, view)


def _copy_view(source: Any, target: Any) -> None:
    """Exposure, look, white balance and so on: whatever this version of Blender has."""
    for setting in source.bl_rna.properties:
        if not setting.is_readonly:
            setattr(target, setting.identifier, getattr(source, setting.identifier))
    if source.use_curve_mapping:
        target.use_curve_mapping = False  # its curve can't be assigned
        log.warning("film: the curves of the scene's Color Management are left out")


def add_pictures(
    scene: bpy.types.Scene, pictures: Sequence[Path | None], channel: int = 1, start: int = 1
) -> Any:
    """Put pictures into the sequencer, one a frame, and return the first strip.

    None is a frame without a picture, which the sequencer shows black.
    Raises SceneRefused for a folder whose path is too long for the sequencer.
    """
    strips = []
    # Rows that can be one strip each: of one folder, and not too many.
    for folder, row in itertools.groupby(pictures, key=lambda path: path and path.parent):
        while part := list(itertools.islice(row, PICTURES_IN_A_STRIP)):
            if folder:
                strips.append(_add_strip(scene, part, channel, start))
            start += len(part)
    return strips[0]


def _add_strip(scene: bpy.types.Scene, frames: Sequence[Path], channel: int, start: int) -> Any:
    strip = _new_strip(scene, frames[0], channel, start)
    for path in frames[1:]:
        strip.elements.append(path.name)
    return strip


def _new_strip(scene: bpy.types.Scene, picture: Path, channel: int, start: int) -> Any:
    strip = strips_of(scene.sequence_editor).new_image(
        name="frames",
        filepath=str(picture),
        channel=channel,
        frame_start=start,
        fit_method="ORIGINAL",
    )
    if Path(strip.directory) != picture.parent:
        raise SceneRefused(
            f"The path of the folder {str(picture.parent)!r} is too long for Blender's "
            "sequencer: make the film from a shorter one."
        )
    return strip


def add_alike(scene: bpy.types.Scene, other: Any, picture: Path, channel: int) -> Any:
    """Put one more picture of the same file format as another strip's into the sequencer.

    A new strip's picture is decoded for its size and colour space, 65 ms for an HD frame, which
    takes as long again when it is shown. So the strip gets a file that is not there, and then its
    own. Its `picture_size` is not known.
    """
    strip = _new_strip(scene, picture.with_name(UNREAD), channel, start=1)
    strip.elements[0].filename = picture.name
    strip.colorspace_settings.name = other.colorspace_settings.name
    return strip


def picture_size(strip: Any) -> tuple[int, int]:
    """Width and height of a strip's first picture, in pixels. Raises SceneRefused for none."""
    element = strip.elements[0]
    if not element.orig_width or not element.orig_height:
        raise SceneRefused(
            f"Blender's sequencer can't read {element.filename!r} (before 4.5 that is so for "
            "multilayer OpenEXR): render PNG or OpenEXR for a film."
        )
    return element.orig_width, element.orig_height


def render(scene: bpy.types.Scene, made: Path, animation: bool) -> None:
    """Render the sequencer into the file `made`, under just that name. Raises OutputFailed."""
    scene.render.use_file_extension = False
    scene.render.filepath = literal_path(str(made))
    try:
        bpy.ops.render.render(animation=animation, write_still=not animation, scene=scene.name)
    except RuntimeError as error:
        raise OutputFailed(f"Blender could not make the film's file: {error}") from error
    if not made.is_file():
        raise OutputFailed(
            f"Blender wrote no file into {str(made.parent.parent)!r}: see its log for the reason."
        )
