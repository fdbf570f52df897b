"""An artist's first day, with mouse and keyboard: install the zip, render a chunk, cancel another.

`FIRST_DAY_BLEND` names another film than the small one of this test. How long the window stood
still at the most is written to `window.json` in `.build/reports` or what `FIRST_DAY_REPORTS` names,
and pictures of the screen into a folder beside it.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import MakeFilm, Window

EQUIPMENT = Path(__file__).resolve().parents[1] / "equipment"
REPORTS = Path(
    os.environ.get("FIRST_DAY_REPORTS", Path(__file__).resolve().parents[2] / ".build" / "reports")
)

# Places on the screen at the default size of the interface, windows put where they are put here.
EDIT_MENU, PREFERENCES = (69, 14), (135, 283)
PREFERENCES_AT = (200, 150)
OLD_PREFERENCES = (240, 348), (868, 168), (768, 221)
NEW_PREFERENCES = (240, 378), (1056, 168), (956, 221)
"""Add-ons, its menu, Install from Disk…; Blender 5 has a wider window and more in its list."""
FILE_VIEW_AT = (150, 150)
FOLDER, FILE_NAME, INSTALL = (726, 171), (690, 754), (1181, 754)
RENDER_MENU, RENDER_CHUNK = (108, 14), (190, 192)
ARRAY_SIZE, ARRAY_INDEX, RENDER = (322, 236), (322, 265), (345, 631)

OTHER_FILM = os.environ.get("FIRST_DAY_BLEND", "")
# Chunk 3 of 20 of a film of 199 frames, or 1 of 2 of the small one.
SIZE, INDEX, FRAMES, PERCENTAGE = (
    (20, 3, range(31, 41), 10) if OTHER_FILM else (2, 1, range(5, 9), 100)
)

SET_UP = f"""
import sys, time
sys.path.insert(0, {str(EQUIPMENT)!r})
from scene_snapshot import whole_scene
def first_window():
    return bpy.context.window_manager.windows[0]
def is_over():
    with bpy.context.temp_override(window=first_window()):
        return bpy.ops.render.array_chunk.poll()
began, drawn = [], []
def note_redraw():
    drawn.append(time.monotonic())
def redraw():
    for area in first_window().screen.areas:
        if area.type == "VIEW_3D":
            area.tag_redraw()
    return 0.02
"""
WATCH = """
def note_begin(*arguments):
    began.append(time.monotonic())
