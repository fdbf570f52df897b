"""Variables in the folders and names of File Output nodes: resolved as Blender itself does it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from children import MakeBlend, RunChild, clean_environment, frames_in

FOLDERS = [
    "//passes/{blend_name}/",
    "//passes/{fps}/{resolution_x}x{resolution_y}/",
    "//{resolution_x:######}/",
    "//{{passes}}/{{scene_name}}/",
    "//passes/{blend_name}_{{fps}}_{fps}/",
    "//passes/{scene_name}/{camera_name}/{node_name}/",
    "//passes/{scene_name}_{node_name}/",
]
UNKNOWN = "Blender can't make out"


def test_as_blender_names_them(
    make_blend: MakeBlend, run_child: RunChild, blender_executable: Path, tmp_path: Path
) -> None:
    """Where a version knows none, as 4.2, braces are only braces."""
    name = "v_{resolution_x}_"
    blend = make_blend(
        "output_folders", into=tmp_path / "own" / "a.blend", folders=FOLDERS, name=name, end=1
    )
    picture = tmp_path / "picture" / "#"
    subprocess.run(
        [str(blender_executable), "-b", str(blend), "-o", str(picture), "-f", "1"],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    own = {without_number(each) for each in frames_in(tmp_path / "own") if each != "a.blend"}
    assert len(own) == len(FOLDERS)
    ended = run_child(blend, tmp_path / "out")
    assert ended.code == 0, ended
    below = [each for each in frames_in(tmp_path / "out") if each.startswith("compositor/")]
    assert {without_number(each.removeprefix("compositor/")) for each in below} == own


def without_number(path: str) -> str:
    """Blender's number has four digits or none, ours five; and no folder of ours has a colon."""
    return re.sub(r"(0001|00001)?\.exr$", "", path).replace(":", "")


@pytest.mark.parametrize("folder", ["//passes/{shot}/", "//{node_name}/{/"])
def test_a_variable_that_nobody_knows(
    folder: str, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    """In 4.2, which knows none, braces are only braces."""
    ended = run_child(
        make_blend("output_slots", names=["Image"], folder=folder, end=1), tmp_path / "out"
    )
    assert (ended.code, UNKNOWN in ended.everything) in {(0, False), (65, True)}
    literal = folder.strip("/") in str(frames_in(tmp_path / "out"))
    assert literal == (ended.code == 0)


def test_a_number_whose_form_blender_does_not_take(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    """In a folder it does; of a name it writes nothing, and says so in its log alone."""
    blend = make_blend("output_slots", names=["v_{resolution_x:#####}_"], end=1)
    ended = run_child(blend, tmp_path / "out")
    written = [each for each in frames_in(tmp_path / "out") if each.startswith("compositor/")]
    assert (ended.code, len(written)) in {(0, 1), (65, 0), (70, 0)}, ended
