"""Bake for Farm… without a window: the file that is open stays as it is."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
import simulated_scenes as scenes
from array_chunk_render.scene.simulations.detecting import unbaked_simulations

needs_executable = pytest.mark.skipif(
    not bpy.app.binary_path, reason="the Python module has no Blender to start"
)


@needs_executable
def test_it_bakes_a_copy_and_leaves_the_open_file(tmp_path: Path) -> None:
    scenes.cloth(end=4)
    scene = bpy.context.scene
    path = tmp_path / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    saved = path.read_bytes()
    assert bpy.ops.render.array_chunk_bake() == {"FINISHED"}
    assert (bpy.data.filepath, bpy.context.scene) == (str(path), scene)
    assert [one.name for one in unbaked_simulations(scene)] == [
        'the cloth "Cloth" of object "Sheet"'
    ]
    assert path.read_bytes() == saved
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot_baked.blend"))
    assert unbaked_simulations(bpy.context.scene) == []


@needs_executable
def test_it_says_what_is_left(tmp_path: Path) -> None:
    scenes.hair(end=2)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    with pytest.raises(RuntimeError, match="hair dynamics can't be baked without a window"):
        bpy.ops.render.array_chunk_bake(bake_file="//other.blend")


def test_an_unsaved_file_has_no_copy() -> None:
    bpy.ops.wm.read_factory_settings()
    with pytest.raises(RuntimeError, match="poll"):
        bpy.ops.render.array_chunk_bake()
