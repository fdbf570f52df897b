"""Operators whose slow part runs in a thread, while the window lives on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import bpy

from ..chunking.errors import ChunkError
from ..command_line.window_words import window_line
from .chunk_status import StatusBar

LOOK_SECONDS = 0.1


_in_work: set[str] = set()
"""Names of the operators whose threads have not ended, whatever became of the windows."""


class _Work:
    """Something that a thread does: it touches nothing of Blender's."""

    def __init__(self, name: str, work: Callable[[], Any]) -> None:
        self._name = name
        self._work = work
        self.result: Any = None
        self.error = "It ended in a way that was not foreseen: see Blender's console."
        self.is_over = False

        _in_work.add(name)

    def run(self) -> None:
        try:
            self.result = self._work()
            self.error = ""
        except (ChunkError, OSError) as error:
            self.error = str(error) or type(error).__name__
        finally:
            _in_work.discard(self._name)
            self.is_over = True


class InThread:
    """Mixed into an operator: `begin` in its execute, `done` when the thread has ended."""

    _timer: Any = None

    @classmethod
    def is_free(cls: Any) -> bool:
        """For its poll: whether no thread of this operator is at work; says so where one is."""
        if cls.__name__ in _in_work:
            cls.poll_message_set("This is being done at the moment: wait for its end")
            return False
        return True

    def begin(
        self: Any, context: bpy.types.Context, work: Callable[[], Any], words: str
    ) -> set[str]:
        """Do the work; the status bar says `words` meanwhile. Without a window it is waited for."""
        self._work = _Work(type(self).__name__, work)
        if bpy.app.background:
            self._work.run()
            return self._end(context)
        threading.Thread(target=self._work.run, daemon=True).start()
        self._status = StatusBar()
        self._status.show(context, words)
        manager = context.window_manager
        self._timer = manager.event_timer_add(LOOK_SECONDS, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type != "TIMER" or not self._work.is_over:
            return {"PASS_THROUGH"}
        self._leave(context)
        return self._end(context)

    def cancel(self: Any, context: bpy.types.Context) -> None:
        """Blender opens another file, or quits: the thread ends by itself.

        It comes here from a dialog that is cancelled too, before anything has begun.
        """
        if self._timer is not None:
            self._leave(context)

    def done(self, context: bpy.types.Context, result: Any) -> set[str]:
        """Say what has been done; return the operator's status."""
        raise NotImplementedError

    def _leave(self: Any, context: bpy.types.Context) -> None:
        self._status.clear()
        context.window_manager.event_timer_remove(self._timer)

    def _end(self: Any, context: bpy.types.Context) -> set[str]:
        if self._work.error:
            self.report({"ERROR"}, window_line(self._work.error))
            return {"CANCELLED"}
        return self.done(context, self._work.result)
