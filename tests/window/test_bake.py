"""Bake for Farm… from Blender's real window: it stays alive, and its file as it was."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from children import clean_environment

if TYPE_CHECKING:
    from conftest import Window

EQUIPMENT = Path(__file__).resolve().parents[1] / "equipment"
IN_WINDOW = "bpy.context.temp_override(window=bpy.context.window_manager.windows[0])"
FREE = f"""
import sys
sys.path.insert(0, {str(EQUIPMENT)!r})
from scene_snapshot import whole_scene
def is_free():
    with {IN_WINDOW}:
        return bpy.ops.render.array_chunk_bake.poll()
"""
MAKE = """
import sys
sys.path.insert(0, sys.argv[-3])
import simulated_scenes
simulated_scenes.cloth(end=4)
import bpy
bpy.data.objects["Sheet"].modifiers["Cloth"].point_cache.frame_end = int(sys.argv[-1])
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[-2])
"""


def open_cloth(window: Window, blender: Path, folder: Path, last_frame: int) -> Path:
    blend = folder / "shot.blend"
    make = ["-b", "--factory-startup", "--python-expr", MAKE, "--", str(EQUIPMENT), str(blend)]
    command = [str(blender), *make, str(last_frame)]
    subprocess.run(command, check=True, env=clean_environment())
    window.execute(f"bpy.ops.wm.open_mainfile(filepath={str(blend)!r})")
    window.execute(FREE)
    return blend


def press_bake(window: Window) -> None:
    """Asks at once whether it can be pressed again: the bake may end before the next answer."""
    window.execute(
        f"with {IN_WINDOW}: bpy.ops.render.array_chunk_bake('EXEC_DEFAULT')\nwas_free = is_free()"
    )


def test_the_window_lives_and_the_file_stays(
    window: Window, blender_executable: Path, tmp_path: Path
) -> None:
    blend = open_cloth(window, blender_executable, tmp_path, last_frame=60)
    saved = blend.read_bytes()
    window.execute("before = whole_scene(bpy.context.window_manager.windows[0].scene)")
    press_bake(window)
    assert not window.evaluate("was_free")
    window.settle()
    window.wait_until("is_free()")
    assert (tmp_path / "shot_baked.blend").is_file()
    assert blend.read_bytes() == saved
    assert window.evaluate("bpy.data.filepath") == str(blend)
    assert window.evaluate("before == whole_scene(bpy.context.window_manager.windows[0].scene)")
    window.execute(f"bpy.ops.wm.open_mainfile(filepath={str(tmp_path / 'shot_baked.blend')!r})")
    cache = "bpy.data.objects['Sheet'].modifiers['Cloth'].point_cache"
    assert window.evaluate(f"{cache}.is_baked")


def test_another_file_ends_it(window: Window, blender_executable: Path, tmp_path: Path) -> None:
    blend = open_cloth(window, blender_executable, tmp_path, last_frame=100_000)
    press_bake(window)
    copy = tmp_path / "shot_baked.blend"
    window.wait_until(f"__import__('os').path.exists({str(copy)!r})")
    window.execute("bpy.ops.wm.read_homefile(use_factory_startup=False)")
    window.execute(f"bpy.ops.wm.open_mainfile(filepath={str(blend)!r})")
    assert window.evaluate("is_free()")
    left = subprocess.run(["pgrep", "-f", str(copy)], capture_output=True, check=False)
    assert left.stdout == b""


def test_esc_ends_it(window: Window, blender_executable: Path, tmp_path: Path) -> None:
    open_cloth(window, blender_executable, tmp_path, last_frame=100_000)
    press_bake(window)
    copy = tmp_path / "shot_baked.blend"
    window.wait_until(f"__import__('os').path.exists({str(copy)!r})")
    window.mouse_and_keys("mousemove", 600, 400, "key", "Escape")
    window.wait_until("is_free()")
    left = subprocess.run(["pgrep", "-f", str(copy)], capture_output=True, check=False)
    assert left.stdout == b""
