"""The window's scene, which costs time with each frame, is shown only where somebody may look."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from children import Door, MakeBlend, RunChild, clean_environment, frames_in, pixels

TELL = """
import os, bpy
{more}
leave = os._exit
def tell(code):
    with open({told!r}, "w") as file:
        file.write(bpy.context.window.scene.name)
    leave(code)
os._exit = tell
"""
HANDLER = "bpy.app.handlers.frame_change_post.append(lambda *told: None)"
PYTHON_DRIVER = """
driver = bpy.data.objects["Cube"].driver_add("scale", 0).driver
driver.expression = "len(bpy.context.scene.name) / 5"
"""
SIMPLE_DRIVER = """
driver = bpy.data.objects["Cube"].driver_add("scale", 0).driver
driver.expression = "1 + frame / 10"
"""
KEYED_SETTING = """
bpy.context.scene.render.keyframe_insert("motion_blur_shutter", frame=1)
"""
DRIVEN_SETTING = """
bpy.context.scene.render.driver_add("motion_blur_shutter").driver.expression = "frame / 4"
"""
NOTHING = "Array Chunk Render: nothing"


@pytest.mark.parametrize(
    ("more", "words", "shown"),
    [
        pytest.param("", (), NOTHING, id="nobody looks"),
        pytest.param(SIMPLE_DRIVER, (), NOTHING, id="simple driver"),
        pytest.param("", ("--persistent", "on"), NOTHING, id="kept data"),
        pytest.param(KEYED_SETTING, (), "Scene", id="animated setting"),
        pytest.param(DRIVEN_SETTING, (), "Scene", id="driven setting"),
        pytest.param(HANDLER, (), "Scene", id="handler"),
        pytest.param(PYTHON_DRIVER, ("--scripts", "off"), "Scene", id="driver in Python"),
    ],
)
def test_the_scene_is_shown_where_somebody_may_look(
    more: str,
    words: tuple[str, ...],
    shown: str,
    make_blend: MakeBlend,
    doors: dict[str, Door],
    repository: Path,
    tmp_path: Path,
) -> None:
    script = tmp_path / "tell.py"
    script.write_text(TELL.format(more=more, told=str(tmp_path / "shown")))
    door = Door("told", (*doors["file"].before, str(make_blend("film")), "-P", str(script)))
    variables = {
        "EFS_BLENDER_OUTPUT_FOLDER_PATH": str(tmp_path / "out"),
        "EFS_BLENDER_FILE_PATH": "",
    }
    words = ("--persistent", "off", "--frames", "2-3", *words)
    child = door.start(repository / "main.py", "", words, variables)
    log, errors = child.communicate()
    assert child.returncode == 0, log + errors
    assert (tmp_path / "shown").read_text() == shown
    assert len(frames_in(tmp_path / "out")) == 2


@pytest.mark.parametrize("persistent", ["off", "on"])
@pytest.mark.parametrize("scene", ["film", "blurred_film"])
def test_frames_are_those_of_blender(
    scene: str,
    persistent: str,
    make_blend: MakeBlend,
    run_child: RunChild,
    blender_executable: Path,
    tmp_path: Path,
) -> None:
    blend = make_blend(scene)
    assert run_child(blend, tmp_path / "ours", "--persistent", persistent).code == 0
    command = [str(blender_executable), "-b", str(blend), "-o", f"{tmp_path}/theirs/#####", "-a"]
    subprocess.run(command, check=True, env=clean_environment(), stdout=subprocess.DEVNULL)
    ours, theirs = (
        {name: pixels(tmp_path / side / name) for name in frames_in(tmp_path / side)}
        for side in ("ours", "theirs")
    )
    assert ours == theirs


def test_frames_below_zero_among_others(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    """They are stills before 5.0, which the window's scene has a say in."""
    blend = make_blend("film")
    for name, frames in {"among": "3,-2", "alone": "-2"}.items():
        ended = run_child(blend, tmp_path / name, "--persistent", "off", "--frames", frames)
        assert ended.code == 0, ended
    among, alone = (pixels(tmp_path / name / "-0002.png") for name in ("among", "alone"))
    assert among == alone != pixels(tmp_path / "among" / "00003.png")
