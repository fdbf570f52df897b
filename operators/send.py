"""The saved file, sent with every file that it renders with to where a farm finds it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import bpy

from ..child.session import session_of_process
from ..chunking.errors import BadSetting, ChunkError
from ..chunking.plain_text import plain_line
from ..chunking.plan import Plan
from ..command_line.options import TO
from ..command_line.window_words import window_line
from ..properties import property_annotations
from ..publishing.fingerprint import state_of
from ..rendering.farm_check import check_files
from ..scene.chosen_scene import absolute_path, scene_and_settings, scene_frames
from ..scene.preflight.registry import refuse_unfit
from ..scene.sent_project import SentProject, project_to_send
from ..transport.destinations import destination_of
from ..transport.project_destination import ProjectDestination
from ..transport.rewriting_process import RewritingProcess
from ..transport.sending import Outcome, send
from ..window.array_watch import open_blend
from ..window.slow_work import SlowOperator, redraw_properties
from ..window.transfers import SENDING, Transfer, show_transfer
from ..window.wanted_frames import may_look

WIDTH = 460
"""Of the dialog, in points."""


class RENDER_OT_array_chunk_send(SlowOperator, bpy.types.Operator):
    """Send the saved file with everything that it renders with to a folder, for a farm"""

    bl_idname = "render.array_chunk_send"
    bl_label = "Send Project…"
    bl_options = {"REGISTER"}

    __annotations__ = property_annotations((TO,), options={"SKIP_SAVE"})

    KIND = "send"
    BUSY = "The project is being sent at the moment: wait for its end, or press Esc"

    _confirmed: ClassVar[dict[str, str]] = {}
    """Where each file was sent last."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not bpy.data.filepath:
            cls.poll_message_set("Save the file first: what is on disk is sent")
            return False
        return cls.is_free() and may_look(cls, context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        if not self.to:
            self.to = self._confirmed.get(open_blend(), "")
        return context.window_manager.invoke_props_dialog(self, width=WIDTH, confirm_text="Send")

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.use_property_split = True
        self.layout.use_property_decorate = False
        self.layout.prop(self, "to")
        if bpy.data.is_dirty:
            self.layout.label(text="Unsaved changes: save the file first", icon="ERROR")

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            # Without a window, 4.x calls every file changed.
            if bpy.data.is_dirty and not bpy.app.background:
                raise BadSetting("Save the file first: it has changes that are not on disk.")
            if "://" in self.to:  # it would ask the network, without a question of Blender's
                raise BadSetting(
                    f"To is {self.to!r}: name a folder. To a bucket the command line sends."
                )
            destination = destination_of(absolute_path(self.to))
            sent_project, warnings = _gathered(context)
            destination.refuse_itself(sent_project.project)
        except ChunkError as error:
            self.report({"ERROR"}, window_line(f"Not sent: {error}"))
            return {"CANCELLED"}
        for warning in warnings:
            self.report({"WARNING"}, window_line(warning))
        self._confirmed[open_blend()] = self.to
        self._variables, self._destination = sent_project.variables, destination
        self._sending = show_transfer(Transfer(SENDING, f"to {destination}"))
        return self.begin(
            context,
            lambda: _send(sent_project, destination, self._sending),
            self._shown_status,
        )

    def _shown_status(self) -> str:
        redraw_properties()
        return f"{self._sending.text} · Esc cancels"

    def escape(self) -> None:
        self._sending.cancel()

    def done(self, result: Outcome | None) -> set[str]:
        if result is None:
            text = f"Sending to {self._destination} was cancelled: what is there is not sent again"
            self.report({"WARNING"}, plain_line(text))
            return {"CANCELLED"}
        self.report({"INFO"}, plain_line(_said(result, self._destination, self._variables)))
        return {"FINISHED"}


def _gathered(context: bpy.types.Context) -> tuple[SentProject, list[str]]:
    """The open file's project, and what is to be said of it. Raises ChunkError."""
    # Its state before it is looked at: what is saved after this is seen to be another file.
    state = state_of(Path(open_blend()))
    scene, settings = scene_and_settings({}, context.scene)
    frames = Plan.of(settings, scene_frames(scene)).frames
    warnings = refuse_unfit(check_files(scene, settings, frames, session_of_process()))
    sent_project = project_to_send(state)
    return sent_project, [*warnings, *sent_project.left]


def _send(
    sent_project: SentProject, destination: ProjectDestination, sending: Transfer
) -> Outcome | None:
    """Send it, in a thread; None: it was cancelled. Raises ChunkError."""
    project = sent_project.project
    try:
        with tempfile.TemporaryDirectory(prefix="array_chunk-send-") as folder:
            rewriting = RewritingProcess(project.layout, Path(folder))
            sending.ends = rewriting.end
            return send(project, destination, rewriting.rewrite, sending)
    except ChunkError:
        # A Blender that was ended in the middle of its work has failed for no other reason.
        if sending.is_cancelled:
            return None
        raise
    finally:
        sending.is_over = True


def _said(result: Outcome, destination: ProjectDestination, variables: Mapping[str, str]) -> str:
    files = f"{len(result.manifest.files)} files"
    sent = (
        f"{len(result.sent)} of {files} were new or had changed" if result.sent else "nothing new"
    )
    text = f"Sent to {destination}/{result.manifest.blend}: {sent}"
    if result.removed:
        text += f"; removed {len(result.removed)} that nothing wants any more"
    for name, place in variables.items():
        text += f"; render it with {name}={destination}/{place}"
    return text


register, unregister = bpy.utils.register_classes_factory((RENDER_OT_array_chunk_send,))
