"""The array that was submitted, as the panel draws it."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy

from ..chunking.plain_text import plain_line
from ..command_line.window_words import window_line
from ..engines.engine import ChildState, State
from ..engines.watching import FILM, Watched
from ..window.array_watch import farm_label, watched
from ..window.frame_previews import newest_icons, strip_icons
from ..window.transfers import SENDING
from .findings_list import draw_text, region_characters
from .transfer_bar import draw_transfer

ICONS: dict[State, Any] = {
    State.WAITING: "SORTTIME",
    State.RUNNING: "PLAY",
    State.SUCCEEDED: "CHECKMARK",
    State.FAILED: "CANCEL",
}
UNSEEN = "Frames are not counted: the output folder is not there, or not seen from here"
STRIP_SCALE = 0.9
"""Of the strip's icons, which have no gap between them then."""
PICTURE_SCALE = 5.0
LOG_LINES = 12
"""How many of a log's last lines are drawn."""


class RENDER_UL_array_chunk_failed(bpy.types.UIList):
    """One line for each child that failed"""

    bl_idname = "RENDER_UL_array_chunk_failed"

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: Any,
        item: Any,
        icon: int,
        active_data: Any,
        active_property: str,
    ) -> None:
        split = layout.split(factor=0.3)  # an index of four digits is whole
        split.label(text=f"{item.index:d}", icon="CANCEL")
        split.label(text=window_line(item.reason))


def draw_array(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The buttons and, where an array is watched, how it is doing."""
    column = layout.column(align=True)
    draw_transfer(column, SENDING, "render.array_chunk_send", "FOLDER_REDIRECT")
    column.operator("render.array_chunk_submit", icon="EXPORT")
    array = watched()
    if array is None:
        column.operator("render.array_chunk_watch", icon="HIDE_OFF")
        return
    box = layout.box().column()
    name, farm = array.submission.name, farm_label(array.submission.farm)
    row = box.row()
    row.label(text=plain_line(f"{name} · {farm}"), icon="NETWORK_DRIVE")
    row.operator("render.array_chunk_look", text="", icon="FILE_REFRESH", emboss=False)
    if array.error:
        draw_text(box.column(align=True), array.error, True, region_characters())
    _draw_frames(box, array)
    if array.state is not None:
        counts = {state: array.state.counts.get(state, 0) for state in State}
        for state in filter(counts.get, counts):
            box.label(text=plain_line(f"{counts[state]} {state.value}"), icon=ICONS[state])
        if array.state.film is not None:
            _draw_film(box, array.state.film, array.tails.get(FILM))
    column = layout.column(align=True)
    column.operator("render.array_chunk_cancel", text="Cancel Array…", icon="X")
    column.operator("render.array_chunk_resubmit", icon="FILE_REFRESH")
    if array.state is not None and array.state.failed:
        _draw_failed(layout, context, array)


def _draw_frames(box: Any, array: Watched) -> None:
    if array.done is None or not array.wanted:
        if array.news:
            draw_text(box.column(align=True), UNSEEN, False, region_characters())
        return
    text = f"{array.done:d} of {array.wanted:d} frames done"
    box.progress(factor=array.done / array.wanted, text=text)
    if array.film is None:
        return
    strip = box.row(align=True)
    strip.scale_x = STRIP_SCALE
    strip.alignment = "CENTER"
    for icon in strip_icons():
        strip.label(text="", icon_value=icon)
    counts = array.film.counts.items()
    box.label(text=plain_line(", ".join(f"{count} {state}" for state, count in counts)))
    pictures = box.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
    for frame, icon in newest_icons():
        cell = pictures.column(align=True)
        cell.template_icon(icon_value=icon, scale=PICTURE_SCALE)
        cell.label(text=f"Frame {frame:d}")


def _draw_film(box: Any, film: ChildState, tail: list[str] | None) -> None:
    row = box.row()
    row.label(text=plain_line(f"Film {film.state.value}"), icon=ICONS[film.state])
    if film.state is not State.FAILED:
        return
    row.operator("render.array_chunk_child_log", text="", icon="TEXT").index = FILM
    if film.reason:
        draw_text(box.column(align=True), film.reason, False, region_characters())
    if tail is not None:
        _draw_tail(box, tail)


def _draw_failed(layout: Any, context: bpy.types.Context, array: Watched) -> None:
    manager: Any = context.window_manager
    failed = manager.array_chunk_failed
    layout.template_list(
        RENDER_UL_array_chunk_failed.bl_idname, "", failed, "rows", failed, "active", rows=3
    )
    if not failed.rows:
        return
    chosen = failed.rows[min(failed.active, len(failed.rows) - 1)]
    draw_text(layout.column(align=True), chosen.reason, False, region_characters())
    log = layout.operator(
        "render.array_chunk_child_log", text=f"Log of Child {chosen.index:d}", icon="TEXT"
    )
    log.index = chosen.index
    tail = array.tails.get(chosen.index)
    if tail is None:
        return
    _draw_tail(layout.box(), tail)


def _draw_tail(box: Any, tail: list[str]) -> None:
    width = region_characters()
    column = box.column(align=True)
    column.scale_y = 0.7
    lines = [part for each in tail for part in textwrap.wrap(window_line(each), width)]
    for line in lines[-LOG_LINES:]:
        column.label(text=line)


register, unregister = bpy.utils.register_classes_factory((RENDER_UL_array_chunk_failed,))
