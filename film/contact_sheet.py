"""One picture that shows the whole film at a glance: a grid of thumbnails with frame numbers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from .places import made_aside
from .sequencer import add_pictures, picture_size, render, sequencer_scene, strips_of
from .sheet_layout import SheetLayout, even_spread

BACKGROUND = (0.07, 0.07, 0.07)
LABEL_SIZE = 16
"""Height of the labels' font in pixels."""

log = logging.getLogger(__name__)


def contact_sheet(
    frames: Sequence[tuple[int, Path]], target: Path, seen_in: bpy.types.Scene
) -> None:
    """Make one PNG of at most 48 of the frames, evenly spread, each with its number below it.

    `frames` are frame numbers with their whole pictures, all of one size. Colours and errors are
    as in a film's `encode`.
    """
    shown = [(frame, path.absolute()) for frame, path in even_spread(frames)]
    paths = [path for _, path in shown]
    with sequencer_scene(paths, seen_in) as scene, made_aside(target) as made:
        _lay_out(scene, shown)
        _set_format(scene)
        render(scene, made, animation=False)
    log.info("contact sheet of %s frames: %s", len(shown), target)


def _lay_out(scene: bpy.types.Scene, shown: Sequence[tuple[int, Path]]) -> None:
    _add_background(scene)
    strips = [
        add_pictures(scene, [path], channel=2 + place) for place, (_, path) in enumerate(shown)
    ]
    layout = SheetLayout(len(shown), *picture_size(strips[0]))
    scene.render.resolution_x = layout.width
    scene.render.resolution_y = layout.height
    for place, (frame, _) in enumerate(shown):
        cell = layout.cell(place)
        _place(strips[place].transform, cell.x, cell.picture_y, layout.scale)
        label = _add_label(scene, str(frame), channel=2 + len(shown) + place)
        label.location = (0.5 + cell.x / layout.width, 0.5 + cell.label_y / layout.height)


def _place(transform: Any, x: float, y: float, scale: float) -> None:
    transform.offset_x = x
    transform.offset_y = y
    transform.scale_x = transform.scale_y = scale


def _add_background(scene: bpy.types.Scene) -> None:
    strip = _add_effect(scene, "COLOR", channel=1)
    strip.color = BACKGROUND


def _add_label(scene: bpy.types.Scene, text: str, channel: int) -> Any:
    strip = _add_effect(scene, "TEXT", channel)
    strip.text = text
    strip.font_size = LABEL_SIZE
    return strip


def _add_effect(scene: bpy.types.Scene, kind: str, channel: int) -> Any:
    """A strip for frame 1; 5.0 takes its length where earlier versions take its end."""
    extent = {"length": 1} if bpy.app.version >= (5, 0) else {"frame_end": 2}
    return strips_of(scene).new_effect(
        name=kind, type=kind, channel=channel, frame_start=1, **extent
    )


def _set_format(scene: bpy.types.Scene) -> None:
    scene.frame_start = scene.frame_end = 1
    image: Any = scene.render.image_settings
    if hasattr(image, "media_type"):
        image.media_type = "IMAGE"
    image.file_format = "PNG"
    image.color_mode = "RGB"
