"""What a geometry-nodes modifier hands to its node group.

Up to Blender 5.1 the values are custom properties of the modifier, from 5.2 on properties of its
own interface; this module alone knows both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def input_values(modifier: Any) -> Iterator[Any]:
    """The values of all inputs of a modifier of the type NODES, data-blocks among them."""
    if not hasattr(modifier, "properties"):
        yield from modifier.values()
        return
    interface = modifier.properties
    if interface is None:  # there is no node group
        return
    for each in interface.inputs.bl_rna.properties:
        if each.type == "POINTER":
            yield getattr(getattr(interface.inputs, each.identifier), "value", None)
