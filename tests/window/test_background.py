"""A chunk tested as on the farm, from Blender's real window."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import MakeFilm, Window

IN_WINDOW = "bpy.context.temp_override(window=bpy.context.window_manager.windows[0])"
TEST = "bpy.context.window_manager.array_chunk_background"
IS_OVER = f"{TEST}.state not in ('', 'RUNNING')"
GATE = """
import importlib, threading
extension = next(
    name for name in bpy.context.preferences.addons.keys() if name.endswith("array_chunk_render")
)
chunk_trial = importlib.import_module(extension + ".window.chunk_trial")
compare, gate, waiting = chunk_trial.largest_difference, threading.Event(), []
def compare_behind_gate(*values):
    waiting.append(values)
    gate.wait()
    return compare(*values)
chunk_trial.largest_difference = compare_behind_gate
"""
"""Comparing takes its time from now on: until the gate is opened."""


def open_film(window: Window, make_film: MakeFilm, folder: Path, samples: int) -> None:
    blend = folder / "film.blend"
    make_film(blend, samples)
    window.execute(f"bpy.ops.wm.open_mainfile(filepath={str(blend)!r})")


def test_what_the_window_renders_the_farm_renders_too(
    window: Window, make_film: MakeFilm, tmp_path: Path
) -> None:
    open_film(window, make_film, tmp_path, samples=1)
    window.execute(f"with {IN_WINDOW}: bpy.ops.render.array_chunk(size=4, index=1)")
    window.execute(f"with {IN_WINDOW}: bpy.ops.render.array_chunk_background(size=4, index=1)")
    window.wait_until(f"{IS_OVER} and '2 frames' in {TEST}.compared")
    assert window.evaluate(f"{TEST}.text") == "child 1 of 4 is complete"
    assert window.evaluate(f"{TEST}.compared") == "2 frames are as in the window's test"
    farm = tmp_path / "array_chunk_farm_test"
    assert sorted(path.name for path in farm.glob("*.png")) == ["00003.png", "00004.png"]
    window.execute("bpy.context.window_manager.windows[0].scene.cycles.seed = 7")
    window.execute(GATE)
    window.execute(f"with {IN_WINDOW}: bpy.ops.render.array_chunk(size=4, index=1)")
    window.execute(f"with {IN_WINDOW}: bpy.ops.render.array_chunk_background(size=4, index=1)")
    window.wait_until("waiting")
    window.settle()  # pictures are compared, and the window lives meanwhile
    assert window.evaluate(f"{TEST}.compared") == ""
    window.execute("gate.set()")
    window.wait_until(f"'00004.png' in {TEST}.compared")
    assert "different: 00003.png (by up to" in window.evaluate(f"{TEST}.compared")


def test_cancelled_it_leaves_no_process(
    window: Window, make_film: MakeFilm, tmp_path: Path
) -> None:
    open_film(window, make_film, tmp_path, samples=2000)
    window.execute(f"with {IN_WINDOW}: bpy.ops.render.array_chunk_background(size=4, index=1)")
    notes = tmp_path / "array_chunk_farm_test" / ".array_chunk" / "notes"
    window.wait_until(
        f"__import__('os').path.isdir({str(notes)!r}) and __import__('os').listdir({str(notes)!r})"
    )
    assert window.evaluate(f"{TEST}.state") == "RUNNING"
    window.execute(f"with {IN_WINDOW}: bpy.ops.render.array_chunk_background_cancel()")
    window.wait_until(IS_OVER)
    assert window.evaluate(f"{TEST}.state") == "CANCELLED"
    search = ["pgrep", "-f", str(tmp_path / "film.blend")]
    left = subprocess.run(search, capture_output=True, check=False)
    assert left.stdout == b""
