"""RENDER_OT_array_chunk_film, called as a script or a menu calls it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest
from array_chunk_render.film.choices import CHOICES
from array_chunk_render.film.film_file import count_mp4_pictures

DONE = "3,5"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[bpy.types.Scene]:
    """A saved file whose frames 3, 5 and 7 are wanted, and 3 and 5 rendered."""
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    scene.frame_start, scene.frame_end, scene.frame_step = 3, 7, 2
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    bpy.ops.render.array_chunk(output=str(tmp_path / "out"), frames=DONE)
    yield scene
    bpy.ops.wm.read_factory_settings()


def made_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()} - {"film.blend"}


def test_it_makes_what_is_asked_for(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scenes, frame = len(bpy.data.scenes), scene.frame_current
    out = str(tmp_path / "out")
    assert bpy.ops.render.array_chunk_film(output=out, gaps="BLACK") == {"FINISHED"}
    assert made_in(tmp_path) == {"out.mp4", "out-contact-sheet.png"}
    assert count_mp4_pictures(tmp_path / "out.mp4") == 3
    bpy.ops.render.array_chunk_film(output=out, gaps="CLOSE", lossless=True)
    assert made_in(tmp_path) == {"out.mp4", "out.mkv", "out-contact-sheet.png"}
    assert count_mp4_pictures(tmp_path / "out.mp4") == 2
    assert (len(bpy.data.scenes), bpy.context.scene, scene.frame_current) == (scenes, scene, frame)
    assert not list(bpy.app.handlers.render_write)


def test_gaps_are_refused_by_name(scene: bpy.types.Scene, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="frames 7 are not done"):
        bpy.ops.render.array_chunk_film(output=str(tmp_path / "out"), gaps="REFUSE")
    assert made_in(tmp_path) == set()


def test_the_file_s_own_settings_count(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.array_chunk.output = str(tmp_path / "out")
    scene.array_chunk.frames = "5,3"
    assert bpy.ops.render.array_chunk_film(gaps="REFUSE") == {"FINISHED"}
    assert count_mp4_pictures(tmp_path / "out.mp4") == 2


def test_a_folder_that_is_not_there_is_named(scene: bpy.types.Scene, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="nowhere' is not there"):
        bpy.ops.render.array_chunk_film(output=str(tmp_path / "nowhere"))


def test_its_choices_are_those_of_the_command_line() -> None:
    properties = bpy.ops.render.array_chunk_film.get_rna_type().properties
    for choice in CHOICES:
        assert properties[choice.name].description == choice.help
    assert [each.identifier for each in properties["gaps"].enum_items] == [
        name.upper() for name, _, _ in CHOICES[0].choices
    ]
