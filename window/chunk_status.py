"""How far slow work is, and where Blender's window shows it: at the cursor, in the status bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import bpy

from ..child.in_work import Progress, duration
from ..command_line.window_words import window_line


def status_line(frame: int, progress: Progress | None, total: int) -> str:
    """What the status bar says while a frame is in work; `progress` is of the frame before it."""
    if progress is None:
        return f"frame {frame} · 0/{total}"
    left = duration(progress.seconds_left)
    return f"frame {frame} · {progress.done}/{progress.total} · ETA {left}"


@contextmanager
def progress_at_cursor(context: bpy.types.Context) -> Iterator[Callable[[int, int], None]]:
    """Show how many of how many are done of what blocks the window, where Blender shows such."""
    manager = context.window_manager
    manager.progress_begin(0, 100)
    try:
        yield lambda done, total: manager.progress_update(done * 100 // total)
    finally:
        manager.progress_end()


class StatusBar:
    """The status bar's text, in whatever workspace the artist goes to meanwhile."""

    def __init__(self) -> None:
        self._shown_in: set[str] = set()

    def show(self, context: bpy.types.Context, text: str) -> None:
        if context.workspace is not None:
            context.workspace.status_text_set(window_line(text))
            self._shown_in.add(context.workspace.name)

    def clear(self) -> None:
        for workspace in bpy.data.workspaces:
            if workspace.name in self._shown_in:
                workspace.status_text_set(None)
        self._shown_in.clear()
