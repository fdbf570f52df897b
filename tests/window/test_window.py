"""The extension in Blender's real window."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Window


def colours(picture: Path) -> int:
    """Return how many colours a picture has."""
    identify = ["identify", "-format", "%k", str(picture)]
    return int(subprocess.run(identify, check=True, capture_output=True).stdout)


def test_the_window_comes_up_with_the_extension_enabled(window: Window, tmp_path: Path) -> None:
    assert "bl_ext.user_default.array_chunk_render" in window.evaluate(
        "bpy.context.preferences.addons.keys()"
    )
    assert colours(window.screenshot(tmp_path / "window.png")) > 100
