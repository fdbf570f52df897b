"""What Blender writes of the scene into pictures and beside them, and what else reads its range."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from children import MakeBlend, RunChild, clean_environment, pixels

FRAMES = (2, 5, 13)
RANGE_READER = """
import bpy

def size_by_range(scene, depsgraph=None):
    bpy.data.objects["Cube"].scale.x = 0.1 * scene.frame_end + 0.01 * scene.frame_start

bpy.app.handlers.frame_change_post.append(size_by_range)
"""


@pytest.fixture
def by_blender(blender_executable: Path, tmp_path: Path) -> Callable[..., Path]:
    """The folder of what Blender's own `-a` renders of a file."""

    def render(blend: Path, *words: str) -> Path:
        folder = tmp_path / "by_blender"
        subprocess.run(
            [str(blender_executable), "-b", str(blend), *words, "-o", f"{folder}/#####", "-a"],
            check=True,
            env=clean_environment(),
            stdout=subprocess.DEVNULL,
        )
        return folder

    return render


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="render"),
        pytest.param({"has_strip": True}, id="sequencer"),
    ],
)
def test_burnt_in_text_is_that_of_blender(
    settings: dict[str, Any],
    make_blend: MakeBlend,
    run_child: RunChild,
    by_blender: Callable[..., Path],
    tmp_path: Path,
) -> None:
    blend = make_blend("stamped", **settings)
    theirs = by_blender(blend)
    assert run_child(blend, tmp_path / "ours", "--frames", "2,5,13").code == 0
    for frame in FRAMES:
        name = f"{frame:05d}.png"
        ours, their = tmp_path / "ours" / name, theirs / name
        assert png_texts(ours) == png_texts(their)
        assert png_texts(ours)["FrameRange"] == "2:13"
        assert pixels(ours) == pixels(their)


@pytest.mark.parametrize("file_format", ["JPEG", "OPEN_EXR"])
def test_written_frame_range_is_the_scenes(
    file_format: str, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend = make_blend("stamped", file_format=file_format)
    assert run_child(blend, tmp_path / "ours", "--frames", "5").code == 0
    (picture,) = (tmp_path / "ours").glob("00005.*")
    head = picture.read_bytes()
    range_of_scene = re.search(rb"FrameRange\W(?:string\W+)?([0-9:]+)", head)
    assert range_of_scene is not None
    assert range_of_scene[1] == b"2:13"


def test_scripts_see_the_artists_frame_range(
    make_blend: MakeBlend, run_child: RunChild, by_blender: Callable[..., Path], tmp_path: Path
) -> None:
    blend, script = make_blend("film"), tmp_path / "range_reader.py"
    script.write_text(RANGE_READER, encoding="utf-8")
    theirs = by_blender(blend, "-P", str(script))
    ended = run_child(blend, tmp_path / "ours", "--setup-script", str(script))
    assert ended.code == 0, ended
    for frame in range(1, 5):
        name = f"{frame:05d}.png"
        assert pixels(tmp_path / "ours" / name) == pixels(theirs / name)


def png_texts(png: Path) -> dict[str, str]:
    """The texts beside the pixels, without what Cycles says of its own times."""
    data, at = png.read_bytes(), 8
    texts: dict[str, str] = {}
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"tEXt":
            name, _, text = data[at + 8 : at + 8 + length].decode("latin-1").partition("\0")
            texts[name] = text
        at += length + 12
    return {name: text for name, text in texts.items() if not name.startswith("cycles.")}
