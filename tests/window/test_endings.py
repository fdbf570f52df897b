"""A chunk in Blender's window ends in one of many ways, and the scene is as it was every time."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import MakeFilm, Window

EQUIPMENT = Path(__file__).resolve().parents[1] / "equipment"
IN_WINDOW = "bpy.context.temp_override(window=bpy.context.window_manager.windows[0])"
SET_UP = f"""
import sys
sys.path.insert(0, {str(EQUIPMENT)!r})
from scene_snapshot import whole_scene
def first_window():
    return bpy.context.window_manager.windows[0]
def is_rendering():
    return bpy.app.is_job_running("RENDER")
def is_over():
    with bpy.context.temp_override(window=first_window()):
        return bpy.ops.render.array_chunk.poll()
def state():
    return whole_scene(first_window().scene)
began, ended = [], []
bpy.app.handlers.render_init.append(lambda *arguments: began.append(1))
bpy.app.handlers.render_complete.append(lambda *arguments: ended.append(1))
"""
SLOW, FAST = 600, 1
"""Samples of frames that take seconds, and of such that take none."""


class Artist:
    """An artist at a window, who has the film open and renders chunks of it."""

    def __init__(self, window: Window, make_film: MakeFilm, folder: Path) -> None:
        self.window = window
        self.blend = folder / "film.blend"
        self.frames = folder / "array_chunk_test"
        self._make_film = make_film
        self.before: dict[str, str] = {}

    def open(self, samples: int) -> None:
        self._make_film(self.blend, samples)
        self.window.execute(f"bpy.ops.wm.open_mainfile(filepath={str(self.blend)!r})")
        self.window.execute(SET_UP)
        self.before = self.state()

    def state(self) -> Any:
        return self.window.evaluate("state()")

    def begin(self, **settings: Any) -> None:
        """Call the dialog, confirm it, and wait until the chunk is in work."""
        told = "".join(f", {name}={value!r}" for name, value in settings.items())
        self.window.execute(f"with {IN_WINDOW}: bpy.ops.render.array_chunk('INVOKE_DEFAULT'{told})")
        self.window.mouse_and_keys("key", "Return")
        self.window.wait_until("began")

    def wait(self) -> None:
        self.window.wait_until("is_over()")

    def hold_as_before(self) -> None:
        after = self.state()
        assert {name: value for name, value in after.items() if value != self.before[name]} == {}
        assert after.keys() == self.before.keys()

    @property
    def rendered(self) -> list[str]:
        return sorted(path.name for path in self.frames.glob("[!.]*"))


@pytest.fixture
def artist(window: Window, make_film: MakeFilm, tmp_path: Path) -> Artist:
    return Artist(window, make_film, tmp_path)


def stages(tmp_path: Path) -> list[Path]:
    return sorted(tmp_path.glob("stages/*"))


def test_done(artist: Artist) -> None:
    artist.open(FAST)
    artist.begin(size=2, index=1)
    artist.wait()
    artist.hold_as_before()
    assert artist.rendered == ["00005.png", "00006.png", "00007.png", "00008.png", "compositor"]
    assert artist.window.evaluate("len(ended)") == 4


def test_escape_in_the_middle_of_a_frame(artist: Artist, tmp_path: Path) -> None:
    stage = tmp_path / "stages"
    stage.mkdir()
    artist.open(SLOW)
    artist.begin(stage=str(stage))
    artist.window.wait_until("len(began) > 1 and is_rendering()")
    assert len(stages(tmp_path)) == 1
    artist.window.screenshot(tmp_path / "rendering.png")
    artist.window.mouse_and_keys("key", "Escape")
    artist.wait()
    artist.hold_as_before()
    assert artist.rendered == ["00001.png", "compositor"], "what was finished is kept"
    assert stages(tmp_path) == []


def test_error(artist: Artist) -> None:
    artist.open(FAST)
    artist.window.execute("first_window().scene.view_layers[0].use = False")
    artist.before = artist.state()
    artist.window.execute(f"with {IN_WINDOW}: bpy.ops.render.array_chunk('INVOKE_DEFAULT', size=4)")
    artist.window.mouse_and_keys("key", "Return")
    artist.wait()
    artist.hold_as_before()
    assert artist.rendered == []


def test_another_file_is_opened(artist: Artist, tmp_path: Path) -> None:
    stage = tmp_path / "stages"
    stage.mkdir()
    artist.open(SLOW)
    artist.begin(stage=str(stage))
    artist.window.execute(f"bpy.ops.wm.open_mainfile(filepath={str(artist.blend)!r})")
    artist.window.wait_until("not is_rendering()")
    artist.wait()
    artist.hold_as_before()
    assert stages(tmp_path) == []


def test_undo_in_the_middle(artist: Artist) -> None:
    artist.open(SLOW)
    artist.window.execute(f"with {IN_WINDOW}: bpy.ops.ed.undo_push(message='First')")
    artist.begin()
    artist.window.execute(
        f"with {IN_WINDOW}: bpy.ops.ed.undo_push(message='In the middle'); bpy.ops.ed.undo()"
    )
    artist.wait()
    artist.hold_as_before()
    artist.window.execute(f"with {IN_WINDOW}: bpy.ops.ed.redo()")
    artist.hold_as_before()


def test_undo_to_a_step_of_the_render_later(artist: Artist) -> None:
    artist.open(SLOW)
    artist.begin(frames="3")
    artist.window.execute(f"with {IN_WINDOW}: bpy.ops.ed.undo_push(message='In the middle')")
    artist.wait()
    artist.window.execute(
        f"with {IN_WINDOW}: bpy.ops.ed.undo_push(message='Later'); bpy.ops.ed.undo()"
    )
    artist.hold_as_before()


def test_saved_in_the_middle(artist: Artist, tmp_path: Path) -> None:
    artist.open(SLOW)
    copy = tmp_path / "copy.blend"
    artist.begin(frames="2,3")
    during = artist.state()
    artist.window.execute(f"bpy.ops.wm.save_as_mainfile(filepath={str(copy)!r}, copy=True)")
    assert artist.window.evaluate("is_rendering()")
    assert artist.state() == during, "and rendered on as it was set"
    artist.wait()
    artist.hold_as_before()
    assert artist.rendered == ["00002.png", "00003.png", "compositor"]
    artist.window.execute(f"bpy.ops.wm.open_mainfile(filepath={str(copy)!r})")
    artist.hold_as_before()


def test_blender_quits(artist: Artist, tmp_path: Path) -> None:
    stage = tmp_path / "stages"
    stage.mkdir()
    artist.open(SLOW)
    artist.begin(stage=str(stage))
    artist.window.quit()
    assert artist.window.blender.wait(timeout=120) == 0
    assert stages(tmp_path) == []
    assert artist.window.blender.returncode != -signal.SIGSEGV


def test_the_window_is_alive_while_a_frame_renders(artist: Artist) -> None:
    artist.open(SLOW)
    artist.begin(frames="2")
    # The main loop answers: were it waiting for the frame, the job would be over by then.
    assert all(artist.window.evaluate("is_rendering()") for _ in range(5))
    artist.wait()
