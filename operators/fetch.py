"""Finished frames, fetched from where a farm renders them to a folder of this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import bpy

from ..chunking.errors import BadSetting, ChunkError
from ..chunking.plain_text import plain_line
from ..chunking.plan import Plan
from ..command_line.window_words import window_line
from ..engines.watching import ENDED
from ..scene.chosen_scene import absolute_path, scene_and_settings, scene_frames
from ..transport.destinations import frame_source_of
from ..transport.fetched_folder import FetchedFolder
from ..transport.fetching import Fetched, Fetching
from ..transport.followed_fetching import FollowedFetching
from ..window.array_watch import open_blend, watched
from ..window.slow_work import SlowOperator, redraw_properties
from ..window.transfers import FETCHING, Transfer, show_transfer
from ..window.wanted_frames import may_look

WIDTH = 460
"""Of the dialog, in points."""
LOOK_SECONDS = 5.0


class RENDER_OT_array_chunk_fetch(SlowOperator, bpy.types.Operator):
    """Fetch finished frames from where a farm renders them, each checked, to a folder here"""

    bl_idname = "render.array_chunk_fetch"
    bl_label = "Fetch Frames…"
    bl_options = {"REGISTER"}

    __annotations__ = {
        "source": bpy.props.StringProperty(
            name="From",
            description="The output folder of the array, as this machine sees it",
            subtype="DIR_PATH",
            options={"SKIP_SAVE"},
        ),
        "to": bpy.props.StringProperty(
            name="To",
            description="The folder that the frames come to, which is made if it is not there",
            subtype="DIR_PATH",
            options={"SKIP_SAVE"},
        ),
        "follow": bpy.props.BoolProperty(
            name="As They Finish",
            description="Look again every few seconds, until all frames are here or the array is "
            "over",
            options={"SKIP_SAVE"},
            default=True,
        ),
    }

    KIND = "fetch"
    BUSY = "Frames are being fetched at the moment: wait for the end, or press Esc"

    _confirmed: ClassVar[dict[str, tuple[str, str]]] = {}
    """From where to where the frames of each file came last."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return cls.is_free() and may_look(cls, context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        source, to = self._confirmed.get(open_blend(), (_array_output(), ""))
        self.source = self.source or source
        self.to = self.to or to
        return context.window_manager.invoke_props_dialog(self, width=WIDTH, confirm_text="Fetch")

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.use_property_split = True
        self.layout.use_property_decorate = False
        for name in self.__annotations__:
            self.layout.prop(self, name)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            self._frames = _frames(context)
            self._transfer = Transfer(FETCHING, f"from {self.source}")
            fetching = self._fetching()
        except ChunkError as error:
            self.report({"ERROR"}, window_line(f"Not fetched: {error}"))
            return {"CANCELLED"}
        self._confirmed[open_blend()] = self.source, self.to
        show_transfer(self._transfer)
        # Without a window nobody could press Esc.
        follows = self.follow and not bpy.app.background
        followed = FollowedFetching(fetching, _array_is_over(absolute_path(self.source)))
        return self.begin(
            context, lambda: _fetch(followed, self._transfer, follows), self._shown_status
        )

    def _fetching(self) -> Fetching:
        if "://" in self.source:  # it would ask the network, without a question of Blender's
            raise BadSetting(
                f"From is {self.source!r}: name a folder. From a bucket the command line fetches."
            )
        if not self.to:
            raise BadSetting("No folder to fetch to is named.")
        source = frame_source_of(absolute_path(self.source), Path(bpy.app.tempdir))
        target = Path(absolute_path(self.to))
        source.refuse_target(target)
        transfer = self._transfer
        return Fetching(source, FetchedFolder(target), self._frames, transfer, transfer.check)

    def _shown_status(self) -> str:
        redraw_properties()
        return f"{self._transfer.text} · Esc cancels"

    def escape(self) -> None:
        self._transfer.cancel()

    def abandon(self) -> None:
        self._transfer.cancel()

    def done(self, result: Fetched | None) -> set[str]:
        if result is None:
            self.report({"WARNING"}, "Fetching was cancelled: what is here is not fetched again")
            return {"CANCELLED"}
        for frame, reason in sorted(result.damaged.items()):
            text = f"Frame {frame} was not fetched: {reason}. {result.advice(frame)}"
            self.report({"WARNING"}, window_line(text))
        here, wanted = len(result.here), len(self._frames)
        news = f"{len(result.frames)} were new" if result.frames else "nothing new"
        self.report({"INFO"}, plain_line(f"{here} of {wanted} frames are in {self.to}: {news}"))
        return {"FINISHED"}


def _frames(context: bpy.types.Context) -> Any:
    scene, settings = scene_and_settings({}, context.scene)
    return Plan.of(settings, scene_frames(scene)).frames


def _array_output() -> str:
    """Where the array that is watched renders, as this machine sees it."""
    array = watched()
    return array.submission.output if array is not None else ""


def _array_is_over(source: str) -> Callable[[], bool]:
    """Whether the array that is watched is over, where it renders into this folder."""
    array = watched()
    if array is None or not array.submission.output:
        return lambda: False
    if Path(array.submission.output) != Path(source):
        return lambda: False
    return lambda: array.state is not None and array.state.state in ENDED


def _fetch(followed: FollowedFetching, transfer: Transfer, follows: bool) -> Fetched | None:
    """Fetch, in a thread; None: it was cancelled. Raises ChunkError."""
    fetching = followed.fetching
    try:
        while not _is_enough(followed, follows):
            here, frames = len(fetching.done.here), len(fetching.frames or ())
            text = followed.error or f"Fetched {here} of {frames} frames: waiting for more"
            transfer.wait(LOOK_SECONDS, text, here, frames)
        return fetching.done
    except ChunkError:
        if transfer.is_cancelled:
            return None
        raise
    finally:
        transfer.is_over = True


def _is_enough(followed: FollowedFetching, follows: bool) -> bool:
    if follows:
        return followed.look()
    followed.fetching.look()
    if followed.fetching.pin is None:
        raise BadSetting("No array has rendered there yet: name the output folder of one.")
    return True


register, unregister = bpy.utils.register_classes_factory((RENDER_OT_array_chunk_fetch,))
