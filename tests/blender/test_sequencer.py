"""Whether the sequencer gives the picture: what we say, against what Blender does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.scene.blender_versions.sequencer import strips_of
from array_chunk_render.scene.rendered_scenes import renders_sequencer


@pytest.fixture(autouse=True)
def tiny_scene(tmp_path: Path) -> None:
    """An empty scene without a camera, so that only its sequencer can be rendered."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    render = bpy.context.scene.render
    render.engine = "CYCLES"
    render.resolution_x = render.resolution_y = 4
    render.filepath = str(tmp_path / "picture")


def blender_renders_sequencer() -> bool:
    try:
        bpy.ops.render.render(write_still=True)
    except RuntimeError as error:
        if "no camera" in str(error):
            return False
        raise
    return True


def strips() -> Any:
    return strips_of(bpy.context.scene.sequence_editor_create())


def movie() -> Any:
    return strips().new_movie("take", "/nowhere/take.mp4", 2, 1)


def no_editor() -> None:
    pass


def no_strips() -> None:
    strips()


def muted_strip() -> None:
    movie().mute = True


def muted_channel() -> None:
    movie()
    bpy.context.scene.sequence_editor.channels[2].mute = True


def another_channel_muted() -> None:
    movie()
    bpy.context.scene.sequence_editor.channels[1].mute = True


def switched_off() -> None:
    movie()
    bpy.context.scene.render.use_sequencer = False


def sound_alone() -> None:
    if not bpy.app.build_options.audaspace:
        pytest.skip("this Blender has no sound")
    strips().new_sound("voice", "/nowhere/voice.wav", 1, 1)


MAKERS = [
    no_editor,
    no_strips,
    movie,
    muted_strip,
    muted_channel,
    another_channel_muted,
    switched_off,
    sound_alone,
]


@pytest.mark.parametrize("make", MAKERS)
def test_renders_sequencer_is_what_blender_does(make: Callable[[], object]) -> None:
    make()
    assert renders_sequencer(bpy.context.scene) == blender_renders_sequencer()
