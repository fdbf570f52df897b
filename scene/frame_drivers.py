"""The drivers of the file, as far as they matter to how frames are rendered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

FRAME_RANGE_PROPERTIES = ("frame_start", "frame_end")


def range_is_read() -> bool:
    """Whether any driver of the file reads a scene's start or end frame."""
    return any(_reads_range(driver) for driver in drivers())


def drivers() -> Iterator[bpy.types.Driver]:
    """All drivers of the file."""
    for collection in _data_collections():
        for owner in collection:
            yield from _drivers_of(owner)


def _data_collections() -> Iterator[Any]:
    for each in bpy.types.BlendData.bl_rna.properties:
        if each.type == "COLLECTION":
            yield getattr(bpy.data, each.identifier)


def _drivers_of(owner: Any) -> Iterator[bpy.types.Driver]:
    for holder in (owner, getattr(owner, "node_tree", None), getattr(owner, "shape_keys", None)):
        animation = getattr(holder, "animation_data", None)
        if animation is not None:
            yield from (curve.driver for curve in animation.drivers)


def _reads_range(driver: bpy.types.Driver) -> bool:
    if any(name in driver.expression for name in FRAME_RANGE_PROPERTIES):
        return True
    return any(
        target.data_path.rpartition(".")[2] in FRAME_RANGE_PROPERTIES
        for variable in driver.variables
        for target in variable.targets
    )
