"""Check for Farm in the real window: the list drawn in a panel, and its buttons."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Window

FAULTS = """
scene = bpy.context.scene
scene.render.engine, scene.cycles.device = "CYCLES", "GPU"
scene.cycles.use_denoising = False
scene.render.filepath = "M:/Film/out_"
scene.cycles.time_limit = 3
scene.camera = None
"""
PANEL = """
import importlib
enabled = bpy.context.preferences.addons.keys()
extension = next(name for name in enabled if name.endswith("array_chunk_render"))
findings_list = importlib.import_module(extension + ".ui.findings_list")
drawn = []
class Noting:
    def __init__(self, layout):
        object.__setattr__(self, "layout", layout)
    def __setattr__(self, name, value):
        setattr(self.layout, name, value)
    def __getattr__(self, name):
        member = getattr(self.layout, name)
        return self.noting(member) if callable(member) else member
    def noting(self, member):
        def call(*values, **settings):
            drawn.append(settings.get("text"))
            made = member(*values, **settings)
            return Noting(made) if isinstance(made, bpy.types.UILayout) else made
        return call
class PHYSICS_PT_scratch(bpy.types.Panel):
    bl_space_type, bl_region_type, bl_context = "PROPERTIES", "WINDOW", "physics"
    bl_label = "Scratch"
    def draw(self, context):
        findings_list.draw_findings(Noting(self.layout), context.window_manager)
bpy.utils.register_class(PHYSICS_PT_scratch)
for area in bpy.context.window_manager.windows[0].screen.areas:
    if area.type == "PROPERTIES":
        area.spaces.active.context = "PHYSICS"  # a tab that is nearly empty
        area.tag_redraw()
"""
"""Noting is a layout that notes its texts: after Blender 5.2's own `introspect` it crashes."""
CALL = """
with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
    bpy.ops.render.{}
    for area in bpy.context.window_manager.windows[0].screen.areas:
        area.tag_redraw()
"""
KINDS = "[each.kind for each in bpy.context.window_manager.array_chunk_findings]"


def test_the_list_is_drawn_and_its_buttons_work(window: Window, tmp_path: Path) -> None:
    window.execute(FAULTS)
    window.execute(PANEL)
    window.execute(CALL.format("array_chunk_check()"))
    found = ["camera-missing", "file-unsaved", "device-gpu", "output-windows-path", "time-limit"]
    assert sorted(window.evaluate(KINDS)) == sorted(found)
    window.wait_until("'Use the Only Camera' in drawn")
    window.screenshot(tmp_path / "findings.png")
    number = window.evaluate(KINDS).index("camera-missing")
    window.execute(CALL.format(f"array_chunk_fix(index={number})"))
    assert "camera-missing" not in window.evaluate(KINDS)
    assert window.evaluate("bpy.context.scene.camera.name") == "Camera"
    number = window.evaluate(KINDS).index("time-limit")
    window.execute(CALL.format(f"array_chunk_select(index={number})"))


def test_findings_are_not_saved_by_the_window(window: Window, tmp_path: Path) -> None:
    window.execute(FAULTS)
    window.execute(CALL.format("array_chunk_check()"))
    path = tmp_path / "film.blend"
    window.execute(f"bpy.ops.wm.save_as_mainfile(filepath={str(path)!r}, compress=False)")
    assert b"output-windows-path" not in path.read_bytes()
