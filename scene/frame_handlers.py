"""Python that the artist's file, texts or add-ons have Blender run with each frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import bpy

from .. import __package__ as base_package

KINDS = ("frame_change_", "depsgraph_update_", "render_")
"""What the names of the lists of `bpy.app.handlers` begin with that a rendered frame runs."""
NOT_OF_A_FRAME = "render_cancel"
"""Runs where a frame was not rendered, and no other comes."""


def frame_handlers() -> Iterator[Callable[..., Any]]:
    """Functions that run with each frame, before it or after, and may do what they like.

    Without our own.
    """
    for name in dir(bpy.app.handlers):
        if name.startswith(KINDS) and name != NOT_OF_A_FRAME:
            for handler in getattr(bpy.app.handlers, name):
                if not f"{module_of(handler)}.".startswith(f"{base_package}."):
                    yield handler


def module_of(handler: Callable[..., Any]) -> str:
    """The module that a handler is of; one that a text of the file has defined names none."""
    return getattr(handler, "__module__", None) or "a text"
