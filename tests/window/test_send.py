"""A project sent from Blender's real window: the dialog, how far it is, Esc, and the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from film_window import REPORTS, open_film
from pictures import plain

if TYPE_CHECKING:
    from conftest import Window

GATE = """
import threading, time
sending_module = importlib.import_module(extension + ".window.transfers")
gate, is_held, stands = threading.Event(), threading.Event(), []
true_advance = sending_module.Transfer.advance
def held(self, count):
    is_held.set()
    gate.wait()
    true_advance(self, count)
sending_module.Transfer.advance = held
send_class = importlib.import_module(extension + ".operators.send").RENDER_OT_array_chunk_send
true_execute = send_class.execute
def timed(self, context):
    start = time.perf_counter()
    try:
        return true_execute(self, context)
    finally:
        stands.append(time.perf_counter() - start)
send_class.execute = timed
"""
"""The first bytes wait for the test."""
NOTICES = """
max(window.screen.areas, key=lambda each: each.width * each.height).type = "INFO"
"""
TEXTURE = """
image = bpy.data.images.load({!r})
material = bpy.data.materials.new("Painted")
material.use_nodes = True
material.node_tree.nodes.new("ShaderNodeTexImage").image = image
bpy.data.objects["Cube"].data.materials.append(material)
bpy.ops.wm.save_mainfile()
"""


def test_a_project_is_sent_cancelled_by_esc_and_sent_again(
    window: Window, blender_executable: Path, tmp_path: Path
) -> None:
    REPORTS.mkdir(parents=True, exist_ok=True)
    elsewhere, target = tmp_path / "textures", tmp_path / "sent"
    elsewhere.mkdir()
    texture = plain(elsewhere / "wood.png", (90, 60, 30))
    project = tmp_path / "project"
    project.mkdir()
    open_film(window, blender_executable, project, samples=1)
    window.execute(TEXTURE.format(str(texture)))
    window.execute(GATE)
    window.mouse_and_keys("mousemove", 700, 450)
    window.execute(f"called('send', 'INVOKE_DEFAULT', to={str(target)!r})")
    window.settle()
    window.screenshot(REPORTS / "16-send-dialog.png")
    window.mouse_and_keys("key", "Return")
    window.wait_until("is_held.is_set()")
    window.settle()
    window.screenshot(REPORTS / "17-sending.png")
    assert not window.evaluate("bpy.ops.render.array_chunk_send.poll()")  # not twice
    window.mouse_and_keys("key", "Escape")
    window.wait_until("sending_module.shown_transfer('Sending').is_cancelled")
    window.execute("gate.set()")
    window.wait_until("bpy.ops.render.array_chunk_send.poll()")
    window.settle()
    window.screenshot(REPORTS / "18-cancelled.png")
    assert not (target / "film.blend").exists()
    assert not list(target.glob(".array_chunk_project/sent/*"))
    window.execute("called('send', 'INVOKE_DEFAULT')")  # to where it was sent last
    window.settle()
    window.mouse_and_keys("key", "Return")
    window.wait_until("len(stands) == 2 and bpy.ops.render.array_chunk_send.poll()")
    window.execute(NOTICES)
    window.settle()
    window.screenshot(REPORTS / "19-sent.png")
    assert (target / "film.blend").is_file()
    there = target / "elsewhere" / texture.relative_to("/")
    assert there.read_bytes() == texture.read_bytes()
