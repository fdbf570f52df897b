"""One picture that shows the whole film at a glance: a grid of thumbnails with frame numbers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from ..publishing.places import made_aside
from ..publishing.sheet_layout import SheetLayout, even_spread
from ..scene.blender_versions.render import set_file_format
from ..scene.blender_versions.sequencer import new_effect, strips_of, text_font
from .sequencer import add_alike, add_pictures, picture_size, render, sequencer_scene

BACKGROUND = (0.07, 0.07, 0.07)
EMPTY_CELL = (0.2, 0.08, 0.08)
"""Where the picture of a frame would be that is not done."""
LABEL_SIZE = 16
"""Height of the labels' font in pixels."""

Sheet = Sequence[tuple[int, Path | None]]
"""Frame numbers, each with its picture or, where it is not done, None."""

log = logging.getLogger(__name__)


def contact_sheet(frames: Sheet, target: Path, seen_in: bpy.types.Scene) -> None:
    """Make one PNG of at most 48 of the frames, evenly spread, each with its number below it.

    The pictures are whole and of one size; a frame without one has an empty cell that says so.
    Colours and errors are as in a film's `encode`.
    """
    pictures = [path.absolute() for _, path in frames if path]
    shown = [(frame, path and path.absolute()) for frame, path in even_spread(frames)]
    with (
        text_font() as font,
        sequencer_scene(pictures, seen_in) as scene,
        made_aside(target) as made,
    ):
        # One that is done need not be one that is shown. It is above all that are.
        one = add_pictures(scene, [pictures[0]], channel=2 + 2 * len(shown))
        _lay_out(scene, shown, one, font)
        strips_of(scene.sequence_editor).remove(one)
        scene.frame_start = scene.frame_end = 1
        image: Any = scene.render.image_settings
        set_file_format(image, "PNG")
        image.color_mode = "RGB"
        render(scene, made, animation=False)
    log.info("contact sheet of %s frames: %s", len(shown), target)


def _lay_out(scene: bpy.types.Scene, shown: Sheet, one: Any, font: Any) -> None:
    """Put these frames into the sequencer; `one` is a strip of a picture like theirs."""
    layout = SheetLayout(len(shown), *picture_size(one))
    scene.render.resolution_x = layout.width
    scene.render.resolution_y = layout.height
    _add_colour(scene, BACKGROUND, channel=1)
    for place, (frame, path) in enumerate(shown):
        cell = layout.cell(place)
        channel = 2 + place
        if path:
            strip = add_alike(scene, one, path, channel)
            _place(strip.transform, cell.x, cell.picture_y, layout.scale, layout.scale)
        else:
            strip = _add_colour(scene, EMPTY_CELL, channel)
            part_x, part_y = layout.thumbnail_part
            _place(strip.transform, cell.x, cell.picture_y, part_x, part_y)
        label = new_effect(scene.sequence_editor, "TEXT", channel + len(shown))
        label.text = str(frame) if path else f"{frame} missing"
        label.font = font
        label.font_size = LABEL_SIZE
        label.location = (0.5 + cell.x / layout.width, 0.5 + cell.label_y / layout.height)


def _place(transform: Any, x: float, y: float, scale_x: float, scale_y: float) -> None:
    transform.offset_x = x
    transform.offset_y = y
    transform.scale_x = scale_x
    transform.scale_y = scale_y


def _add_colour(scene: bpy.types.Scene, colour: tuple[float, ...], channel: int) -> Any:
    """A strip of one colour, as large as the sheet."""
    strip = new_effect(scene.sequence_editor, "COLOR", channel)
    strip.color = colour
    return strip
