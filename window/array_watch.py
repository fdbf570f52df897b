"""The array that the panel shows: watched by a thread, carried over by a timer.

What was submitted is not remembered in the .blend: saving it would change the file under its own
children, which stop when they see that. It is in the user's folder for state, by the file's path.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ..chunking.errors import (
    BadSetting,
    ChunkError,
)
from ..command_line.window_words import window_line
from ..engines.engine import (
    ChildState,
    Engine,
)
from ..engines.farms import (
    FARM,
    NEEDS_NETWORK,
    engine_for,
)
from ..engines.submissions import (
    Submission,
    last,
)
from ..engines.watching import (
    FILM,
    Watched,
)
from ..report.troubles import MEANINGS
from .in_thread import InThread
from .redrawing import redraw_properties

LOOK_SECONDS = 0.5
OFFLINE = (
    "{farm} is reached over the network, and online access is off: switch on Preferences → System "
    "→ Network → Allow Online Access"
)

_watched: Watched | None = None
_shown_news = -1


class ArrayChunkFailed(bpy.types.PropertyGroup):
    """A child that failed, for the list in the panel."""

    __annotations__ = {
        "index": bpy.props.IntProperty(name="Child", description="Array index of the child"),
        "reason": bpy.props.StringProperty(name="Reason", description="What the farm says of it"),
    }


class ArrayChunkFailedList(bpy.types.PropertyGroup):
    """The children that failed; belongs to the window, not to the file."""

    __annotations__ = {
        "rows": bpy.props.CollectionProperty(type=ArrayChunkFailed),
        "active": bpy.props.IntProperty(
            name="Child", description="The failed child whose log is shown", min=0
        ),
    }


def watched() -> Watched | None:
    """The array that is shown."""
    return _watched


def watch(submission: Submission, engine: Engine) -> Watched:
    """Show this array from now on; in the window a thread asks how it is doing."""
    global _watched, _shown_news
    stop()
    _watched, _shown_news = Watched(submission, engine), -1
    if bpy.app.background:
        _watched.look_now()
        _carry_over()
    else:
        _watched.start()
        # Persistent: it is shown whichever file is open.
        bpy.app.timers.register(_carry_over, first_interval=LOOK_SECONDS, persistent=True)
    return _watched


def stop() -> None:
    """Watch no more; the array goes on."""
    global _watched
    if _watched is not None:
        _watched.stop()
    _watched = None
    if bpy.app.timers.is_registered(_carry_over):
        bpy.app.timers.unregister(_carry_over)


def refusal(farm: str) -> str:
    """Why this farm may not be reached; empty: it may."""
    if farm not in NEEDS_NETWORK or bpy.app.online_access:
        return ""
    return OFFLINE.format(farm=farm_label(farm))


def open_blend() -> str:
    """The path of the open file, as submissions keep it; empty: it was never saved."""
    return str(Path(bpy.data.filepath).resolve()) if bpy.data.filepath else ""


def farm_label(farm: str) -> str:
    """The farm's name as people know it."""
    return next((label for name, label, _ in FARM.choices if name == farm), farm)


def _carry_over() -> float | None:
    """Bring what the thread has found to where Blender draws it; from Blender's main thread."""
    global _shown_news
    if _watched is None:
        return None
    why_not = refusal(_watched.submission.farm)
    if why_not:  # switched off meanwhile
        _watched.stop()
        _watched.error = why_not
        redraw_properties()
        return None
    if _watched.news != _shown_news:
        _shown_news = _watched.news
        _fill(_watched)
        redraw_properties()
    return LOOK_SECONDS


def _fill(array: Watched) -> None:
    manager: Any = bpy.context.window_manager
    failed = array.state.failed if array.state is not None else ()
    told = [(child.index, _reason(child)) for child in failed]
    kept = manager.array_chunk_failed
    if [(row.index, row.reason) for row in kept.rows] != told:
        kept.rows.clear()
        for index, reason in told:
            row = kept.rows.add()
            row.index, row.reason = index, reason


