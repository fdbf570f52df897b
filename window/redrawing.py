"""Having Blender draw again what shows values that changed behind its back."""

from __future__ import annotations

import bpy


def redraw_properties() -> None:
    """Draw the properties editors anew, in all windows; from Blender's main thread."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PROPERTIES":
                area.tag_redraw()
