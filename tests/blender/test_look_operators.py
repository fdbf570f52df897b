"""Check Array Frames and Open Array Report, called as a script or a menu calls them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest


@pytest.fixture
def output(tmp_path: Path) -> Iterator[Path]:
    """The output folder of a saved file whose frames 1 to 4 are wanted; 1 to 3 are there."""
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    scene.frame_end = 4
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    out = tmp_path / "out"
    bpy.ops.render.array_chunk(output=str(out), frames="1-3")
    yield out
    bpy.ops.wm.read_factory_settings()


def said(capfd: Any) -> str:
    """What operators reported since: in the background Blender prints it."""
    return str(capfd.readouterr().out)


def test_verify_names_what_is_missing(output: Path, capfd: Any) -> None:
    said(capfd)
    assert bpy.ops.render.array_chunk_verify(output=str(output)) == {"FINISHED"}
    assert "3 of 4 frames are done. To render again: 4" in said(capfd)
    assert bpy.context.window_manager.array_chunk_table.to_render == "4"


def test_verify_names_what_is_broken(output: Path, capfd: Any) -> None:
    path = output / "00002.png"
    path.write_bytes(path.read_bytes()[:-1])
    assert bpy.ops.render.array_chunk_verify(output=str(output)) == {"FINISHED"}
    told = said(capfd)
    assert "frame 2 is broken" in told
    assert "To render again: 2,4" in told


def test_verify_of_a_complete_film_says_so(output: Path, capfd: Any) -> None:
    bpy.context.scene.array_chunk.output = str(output)
    bpy.context.scene.array_chunk.frames = "1-3"
    assert bpy.ops.render.array_chunk_verify() == {"FINISHED"}
    assert "3 of 3 frames are done: the film is complete" in said(capfd)


def test_report_is_made_beside_the_folder(output: Path) -> None:
    assert bpy.ops.render.array_chunk_report(output=str(output)) == {"FINISHED"}
    page = (output.parent / "out-report.html").read_text(encoding="utf-8")
    assert "data:image/jpeg;base64" in page, "with small pictures"
    again = rf"-b {output.parent}/film\.blend -P \S+/main\.py -- --frames 4 --output {output}\b"
    assert re.search(again, page), "and how to render what is missing"
    assert not list(output.glob("*.html"))


@pytest.mark.parametrize("name", ["array_chunk_verify", "array_chunk_report"])
def test_a_folder_that_is_not_there_is_named(name: str, output: Path) -> None:
    with pytest.raises(RuntimeError, match="nowhere' is not there"):
        getattr(bpy.ops.render, name)(output=str(output.parent / "nowhere"))


def test_others_words_are_shown_as_text(tmp_path: Path, capfd: Any) -> None:
    """The window's reports go to its terminal, too: a folder's name must not be obeyed there."""
    hostile = tmp_path / "a\x1b]52;c;eA==\x07\u202e\nWarning: forged"
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    scene.frame_end = 1
    said(capfd)
    bpy.ops.render.array_chunk(output=str(hostile))
    bpy.ops.render.array_chunk_report(output=str(hostile))
    told = [line for line in said(capfd).split("\n") if line.startswith(("Info", "Warning"))]
    assert [line.partition(":")[0] for line in told] == ["Info", "Info"], told
    for line in told:
        assert "\\x1b]52" in line
        assert line.isprintable(), line
