"""How large a picture is, as foreseen and as Blender writes it: of a region, stereo, of strips."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.publishing.formats import inspect
from array_chunk_render.scene.blender_versions.sequencer import all_strips, new_effect, strips_of
from array_chunk_render.scene.picture_sizes import picture_sizes
from faulty_scenes import clean_scene, picture


def no_strip(scene: Any, home: Path) -> None:
    assert not all_strips(scene)


def muted(scene: Any, home: Path) -> None:
    new_effect(scene.sequence_editor_create(), "COLOR", 1).mute = True


def colour(scene: Any, home: Path) -> None:
    new_effect(scene.sequence_editor_create(), "COLOR", 1)


def a_picture(scene: Any, home: Path) -> None:
    strips = strips_of(scene.sequence_editor_create())
    strips.new_image("picture", str(picture(home / "picture.png")), 1, 1)


def another_scene(scene: Any, home: Path) -> None:
    other = bpy.data.scenes.new("Other")
    other.camera, other.render.engine, other.cycles.samples = scene.camera, "CYCLES", 1
    other.render.resolution_x = other.render.resolution_y = 16
    other.cycles.use_denoising = False
    strips_of(scene.sequence_editor_create()).new_scene("other", other, 1, 1)


def switched_off(scene: Any, home: Path) -> None:
    colour(scene, home)
    scene.render.use_sequencer = False


STRIPS = (no_strip, muted, colour, a_picture, another_scene, switched_off)
STEREO = ("SIDEBYSIDE", "TOPBOTTOM", "ANAGLYPH")
"""Not with a scene's strip: Blender 5.2.3 itself may crash then."""


@pytest.mark.parametrize("crop", [False, True], ids=["whole", "cropped"])
@pytest.mark.parametrize(
    ("strip", "mode"),
    [*((strip, "") for strip in STRIPS), *itertools.product((no_strip, colour), STEREO)],
)
def test_it_is_as_large_as_foreseen(
    strip: Callable[[Any, Path], None], mode: str, crop: bool, tmp_path: Path
) -> None:
    scene = clean_scene(tmp_path)
    render = scene.render
    strip(scene, tmp_path)
    render.resolution_x, render.resolution_y = 38, 26
    render.use_border, render.use_crop_to_border = True, crop
    render.border_min_x, render.border_max_x = 0.25, 0.75
    render.border_min_y, render.border_max_y = 0.0, 0.5
    render.use_multiview = bool(mode)
    if mode:
        render.image_settings.views_format = "STEREO_3D"
        render.image_settings.stereo_3d_format.display_mode = mode
    foreseen = picture_sizes(scene)
    render.filepath = str(tmp_path / "one.png")
    bpy.ops.render.render(write_still=True)
    written = inspect(tmp_path / "one.png")
    assert (written.width, written.height) in foreseen
