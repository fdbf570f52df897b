"""Where the F-curves of an action are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

_HAS_LAYERS = bpy.app.version >= (4, 4, 0)


def curves_of(action: Any) -> Iterator[Any]:
    """All F-curves of an action, those for each of its users.

    Blender 4.4 put them into layers and strips, a bag for each user (slot); since then
    `Action.fcurves` was the first bag alone, and 5.0 took it away.
    """
    if not _HAS_LAYERS:
        yield from action.fcurves
        return
    for layer in action.layers:
        for strip in layer.strips:
            for bag in strip.channelbags:
                yield from bag.fcurves
