"""Handlers of scripts that Blender runs once a film, where each frame is a call of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from ..scene.frame_drivers import is_ours


class FilmHandlers:
    """Has what runs as a render begins run with the first frame alone.

    Where something runs as it ends, too, that is taken to undo it: then both stay as they are, and
    each frame begins and ends.
    """

    def __init__(self) -> None:
        self._held: list[Callable[..., Any]] = []

    def end_frame(self) -> None:
        """A frame was rendered: hold back what has run, from the next one on."""
        handlers = bpy.app.handlers
        if any(not is_ours(each) for each in (*handlers.render_complete, *handlers.render_cancel)):
            return
        for handler in [each for each in handlers.render_init if not is_ours(each)]:
            handlers.render_init.remove(handler)
            self._held.append(handler)

    def close(self) -> None:
        """Have it run again with the next render."""
        bpy.app.handlers.render_init.extend(self._held)
        self._held.clear()
