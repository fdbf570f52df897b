"""The table of chunks, filled from an output folder, and loading the frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.verdict import Verdict, deliver_verdict
from array_chunk_render.scene.blender_versions.sequencer import all_strips, strips_of


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Any]:
    """A saved file of 10 frames, of which 1 to 4 are in its output folder."""
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    scene.frame_end = 10
    scene.array_chunk.output = str(tmp_path / "out")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    bpy.ops.render.array_chunk(output=str(tmp_path / "out"), frames="1-4")
    yield scene
    bpy.ops.wm.read_factory_settings()


def table() -> Any:
    return bpy.context.window_manager.array_chunk_table


def rows() -> list[tuple[str, int, int, str]]:
    return [(row.frames, row.done, row.wanted, row.state) for row in table().rows]


def test_every_chunk_has_its_row(scene: Any) -> None:
    scene.array_chunk.size = 5
    assert bpy.ops.render.array_chunk_refresh() == {"FINISHED"}
    assert rows() == [
        ("1,2", 2, 2, "done"),
        ("3,4", 2, 2, "done"),
        ("5,6", 0, 2, "missing"),
        ("7,8", 0, 2, "missing"),
        ("9,10", 0, 2, "missing"),
    ]
    assert [row.index for row in table().rows] == [0, 1, 2, 3, 4]
    assert all(row.minutes > 0 for row in table().rows), "told by the frames that are done"
    assert table().hours > 0


def test_a_chunk_begun_and_one_without_frames(scene: Any) -> None:
    scene.array_chunk.size = 2
    scene.array_chunk.partition = "INTERLEAVED"
    bpy.ops.render.array_chunk_refresh()
    assert rows() == [("1-9x2", 2, 5, "partly"), ("2-10x2", 2, 5, "partly")]
    scene.array_chunk.size = 11
    bpy.ops.render.array_chunk_refresh()
    assert rows()[-1] == ("", 0, 0, "empty")


def test_a_child_that_failed_and_one_at_work(scene: Any, tmp_path: Path) -> None:
    scene.array_chunk.size = 5
    private = tmp_path / "out" / ".array_chunk"
    verdict = Verdict(size=5, index=3, exit_code=70, message="Blender failed").as_fields()
    log = tmp_path / "log"
    log.touch()
    deliver_verdict(OutputFolder(tmp_path / "out"), verdict, log)
    (private / "notes" / "00009.1.host-1").touch()
    bpy.ops.render.array_chunk_refresh()
    assert [row.state for row in table().rows] == ["done", "done", "missing", "failed", "running"]


def test_ten_thousand_rows(scene: Any) -> None:
    scene.array_chunk.size = 10_000
    bpy.ops.render.array_chunk_refresh()
    assert len(table().rows) == 10_000


def test_the_suggested_size_keeps_to_the_target(scene: Any) -> None:
    table().target = 0.1
    bpy.ops.render.array_chunk_refresh()
    longest = table().longest
    assert table().suggested >= 1
    scene.array_chunk.size = 7
    assert bpy.ops.render.array_chunk_use_suggested() == {"FINISHED"}
    assert scene.array_chunk.size == table().suggested == len(table().rows)
    assert table().longest <= max(longest, 0.1)


def test_a_frame_list_that_can_t_be_read_is_said(scene: Any) -> None:
    scene.array_chunk.frames = "1-"
    assert bpy.ops.render.array_chunk_refresh() == {"CANCELLED"}
    assert "1-" in table().message
    assert rows() == []


def test_the_frames_become_an_image_sequence(scene: Any, tmp_path: Path) -> None:
    plate = bpy.data.images.load(str(tmp_path / "out" / "00001.png"))
    plate.name = "Plate"
    assert bpy.ops.render.array_chunk_load() == {"FINISHED"}
    image = bpy.data.images["Array Frames"]
    assert image.source == "SEQUENCE"
    assert Path(image.filepath).name == "00001.png"
    assert (plate.name, plate.source) == ("Plate", "FILE"), "the artist's own image stays"
    before = len(bpy.data.images)
    bpy.ops.render.array_chunk_load()
    assert len(bpy.data.images) == before


def test_the_frames_become_strips_of_a_scene_of_their_own(scene: Any, tmp_path: Path) -> None:
    (tmp_path / "out" / "00003.png").unlink()
    for _ in range(2):
        assert bpy.ops.render.array_chunk_load(into="SEQUENCER") == {"FINISHED"}
    own = bpy.data.scenes["Array Frames"]
    strips = strips_of(own.sequence_editor)
    assert sorted((strip.frame_final_start, len(strip.elements)) for strip in strips) == [
        (1, 2), (4, 1),
    ]  # fmt: skip
    assert (own.render.resolution_x, own.render.fps) == (32, scene.render.fps)
    assert all_strips(scene) == [], "where they would be rendered"
    assert bpy.context.scene == scene
