"""Slow work in a thread while Blender's real window lives, whichever file is open by then."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import MakeFilm, Window

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

HOLD_LOOKS = """
looks, held, opened = importlib.import_module(extension + ".operators.output_folder"), [], []
def held_until_gate(name):
    look = getattr(looks, name)
    def wait(*words, **more):
        held.append(name)
        gate.wait()
        return look(*words, **more)
    setattr(looks, name, wait)
for each in ("survey_of", "gather_facts"):
    held_until_gate(each)
make_report = looks.make_report
def open_nothing(*words):
    opened.append(str(make_report(*words)))
    raise errors.OutputFailed("The page is there, and is not to be opened here.")
looks.make_report = open_nothing
table = bpy.context.window_manager.array_chunk_table
def in_window():
    return bpy.context.temp_override(window=bpy.context.window_manager.windows[0])
"""
"""Looks at the output folder wait at the gate; the report's page is made and not opened."""


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


def test_frames_are_checked_and_reported_on_meanwhile(
    window: Window, make_film: MakeFilm, tmp_path: Path
) -> None:
    blend = tmp_path / "film.blend"
    make_film(blend, 1)
    window.execute(f"bpy.ops.wm.open_mainfile(filepath={str(blend)!r})")
    window.execute(SET_UP)
    window.execute(HOLD_LOOKS)
    window.execute("with in_window(): bpy.ops.render.array_chunk(size=4, index=1)")
    window.execute("with in_window(): print(bpy.ops.render.array_chunk_verify())")
    window.execute("with in_window(): print(bpy.ops.render.array_chunk_report())")
    window.settle()
    assert window.evaluate("held") == ["survey_of", "gather_facts"]
    assert window.evaluate("[bpy.ops.render.array_chunk_verify.poll(), table.to_render]") == [
        False,
        "",
    ]
    window.execute("gate.set()")
    window.wait_until("table.to_render")
    window.wait_until("opened")
