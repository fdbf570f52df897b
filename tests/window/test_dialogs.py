"""Every dialog of the extension, told by its code, is opened and left by Esc.

Blender has an operator cancel that has not begun. The window's log must have no traceback then,
which the fixture looks at, and all is as it was.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from film_window import open_film

if TYPE_CHECKING:
    from conftest import Window

REPOSITORY = Path(__file__).resolve().parents[2]
SNAPSHOT = f"""
import sys
sys.path.insert(0, {str(REPOSITORY / "tests" / "equipment")!r})
from scene_snapshot import whole_scene
"""
OPENING = (
    "invoke_confirm",
    "invoke_popup",
    "invoke_props_dialog",
    "invoke_props_popup",
    "invoke_search_popup",
    "fileselect_add",
)
"""The window manager's methods by which an operator asks before it begins."""


def dialogs() -> Iterator[str]:
    """The `bl_idname` of each operator whose code opens one."""
    for module in sorted(REPOSITORY.glob("operators/*.py")) + sorted(REPOSITORY.glob("ui/*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and opens(node):
                yield from (
                    ast.literal_eval(each.value)
                    for each in node.body
                    if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "bl_idname"
                )


def opens(node: ast.AST) -> bool:
    names = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    return not names.isdisjoint(OPENING)


DIALOGS = list(dialogs())


def array_that_runs(window: Window) -> None:
    window.execute("called('submit', 'EXEC_DEFAULT')")
    window.wait_until("state() is not None and state().state.value == 'running'")


NEEDS: Mapping[str, Callable[[Window], None]] = {"render.array_chunk_cancel": array_that_runs}
"""What has to be there before a dialog can be opened."""


def test_no_dialog_is_overlooked() -> None:
    calls = [
        f"{module.name}: {name}"
        for package in ("operators", "ui", "rendering", "film", "report")
        for module in (REPOSITORY / package).rglob("*.py")
        for name in OPENING
        if f".{name}(" in module.read_text(encoding="utf-8")
    ]
    assert len(calls) == len(DIALOGS) >= 5


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the window, which is opened after this, keeps what it has submitted."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def film_in_window(window: Window, blender_executable: Path, tmp_path: Path) -> Iterator[Window]:
    open_film(window, blender_executable, tmp_path, samples=2000)
    yield window
    if window.evaluate("watched() is not None and not watched().is_over"):
        window.execute("watched().engine.cancel(watched().submission.ids)")
        window.wait_until("watched().is_over")


@pytest.mark.parametrize("name", DIALOGS)
def test_left_by_escape(name: str, film_in_window: Window) -> None:
    window = film_in_window
    NEEDS.get(name, lambda window: None)(window)
    window.execute(SNAPSHOT)
    before = window.evaluate("whole_scene(window.scene)")
    window.execute(
        "with bpy.context.temp_override(window=window):\n"
        f"    polled, outcome = bpy.ops.{name}.poll(), bpy.ops.{name}('INVOKE_DEFAULT')"
    )
    assert window.evaluate("polled")
    assert not {"FINISHED", "CANCELLED"} & set(window.evaluate("list(outcome)")), "no dialog"
    window.settle()
    window.mouse_and_keys("key", "Escape")
    window.settle()
    window.execute(
        f"with bpy.context.temp_override(window=window):\n    polled = bpy.ops.{name}.poll()"
    )
    assert window.evaluate("polled")
    assert not window.evaluate("bpy.app.is_job_running('RENDER')")
    assert window.evaluate("whole_scene(window.scene)") == before