bpy.app.handlers.render_pre.append(note_begin)
bpy.types.SpaceView3D.draw_handler_add(note_redraw, (), "WINDOW", "POST_PIXEL")
bpy.app.timers.register(redraw)
"""


@pytest.fixture
def film(make_film: MakeFilm, tmp_path: Path) -> Path:
    blend = tmp_path / "film.blend"
    if OTHER_FILM:
        return Path(shutil.copy(OTHER_FILM, blend))
    make_film(blend, 150)
    return blend


LAST_WINDOW = "bpy.context.temp_override(window=bpy.context.window_manager.windows[-1])"


class Hand:
    """A hand at mouse and keyboard, whose owner looks at the screen after every step."""

    def __init__(self, window: Window, pictures: Path) -> None:
        self.window = window
        self._pictures = pictures
        self._taken = 0
        pictures.mkdir(parents=True, exist_ok=True)

    def look(self, name: str) -> None:
        self._taken += 1
        self.window.screenshot(self._pictures / f"{self._taken:02d}-{name}.png")

    def click(self, place: tuple[int, int], times: int = 1) -> None:
        self.window.mouse_and_keys("mousemove", *place)
        self.window.settle()
        self.window.mouse_and_keys("click", "--repeat", times, "--delay", 80, 1)
        self.window.settle()

    def type_into(self, place: tuple[int, int], text: str) -> None:
        self.click(place, times=2)
        self.window.mouse_and_keys("key", "ctrl+a")
        self.window.mouse_and_keys("type", "--delay", 10, text)
        self.window.mouse_and_keys("key", "Return")
        self.window.settle()

    def put_window(self, title: str, place: tuple[int, int]) -> None:
        self.window.mouse_and_keys(
            "search", "--sync", "--name", title, "windowmove", "--sync", *place
        )
        self.window.settle()


def install_by_hand(hand: Hand, package: Path) -> None:
    is_new = hand.window.evaluate("bpy.app.version[0] >= 5")
    add_ons, add_ons_menu, install_from_disk = NEW_PREFERENCES if is_new else OLD_PREFERENCES
    hand.click(EDIT_MENU)
    hand.click(PREFERENCES)
    hand.put_window("Preferences", PREFERENCES_AT)
    hand.click(add_ons)
    hand.look("add-ons")
    hand.click(add_ons_menu)
    hand.click(install_from_disk)
    hand.put_window("File View", FILE_VIEW_AT)
    hand.type_into(FOLDER, f"{package.parent}/")
    hand.type_into(FILE_NAME, package.name)
    hand.look("install-from-disk")
    hand.click(INSTALL)
    hand.window.wait_until(
        "any('array_chunk' in name for name in bpy.context.preferences.addons.keys())"
    )
    hand.window.settle()
    hand.look("installed")
    close_last_window(hand.window)


def close_last_window(window: Window) -> None:
    window.execute(f"with {LAST_WINDOW}: bpy.ops.wm.window_close()")


def open_film(window: Window, film: Path) -> dict[str, str]:
    """Open the film and begin to watch the window; return the scene as it is."""
    window.execute(f"bpy.ops.wm.open_mainfile(filepath={str(film)!r})")
    window.execute(SET_UP)
    window.execute(f"first_window().scene.render.resolution_percentage = {PERCENTAGE}")
    before: dict[str, str] = window.evaluate("whole_scene(first_window().scene)")
    window.execute(WATCH)
    return before


def choose_chunk(hand: Hand, first: bool) -> None:
    """By the dialog, which remembers what it was told the first time."""
    hand.click(RENDER_MENU)
    hand.look("render-menu")
    hand.click(RENDER_CHUNK)
    if first:
        hand.type_into(ARRAY_SIZE, str(SIZE))
        hand.type_into(ARRAY_INDEX, str(INDEX))
    hand.look("dialog")
    hand.click(RENDER)


def longest_stand(began: list[float], drawn: list[float]) -> list[float]:
    """For each frame, the longest time in seconds from one redraw to the next.

    What Blender needs to prepare the scene for a frame comes at its begin, in the main thread, so
    the stand that holds a frame's begin is left out; it is Blender's.
    """
    stands = itertools.pairwise(drawn)
    ours = [(first, last) for first, last in stands if not holds_any(began, first, last)]
    return sorted((last - first for first, last in ours if first > began[0]), reverse=True)


def holds_any(moments: list[float], first: float, last: float) -> bool:
    return any(first <= moment <= last for moment in moments)


def test_first_day(bare_window: Window, built_zip: Path, film: Path, tmp_path: Path) -> None:
    window = bare_window
    hand = Hand(window, REPORTS / "first-day")
    install_by_hand(hand, built_zip)
    before = open_film(window, film)
    choose_chunk(hand, first=True)
    window.wait_until("len(began) > 1")
    hand.look("rendering")
    window.wait_until("is_over()")
    hand.look("rendered")
    began, drawn = window.evaluate("began"), window.evaluate("drawn")
    assert window.evaluate("whole_scene(first_window().scene)") == before
    rendered = sorted(path.name for path in (tmp_path / "array_chunk_test").glob("*.png"))
    assert rendered == [f"{frame:05d}.png" for frame in FRAMES]
    window.execute("began.clear()")
    close_last_window(window)
    choose_chunk(hand, first=False)
    window.wait_until("len(began) > 1")
    window.mouse_and_keys("key", "Escape")
    window.wait_until("is_over()")
    hand.look("cancelled")
    assert window.evaluate("len(began)") == 2
    assert window.evaluate("whole_scene(first_window().scene)") == before
    stands = longest_stand(began, drawn)
    told = {"frames": len(began), "redraws": len(drawn), "longest stands in seconds": stands[:5]}
    (REPORTS / "window.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
