"""The panel in the Output properties of Blender's real window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import MakeFilm, Window

REPORTS = Path(__file__).resolve().parents[2] / ".build" / "reports"
MAKE_AREA = """
window = bpy.context.window_manager.windows[0]
others = [each for each in window.screen.areas if each.type != "PROPERTIES"]
area = max(others, key=lambda each: each.height)
area.type = "PROPERTIES"
"""
SHOW_PANEL = """
area.spaces.active.context = "OUTPUT"
scene = window.scene
table = bpy.context.window_manager.array_chunk_table
region = next(each for each in area.regions if each.type == "WINDOW")
def in_panel():
    return bpy.context.temp_override(window=window, area=area, region=region)
"""
SHOW_OUR_PANEL = """
for each in bpy.types.Panel.__subclasses__():
    name = each.__name__
    if getattr(each, "bl_context", "") == "output" and not name.startswith("RENDER_PT_array"):
        try:
            bpy.utils.unregister_class(each)
        except RuntimeError:
            pass
"""
"""Of the Output properties ours alone, so that it is seen whole."""


def test_the_panel_is_drawn_and_tests_a_chunk(
    window: Window, make_film: MakeFilm, tmp_path: Path
) -> None:
    blend = tmp_path / "film.blend"
    make_film(blend, 1)
    window.execute(f"bpy.ops.wm.open_mainfile(filepath={str(blend)!r})")
    window.execute(SHOW_OUR_PANEL)
    window.execute(MAKE_AREA)
    window.settle()
    window.execute(SHOW_PANEL)
    window.execute("scene.array_chunk.size = 4")
    pictures = REPORTS / "panel"
    pictures.mkdir(parents=True, exist_ok=True)
    window.settle()
    window.screenshot(pictures / "01-before.png")
    window.execute("with in_panel(): bpy.ops.render.array_chunk(size=4, index=1)")
    window.execute("with in_panel(): bpy.ops.render.array_chunk_refresh()")
    window.wait_until("not table.looking")
    assert window.evaluate("[row.state for row in table.rows]") == [
        "missing", "done", "missing", "missing",
    ]  # fmt: skip
    window.settle()
    window.screenshot(pictures / "02-chunks.png")
    window.execute("scene.array_chunk.size = 10_000")
    window.execute("with in_panel(): bpy.ops.render.array_chunk_refresh()")
    window.wait_until("not table.looking")
    window.settle()
    window.screenshot(pictures / "03-ten-thousand.png")
    assert window.evaluate("len(table.rows)") == 10_000
