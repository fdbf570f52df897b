"""What changes the file by itself with each frame: keyframes, drivers, and handlers in Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import bpy

from .. import __package__ as base_package
from .blender_versions.release import curves_of

FRAME_RANGE_PROPERTIES = ("frame_start", "frame_end")
_ONE_OF_A_VECTOR = re.compile(r"\[\d+\]$")
HANDLERS = ("frame_change_", "depsgraph_update_", "render_")
"""What the names of the lists of `bpy.app.handlers` begin with that a rendered frame runs."""
NOT_OF_A_FRAME = "render_cancel"
"""Runs where a frame was not rendered, and no other comes."""


def animated_paths(item: Any) -> list[str]:
    """The properties of a data-block that keyframes, strips of them or drivers animate."""
    animation = item.animation_data
    if animation is None:
        return []
    actions = [animation.action, *(strip.action for strip in _played_strips(animation))]
    curves = [curve for action in actions if action is not None for curve in curves_of(action)]
    return [curve.data_path for curve in [*curves, *animation.drivers]]


def _played_strips(animation: bpy.types.AnimData) -> Iterator[bpy.types.NlaStrip]:
    """The strips of keyframes that count, those inside meta strips too.

    A muted track does nothing, nor does any beside one that is solo. But what a muted strip would
    animate is set to its default in each frame (tried in 4.2 and 5.2).
    """
    every = animation.nla_tracks if animation.use_nla else ()
    tracks = [track for track in every if track.is_solo] or [one for one in every if not one.mute]
    waiting = [strip for track in tracks for strip in track.strips]
    while waiting:
        strip = waiting.pop()
        yield strip
        waiting.extend(strip.strips)


def range_is_read() -> bool:
    """Whether any driver of the file reads a scene's start or end frame."""
    for driver in drivers():
        targets = [target for variable in driver.variables for target in variable.targets]
        names = {target.data_path.rpartition(".")[2] for target in targets}
        if any(name in names or name in driver.expression for name in FRAME_RANGE_PROPERTIES):
            return True
    return False


def drivers() -> Iterator[bpy.types.Driver]:
    """All drivers of the file, those of trees and shape keys inside data-blocks too."""
    collections = [
        getattr(bpy.data, each.identifier)
        for each in bpy.types.BlendData.bl_rna.properties
        if each.type == "COLLECTION"
    ]
    for owner in (owner for collection in collections for owner in collection):
        inside = (getattr(owner, "node_tree", None), getattr(owner, "shape_keys", None))
        for holder in (owner, *inside):
            animation = getattr(holder, "animation_data", None)
            if animation is not None:
                yield from (curve.driver for curve in animation.drivers)


def reads_python(driver: bpy.types.Driver) -> bool:
    """Whether it may read a property that Python has defined, which a function may give."""
    targets = [target for variable in driver.variables for target in variable.targets]
    return any(_is_defined_by_python(target) for target in targets)


def _is_defined_by_python(target: Any) -> bool:
    owner = target.id or bpy.context.scene  # without an owner it is of the active scene
    try:
        place = owner.path_resolve(_ONE_OF_A_VECTOR.sub("", target.data_path), False)
    except ValueError:  # it leads to nothing
        return False
    if not isinstance(place, bpy.types.bpy_prop):
        return False
    name = place.path_from_id().rpartition(".")[2]
    known = place.data.bl_rna.properties.get(name.partition("[")[0])
    return known is not None and known.is_runtime


def frame_handlers() -> Iterator[Callable[..., Any]]:
    """Functions that run with each frame, before it or after, and may do what they like.

    Without our own.
    """
    for name in dir(bpy.app.handlers):
        if name.startswith(HANDLERS) and name != NOT_OF_A_FRAME:
            for handler in getattr(bpy.app.handlers, name):
                if not is_ours(handler):
                    yield handler


def is_ours(handler: Callable[..., Any]) -> bool:
    """Whether a handler is this extension's own."""
    return f"{module_of(handler)}.".startswith(f"{base_package}.")


def module_of(handler: Callable[..., Any]) -> str:
    """The module that a handler is of; one that a text of the file has defined names none."""
    return getattr(handler, "__module__", None) or "a text"
