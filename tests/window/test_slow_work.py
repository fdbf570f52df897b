"""Slow work in a thread while Blender's real window lives, whichever file is open by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Window

SET_UP = """
import importlib, threading
extension = next(
    name for name in bpy.context.preferences.addons.keys() if name.endswith("array_chunk_render")
)
slow_work = importlib.import_module(extension + ".window.slow_work")
errors = importlib.import_module(extension + ".chunking.errors")
gate, shown, taken = threading.Event(), [], []
def behind_gate():
    gate.wait()
    return threading.current_thread() is not threading.main_thread()
def refused():
    raise errors.BadSetting("It is not possible.")
def show():
    shown.append(bpy.data.filepath)
def take_over(work):
    taken.append([work.result, work.error, threading.current_thread() is threading.main_thread()])
"""


def test_another_file_is_opened_meanwhile(window: Window) -> None:
    window.execute(SET_UP)
    window.execute("slow_work.in_thread(behind_gate, take_over, show)")
    window.settle()
    window.wait_until("shown")
    window.execute("bpy.ops.wm.read_homefile(use_factory_startup=False); shown.clear()")
    window.wait_until("shown")
    assert window.evaluate("taken") == []
    window.execute("gate.set()")
    window.wait_until("taken")
    assert window.evaluate("taken") == [[True, "", True]]


def test_an_error_is_taken_over_in_its_words(window: Window) -> None:
    window.execute(SET_UP)
    window.execute("slow_work.in_thread(refused, take_over)")
    window.wait_until("taken")
    assert window.evaluate("taken") == [[None, "It is not possible.", True]]
