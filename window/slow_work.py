"""Slow work while the window lives: a thread does it, Blender's main thread takes it over.

A thread touches nothing of Blender's. What it has come to is looked at from the main thread: by a
timer (`in_thread`, `look_every`) or by an operator that stays until it can report
(`SlowOperator`). Where there is no window whose life would stop, the work is done at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

import bpy

from ..chunking.errors import ChunkError
from ..command_line.window_words import window_line
from .chunk_status import StatusBar

LOOK_SECONDS = 0.1
"""How often the main thread looks."""

Result = TypeVar("Result")


class Work(Generic[Result]):
    """A call that a thread makes, begun at once; without a window it is over at once, too."""

    def __init__(self, call: Callable[[], Result]) -> None:
        self.result: Result | None = None
        """What the call returned; None as long as `error` is not empty."""
        self.error = "It ended in a way that was not foreseen: see Blender's console."
        """The ChunkError or OSError that it raised, in words."""
        self._call = call
        self._over = threading.Event()
        if bpy.app.background:
            self._run()
        else:
            threading.Thread(target=self._run, daemon=True).start()

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    def wait(self, seconds: float | None = None) -> None:
        """Until it is over, or for so long; only for work that ends soon, as the window waits."""
        self._over.wait(seconds)

    def _run(self) -> None:
        try:
            self.result = self._call()
            self.error = ""
        except (ChunkError, OSError) as error:
            self.error = str(error) or type(error).__name__
        finally:
            self._over.set()


def in_thread(
    call: Callable[[], Result],
    take_over: Callable[[Work[Result]], None],
    show_progress: Callable[[], None] = lambda: None,
) -> None:
    """Make a slow call in a thread; the main thread takes its result over, or its error.

    It shows progress until then, and draws the properties editors anew.
    """
    work = Work(call)

    def look() -> bool:
        if work.is_over:
            take_over(work)
        else:
            show_progress()
        redraw_properties()
        return not work.is_over

    if bpy.app.background:
        take_over(work)
    else:
        look_every(LOOK_SECONDS, look)


def look_every(seconds: float, look: Callable[[], bool]) -> None:
    """Have the main thread look, again and again until `look` says that it need not any more."""
    # Persistent: what is shown belongs to the window, whichever file is open by then.
    bpy.app.timers.register(
        lambda: seconds if look() else None, first_interval=seconds, persistent=True
    )


def redraw_properties() -> None:
    """Draw the properties editors anew, in all windows; from Blender's main thread."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PROPERTIES":
                area.tag_redraw()


class SlowOperator:
    """Mixed into an operator: `begin` in its execute, `done` when the thread has ended."""

    KIND: ClassVar[str] = ""
    """Operators of one kind are never at work at the same time."""
    BUSY: ClassVar[str] = "This is being done at the moment: wait for its end"

    _at_work: ClassVar[dict[str, Work[Any]]] = {}
    """The last work of each kind, whatever became of the windows."""
    _timer: Any = None

    @classmethod
    def is_free(cls: Any) -> bool:
        """For its poll: whether no thread of this kind is at work; says so where one is."""
        work = cls._at_work.get(cls.KIND)
        if work is not None and not work.is_over:
            cls.poll_message_set(cls.BUSY)
            return False
        return True

    def begin(
        self: Any, context: bpy.types.Context, call: Callable[[], Any], status: Callable[[], str]
    ) -> set[str]:
        """Make the call; the status bar shows `status` until it is over. Returns as `execute`."""
        self._work = self._at_work[self.KIND] = Work(call)
        if bpy.app.background:
            return self._end()
        self._status, self._status_text = StatusBar(), status
        self._status.show(context, status())
        manager = context.window_manager
        self._timer = manager.event_timer_add(LOOK_SECONDS, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type == "ESC" and event.value == "PRESS":
            self.escape()
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        if not self._work.is_over:
            self._status.show(context, self._status_text())
            return {"PASS_THROUGH"}
        self._leave(context)
        return self._end()

    def cancel(self: Any, context: bpy.types.Context) -> None:
        """Blender opens another file, or quits.

        It comes here from a dialog that is cancelled too, before anything has begun.
        """
        if self._timer is not None:
            self.abandon()
            self._leave(context)

    def escape(self) -> None:
        """Esc was pressed; the work is waited for all the same, as long as it takes."""

    def abandon(self) -> None:
        """The window is gone that the work was for; its thread ends by itself."""

    def done(self, result: Any) -> set[str]:
        """Say what has been done; return the operator's status."""
        raise NotImplementedError

    def _leave(self: Any, context: bpy.types.Context) -> None:
        self._status.clear()
        context.window_manager.event_timer_remove(self._timer)

    def _end(self: Any) -> set[str]:
        if self._work.error:
            self.report({"ERROR"}, window_line(self._work.error))
            return {"CANCELLED"}
        return self.done(self._work.result)
