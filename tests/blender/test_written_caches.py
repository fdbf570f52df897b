"""The caches that Blender would write beside the .blend or elsewhere are off while it renders."""

from __future__ import annotations

from typing import Any

import bpy
import pytest
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.rendering.preparing import prepared


@pytest.fixture
def scenes() -> list[Any]:
    """One that is rendered, and one that a strip may show."""
    bpy.ops.wm.read_factory_settings()
    bpy.data.scenes.new("Other")
    return list(bpy.data.scenes)


@pytest.mark.parametrize("name", ["use_render_cache", "use_auto_generate_texture_cache"])
def test_off_in_every_scene(name: str, scenes: list[Any]) -> None:
    if not hasattr(scenes[0].render, name):
        pytest.skip("this Blender has no such cache")
    for scene in scenes:
        setattr(scene.render, name, True)
    with prepared(scenes[0], Settings()):
        assert [getattr(scene.render, name) for scene in scenes] == [False, False]
    assert [getattr(scene.render, name) for scene in scenes] == [True, True]


def test_the_sequencer_keeps_nothing_on_disk(scenes: list[Any]) -> None:
    system: Any = bpy.context.preferences.system
    if not hasattr(system, "use_sequencer_disk_cache"):
        pytest.skip("this Blender has no such cache")
    system.use_sequencer_disk_cache = True
    bpy.context.preferences.is_dirty = False
    try:
        with prepared(scenes[0], Settings()):
            assert not system.use_sequencer_disk_cache
        assert system.use_sequencer_disk_cache
        assert not bpy.context.preferences.is_dirty
    finally:
        system.use_sequencer_disk_cache = False
