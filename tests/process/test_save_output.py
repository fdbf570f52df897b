"""A scene whose picture Blender is told not to save (Save Output, Blender 5.2 and later)."""

from __future__ import annotations

from pathlib import Path

from children import MakeBlend, RunChild, frames_in


def test_files_of_nodes_alone_are_a_frame(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend("no_saved_picture", has_output=True, end=2), tmp_path / "out")
    assert ended.code == 0, ended
    can_be_off = "Save Output off" in ended.log
    pictures = [] if can_be_off else ["00001.png", "00002.png"]
    passes = [f"compositor/passes/Image{frame:05d}.exr" for frame in (1, 2)]
    assert frames_in(tmp_path / "out") == [*pictures, *passes]


def test_without_such_nodes_the_picture_is_written(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend("no_saved_picture", has_output=False, end=2), tmp_path / "out")
    assert ended.code == 0, ended
    assert frames_in(tmp_path / "out") == ["00001.png", "00002.png"]
