"""The extension in Blender's real window."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Window

RENDER_MENU = (108, 14)
"""Where the top bar says "Render", at the default size of the interface."""

RECORD_WHAT_THE_MENU_SHOWS = """
shown = []
def record(self, context):
    shown[:] = self.layout.introspect()
bpy.types.TOPBAR_MT_render.append(record)
"""


def colours(picture: Path) -> int:
    """Return how many colours a picture has."""
    identify = ["identify", "-format", "%k", str(picture)]
    return int(subprocess.run(identify, check=True, capture_output=True).stdout)


def test_the_window_comes_up_with_the_extension_enabled(window: Window, tmp_path: Path) -> None:
    assert "bl_ext.user_default.array_chunk_render" in window.evaluate(
        "bpy.context.preferences.addons.keys()"
    )
    assert colours(window.screenshot(tmp_path / "window.png")) > 100


def test_the_render_menu_offers_a_chunk(window: Window, tmp_path: Path) -> None:
    window.execute(RECORD_WHAT_THE_MENU_SHOWS)
    window.mouse_and_keys("mousemove", *RENDER_MENU, "click", 1)
    window.wait_until("shown")
    window.screenshot(tmp_path / "render-menu.png")
    assert "Render Array Chunk…" in window.evaluate("repr(shown)")
