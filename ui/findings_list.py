"""The list of findings, as a panel draws it."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy

from ..chunking.plain_text import plain_line
from ..command_line.window_words import window_line
from ..scene.preflight import ERROR
from ..scene.preflight.fixes import FIXES
from ..window.findings import open_file

CHARACTER_POINTS = 5.6
"""Mean width of a character of Blender's interface font at 11 points and a scale of 1, measured on
sentences of ours; labels are cut off, so it is rather too much."""
SPARE_POINTS = 80.0
"""What icon, boxes, margins and scroll bar take of a panel's width."""
FEWEST_CHARACTERS = 24
WIDE_CHARACTERS = 40
"""From so many on the two buttons stand side by side, before their words would be cut off."""


def draw_findings(layout: bpy.types.UILayout, window_manager: Any) -> None:
    """Draw what Check for Farm has found, each finding in a box with its buttons."""
    if window_manager.array_chunk_checked != open_file():
        return
    findings = window_manager.array_chunk_findings
    if not findings:
        layout.label(text="Nothing found", icon="CHECKMARK")
    width = region_characters()
    for index, finding in enumerate(findings):
        _draw_finding(layout.box().column(), finding, index, width)


def draw_messages(layout: bpy.types.UILayout, findings: list[Any], points: int, most: int) -> None:
    """Draw findings without their buttons into a layout of that width, and how many are left out.

    For a dialog, whose buttons would close it.
    """
    if not findings:
        layout.label(text="Nothing found", icon="CHECKMARK")
    width = int((points - SPARE_POINTS) / CHARACTER_POINTS)
    for finding in findings[:most]:
        draw_text(layout.column(align=True), finding.message, finding.severity == ERROR, width)
    if len(findings) > most:
        layout.label(text=f"{len(findings) - most:d} more: see Check for Farm", icon="BLANK1")


def draw_text(column: Any, text: str, is_error: bool, width: int) -> None:
    """Draw a sentence as lines of so many characters."""
    column.scale_y = 0.8
    column.alert = is_error
    icon: Any = "ERROR" if is_error else "INFO"
    for number, line in enumerate(textwrap.wrap(window_line(text), width)):
        column.label(text=line, icon="BLANK1" if number else icon)


def _draw_finding(column: Any, finding: Any, index: int, width: int) -> None:
    words = column.column(align=True)
    draw_text(words, finding.message, finding.severity == ERROR, width)
    buttons = column.row(align=True) if width >= WIDE_CHARACTERS else column.column(align=True)
    if finding.fix in FIXES:
        fix = buttons.operator("render.array_chunk_fix", text=plain_line(FIXES[finding.fix].label))
        fix.index = index
    if finding.data_name:
        text = plain_line(finding.data_name)
        select = buttons.operator(
            "render.array_chunk_select", text=text, icon="RESTRICT_SELECT_OFF"
        )
        select.index = index


def region_characters() -> int:
    """How many characters of a sentence fit into a line of the region that is being drawn."""
    region = bpy.context.region
    scale = bpy.context.preferences.system.ui_scale
    points = (region.width if region is not None else 0) / scale
    return max(FEWEST_CHARACTERS, int((points - SPARE_POINTS) / CHARACTER_POINTS))
