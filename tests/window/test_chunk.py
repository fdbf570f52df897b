"""A chunk rendered from Blender's window: the same pixels, and the scene left as it was."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from children import clean_environment, pixels

if TYPE_CHECKING:
    from conftest import Window

MAKE_FILM = """
import bpy, sys
scene = bpy.context.scene
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
scene.render.resolution_x, scene.render.resolution_y = 64, 36
scene.render.filepath = "M:/Film/out_"
scene.frame_end = 4
cube = bpy.data.objects["Cube"]
for frame, x in ((1, -2.0), (4, 2.0)):
    cube.location.x = x
    cube.keyframe_insert("location", frame=frame)
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[-1])
"""
IN_WINDOW = "bpy.context.temp_override(window=bpy.context.window_manager.windows[0])"
STATE = (
    "[scene.frame_start, scene.frame_end, scene.frame_current, scene.render.filepath,"
    " scene.render.threads_mode, scene.cycles.device]"
)


@pytest.fixture
def film(blender_executable: Path, tmp_path: Path) -> Path:
    blend = tmp_path / "film.blend"
    make = ["-b", "--factory-startup", "--python-expr", MAKE_FILM, "--", str(blend)]
    subprocess.run([str(blender_executable), *make], check=True, env=clean_environment())
    return blend


def test_the_window_renders_blender_s_own_pixels_beside_the_file(
    window: Window, film: Path, blender_executable: Path, tmp_path: Path
) -> None:
    for frame in ("3", "4"):
        render = ["-b", str(film), "-o", f"{tmp_path}/own/#####", "-f", frame]
        subprocess.run([str(blender_executable), *render], check=True, env=clean_environment())
    window.execute(f"bpy.ops.wm.open_mainfile(filepath={str(film)!r})")
    window.execute("scene = bpy.context.window_manager.windows[0].scene")
    before = window.evaluate(STATE)
    window.execute(f"with {IN_WINDOW}: outcome = bpy.ops.render.array_chunk(size=2, index=1)")
    assert window.evaluate("list(outcome)") == ["FINISHED"]
    assert window.evaluate(STATE) == before
    test_folder = tmp_path / "array_chunk_test"
    rendered = {path.name: pixels(path) for path in test_folder.glob("*.png")}
    assert rendered == {path.name: pixels(path) for path in (tmp_path / "own").glob("*.png")}
    assert sorted(rendered) == ["00003.png", "00004.png"]


def test_return_in_the_dialog_renders_the_chunk(window: Window, film: Path, tmp_path: Path) -> None:
    window.execute(f"bpy.ops.wm.open_mainfile(filepath={str(film)!r})")
    window.execute(
        f"with {IN_WINDOW}: bpy.ops.render.array_chunk('INVOKE_DEFAULT', size=2, index=1)"
    )
    window.mouse_and_keys("key", "Return")
    window.wait_until(
        f"__import__('pathlib').Path({str(tmp_path)!r}, 'array_chunk_test/00004.png').exists()"
    )