def _reason(child: ChildState) -> str:
    """What the farm says of a child that failed, with what our own exit codes mean."""
    meaning = MEANINGS.get(child.exit_code, "") if child.exit_code is not None else ""
    if not meaning:
        return child.reason or "the farm gives no reason"
    return f"{meaning} ({child.reason})" if child.reason else meaning


class RENDER_OT_array_chunk_watch(bpy.types.Operator):
    """Show how the array is doing that was submitted last from this file"""

    bl_idname = "render.array_chunk_watch"
    bl_label = "Watch Last Array"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not bpy.data.filepath:
            cls.poll_message_set("Open the file that was submitted")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            submission = last(open_blend())
            engine = engine_for(submission)
            if why_not := refusal(submission.farm):
                raise BadSetting(why_not)
            watch(submission, engine)
        except ChunkError as error:
            self.report({"ERROR"}, window_line(str(error)))
            return {"CANCELLED"}
        return {"FINISHED"}


class _OfWatched(bpy.types.Operator):
    """What needs an array that is shown, and can be reached."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if _watched is None:
            cls.poll_message_set("No array is shown: submit one, or watch the last one")
            return False
        why_not = refusal(_watched.submission.farm)
        if why_not:
            cls.poll_message_set(window_line(why_not))
        return not why_not


class RENDER_OT_array_chunk_look(_OfWatched):
    """Ask the farm now how the array is doing, not only every few seconds"""

    bl_idname = "render.array_chunk_look"
    bl_label = "Look Now"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        assert _watched is not None
        _ask(_watched)
        return {"FINISHED"}


class RENDER_OT_array_chunk_child_log(_OfWatched):
    """Show the end of this log"""

    bl_idname = "render.array_chunk_child_log"
    bl_label = "Show Log"
    bl_options = {"INTERNAL"}

    __annotations__ = {
        "index": bpy.props.IntProperty(
            name="Child",
            description="Array index of the child; -1: the film's job",
            min=FILM,
            options={"SKIP_SAVE"},
        )
    }

    def execute(self, context: bpy.types.Context) -> set[str]:
        assert _watched is not None
        _watched.ask_for_tail(self.index)
        _ask(_watched)
        return {"FINISHED"}


class RENDER_OT_array_chunk_cancel(InThread, _OfWatched):
    """End all children of the array that wait or run; frames that are done stay done"""

    bl_idname = "render.array_chunk_cancel"
    bl_label = "Cancel Array"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not super().poll(context):
            return False
        if _watched is not None and _watched.is_over:
            cls.poll_message_set("The array has ended")
            return False
        return cls.is_free()

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        return context.window_manager.invoke_confirm(
            self,
            event,
            title="Cancel the array?",
            message="Its children are ended; frames that are done stay done",
            confirm_text="Cancel Array",
            icon="WARNING",
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        array = _watched
        assert array is not None
        return self.begin(
            context,
            lambda: array.engine.cancel(array.submission.ids),
            f"Cancelling {array.submission.name}…",
        )

    def done(self, context: bpy.types.Context, result: Any) -> set[str]:
        self.report({"INFO"}, "The array was asked to end; frames that are done stay done")
        if _watched is not None:
            _ask(_watched)
        return {"FINISHED"}


def _ask(array: Watched) -> None:
    if bpy.app.background:
        array.look_now()
        _carry_over()
    else:
        array.look()


_register, _unregister = bpy.utils.register_classes_factory(
    (
        ArrayChunkFailed,
        ArrayChunkFailedList,
        RENDER_OT_array_chunk_watch,
        RENDER_OT_array_chunk_look,
        RENDER_OT_array_chunk_child_log,
        RENDER_OT_array_chunk_cancel,
    )
)


def register() -> None:
    _register()
    bpy.types.WindowManager.array_chunk_failed = bpy.props.PointerProperty(
        type=ArrayChunkFailedList, options={"SKIP_SAVE"}
    )


def unregister() -> None:
    stop()
    del bpy.types.WindowManager.array_chunk_failed
    _unregister()
