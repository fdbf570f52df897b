"""A chunk rendered by Blender's own render job, with the window alive all the while."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import bpy

from ..chunking.errors import ChunkError, Interrupted
from . import carried
from .chunk_render import ChunkRender
from .frame import RenderCall, failure

Handler = Callable[..., None]


class WindowRender:
    """Makes the calls of a chunk one after the other, each when the render job is free.

    `look` is to be called from a timer. Whatever ends the render, the scene is as it was then.
    """

    def __init__(self, chunk: ChunkRender) -> None:
        self._chunk = chunk
        self._steps = chunk.steps()
        self._call: RenderCall | None = None
        self._is_begun = False
        """Whether Blender's render job has taken the call."""
        self._was_cancelled = False
        self._has_shown = False
        self._handlers: dict[str, Handler] = {
            "render_cancel": self._note_cancel,
            "save_pre": self._before_save,
            "save_post": self._after_save,
            "save_post_fail": self._after_save,
            "undo_pre": self._before_undo,
            "redo_pre": self._before_undo,
        }

    @property
    def frame(self) -> int | None:
        """The frame in work, or None when all is over."""
        return self._call.frame if self._call is not None else None

    def begin(self, context: bpy.types.Context) -> None:
        """Look at the scene and begin its first frame."""
        for name, handler in self._handlers.items():
            getattr(bpy.app.handlers, name).append(handler)
        self._go_on(lambda: next(self._steps))
        self._invoke(context)

    def look(self, context: bpy.types.Context) -> bool:
        """Go on where Blender's job has ended; return whether all is over."""
        if self._call is not None and not bpy.app.is_job_running("RENDER"):
            if self._is_begun and self._was_cancelled:
                self.stop(f"Cancelled in frame {self.frame}")
            elif self._is_begun:
                self._go_on(lambda: next(self._steps))
            self._invoke(context)
        if self._call is not None:
            return False
        # Not at once where it ends: Blender may be going through the handlers just then.
        for name, handler in self._handlers.items():
            if handler in (handlers := getattr(bpy.app.handlers, name)):
                handlers.remove(handler)
        return True

    def stop(self, reason: str) -> None:
        """End before the time, in the middle of a frame as well."""
        if self._call is not None:
            self._tell(Interrupted(f"{reason}. What is finished is kept."))

    def _tell(self, error: ChunkError) -> None:
        self._go_on(lambda: self._steps.throw(error))

    def _go_on(self, to_next: Callable[[], RenderCall]) -> None:
        """Let the chunk end a frame and set the scene for the next one, if there is one."""
        scene = self._chunk.scene
        carried.drop()
        self._is_begun = self._was_cancelled = False
        self._call = None
        with contextlib.suppress(StopIteration):
            self._call = to_next()
        if self._call is not None:
            carried.carry(scene, self._chunk.changes.changes)

    def _invoke(self, context: bpy.types.Context) -> None:
        """Hand the call to Blender's render job; where that is not free, the next look does."""
        while self._call is not None and not self._is_begun:
            try:
                with self._display(context):
                    outcome = bpy.ops.render.render("INVOKE_DEFAULT", **self._call.arguments)
            except RuntimeError as error:
                self._tell(failure(self._call.frame, error))
                continue
            self._is_begun = "CANCELLED" not in outcome
            return

    @contextlib.contextmanager
    def _display(self, context: bpy.types.Context) -> Any:
        """The artist's own way to show a render for the first frame; the others don't raise it."""
        view, preferences = context.preferences.view, context.preferences
        shown, was_dirty = view.render_display_type, preferences.is_dirty
        window = context.window or context.window_manager.windows[0]
        with context.temp_override(window=window):
            if self._has_shown:
                view.render_display_type = "NONE"
            self._has_shown = True
            try:
                yield
            finally:
                view.render_display_type = shown
                preferences.is_dirty = was_dirty

    def _note_cancel(self, *arguments: object) -> None:
        self._was_cancelled = True  # from the render's own thread: no more than this

    def _before_save(self, *arguments: object) -> None:
        if self._call is None:
            return
        carried.drop()
        self._chunk.changes.put_back_for_now()

    def _after_save(self, *arguments: object) -> None:
        if self._call is None:
            return
        self._chunk.changes.set_again()
        carried.carry(self._chunk.scene, self._chunk.changes.changes)

    def _before_undo(self, *arguments: object) -> None:
        # Blender has ended its job by now, and is about to exchange the data under us.
        self.stop("Undo ended the render")
