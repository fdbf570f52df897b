"""What the tests of submitted arrays do in Blender's real window."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from children import clean_environment

TESTS = Path(__file__).resolve().parents[1]
MAKE_FILM = TESTS / "window" / "make_artist_film.py"
REPORTS = TESTS.parent / ".build" / "reports" / "array"
SET_UP = """
import importlib
extension = next(
    name for name in bpy.context.preferences.addons.keys() if name.endswith("array_chunk_render")
)
array_watch = importlib.import_module(extension + ".window.array_watch")
def watched():
    return array_watch.watched()
def state():
    return watched() and watched().state
def called(name, *how, **told):
    with bpy.context.temp_override(window=window, area=area, region=region):
        getattr(bpy.ops.render, "array_chunk_" + name)(*how, **told)
for each in bpy.types.Panel.__subclasses__():
    name = each.__name__
    if getattr(each, "bl_context", "") == "output" and name not in (
        "RENDER_PT_array_chunk", "RENDER_PT_array_chunk_array"
    ):
        try:
            bpy.utils.unregister_class(each)
        except RuntimeError:
            pass
"""
"""Of the Output properties this part of our panel alone, so that it is seen whole."""
SHOW = """
window = bpy.context.window_manager.windows[0]
area = next(each for each in window.screen.areas if each.type == "PROPERTIES")
area.spaces.active.context = "OUTPUT"
region = next(each for each in area.regions if each.type == "WINDOW")
scene = window.scene
"""
WIDE = """
wide = max(window.screen.areas, key=lambda each: each.width * each.height)
wide.type = "PROPERTIES"
"""
"""The same panel once more, in a large editor."""


def open_film(window: Any, blender: Path, folder: Path, samples: int) -> None:
    blend = folder / "film.blend"
    expression = (
        "import bpy; scene = bpy.context.scene; scene.array_chunk.size = 4; "
        f"scene.array_chunk.output = {str(folder / 'out')!r}; bpy.ops.wm.save_mainfile()"
    )
    make = ["-b", "--factory-startup", "-P", str(MAKE_FILM), "--", str(blend), str(samples)]
    subprocess.run([str(blender), *make], check=True, env=clean_environment())
    window.execute(f"bpy.ops.wm.open_mainfile(filepath={str(blend)!r})")
    window.execute(expression)
    window.execute(SET_UP)
    window.execute(SHOW)
    window.settle()


def show_wide(window: Any) -> None:
    """Draw the panel in a large editor too."""
    window.execute(WIDE)
    window.settle()
    window.execute("wide.spaces.active.context = 'OUTPUT'")
    window.settle()
