"""Files that are being sent or fetched, as panels draw it: a bar in the place of the button."""

from __future__ import annotations

from typing import Any

from ..command_line.window_words import window_line
from ..window.transfers import shown_transfer


def draw_transfer(column: Any, verb: str, operator: str, icon: str) -> None:
    """The operator's button; while files of this kind are on their way, how far that is."""
    transfer = shown_transfer(verb)
    if transfer is None:
        column.operator(operator, icon=icon)
    else:
        column.progress(factor=transfer.factor, text=window_line(transfer.text))
