"""Frames of an array that renders, fetched from Blender's real window, and the film of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from array_chunk_render.film.film_file import count_mp4_pictures
from film_window import REPORTS, open_film
from publishing_trials import published_files

if TYPE_CHECKING:
    from conftest import Window

BESIDE_THE_FIELDS = (330, 515)
"""Of the dialog: above one of them, Return begins to edit it."""
BEGUN = """
transfers = importlib.import_module(extension + ".window.transfers")
fetch_class = importlib.import_module(extension + ".operators.fetch").RENDER_OT_array_chunk_fetch
begun = []
true_execute = fetch_class.execute
def counted(self, context):  # Blender counts the arguments
    begun.append(self.to)
    return true_execute(self, context)
fetch_class.execute = counted
bpy.utils.register_class(
    importlib.import_module(extension + ".ui.panel").RENDER_PT_array_chunk_after
)
def fetching():
    return transfers.shown_transfer(transfers.FETCHING)
"""


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    REPORTS.mkdir(parents=True, exist_ok=True)


def test_frames_come_while_the_array_renders_and_become_the_film(
    window: Window, blender_executable: Path, tmp_path: Path
) -> None:
    output, desk = tmp_path / "out", tmp_path / "desk"
    output.mkdir()
    open_film(window, blender_executable, tmp_path, samples=1)
    window.execute(BEGUN)
    begin_to_fetch(window, f", source={str(output)!r}, to={str(desk)!r}")
    # Nothing has been rendered yet.
    window.wait_until("fetching() and 'waiting for more' in fetching().text")
    assert not window.evaluate("bpy.ops.render.array_chunk_fetch.poll()")  # not twice
    window.settle()
    window.screenshot(REPORTS / "24-waiting.png")
    window.mouse_and_keys("key", "Escape")
    window.wait_until("bpy.ops.render.array_chunk_fetch.poll()")
    window.settle()
    window.execute("called('submit', 'EXEC_DEFAULT', with_film=False)")
    window.wait_until("state() is not None and watched().done")
    begin_to_fetch(window)  # as it was fetched last
    window.wait_until("len(begun) == 2")
    window.settle()
    window.screenshot(REPORTS / "21-fetching.png")
    window.wait_until("bpy.ops.render.array_chunk_fetch.poll()")
    window.settle()
    window.screenshot(REPORTS / "22-fetched.png")
    assert len(list(desk.glob("*.png"))) == 8
    assert published_files(desk) == published_files(output)
    window.wait_until("watched().is_over")
    window.execute(f"called('film', 'EXEC_DEFAULT', output={str(desk)!r})")
    window.wait_until("bpy.ops.render.array_chunk_film.poll()")
    window.settle()
    window.screenshot(REPORTS / "23-film.png")
    assert count_mp4_pictures(tmp_path / "desk.mp4") == 8


def begin_to_fetch(window: Window, words: str = "") -> None:
    """By the dialog, and Return."""
    window.mouse_and_keys("mousemove", 700, 450)
    window.execute(f"called('fetch', 'INVOKE_DEFAULT'{words})")
    window.settle()
    window.mouse_and_keys("mousemove", *BESIDE_THE_FIELDS)
    window.settle()
    window.screenshot(REPORTS / "20-fetch-dialog.png")
    window.mouse_and_keys("key", "Return")
