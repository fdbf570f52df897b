"""The array that was submitted: watched, asked for, its logs shown, cancelled."""

from __future__ import annotations

from typing import Any

import bpy

from ..chunking.errors import BadSetting, ChunkError
from ..command_line.window_words import window_line
from ..engines.farms import engine_for
from ..engines.submissions import last
from ..engines.watching import FILM
from ..window.array_watch import ask, open_blend, refusal, watch, watched
from ..window.slow_work import SlowOperator


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
        array = watched()
        if array is None:
            cls.poll_message_set("No array is shown: submit one, or watch the last one")
            return False
        why_not = refusal(array.submission.farm)
        if why_not:
            cls.poll_message_set(window_line(why_not))
        return not why_not


class RENDER_OT_array_chunk_look(_OfWatched):
    """Ask the farm now how the array is doing, not only every few seconds"""

    bl_idname = "render.array_chunk_look"
    bl_label = "Look Now"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        array = watched()
        assert array is not None
        ask(array)
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
        array = watched()
        assert array is not None
        array.ask_for_tail(self.index)
        ask(array)
        return {"FINISHED"}


class RENDER_OT_array_chunk_cancel(SlowOperator, _OfWatched):
    """End all children of the array that wait or run; frames that are done stay done"""

    bl_idname = "render.array_chunk_cancel"
    bl_label = "Cancel Array"
    bl_options = {"REGISTER"}
    KIND = "cancel"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not super().poll(context):
            return False
        array = watched()
        if array is not None and array.is_over:
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
        array = watched()
        assert array is not None
        return self.begin(
            context,
            lambda: array.engine.cancel(array.submission.ids),
            lambda: f"Cancelling {array.submission.name}…",
        )

    def done(self, result: Any) -> set[str]:
        self.report({"INFO"}, "The array was asked to end; frames that are done stay done")
        array = watched()
        if array is not None:
            ask(array)
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory(
    (
        RENDER_OT_array_chunk_watch,
        RENDER_OT_array_chunk_look,
        RENDER_OT_array_chunk_child_log,
        RENDER_OT_array_chunk_cancel,
    )
)
