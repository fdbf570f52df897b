"""What a geometry-nodes modifier hands to its node group, and where its bakes go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import bpy

BAKES_CAN_BE_PACKED = bpy.app.version >= (4, 3, 0)
"""Whether bakes of geometry nodes can be inside the .blend, where Python is not told of them."""

_HAS_INTERFACE = bpy.app.version >= (5, 2, 0)


def input_values(modifier: Any) -> Iterator[Any]:
    """The values of all inputs of a modifier of the type NODES, data-blocks among them.

    Up to Blender 5.1 they are custom properties of the modifier, from 5.2 on properties of its own
    interface.
    """
    if not _HAS_INTERFACE:
        yield from modifier.values()
        return
    yield from interface_values(modifier)


def interface_values(holder: Any) -> Iterator[Any]:
    """The data-blocks that what holds a node group hands to it, from 5.2 on: None where it doesn't.

    That is a modifier of an object or a strip and, from 5.3 on, a strip or an effect of a scene's
    compositor.
    """
    interface = getattr(holder, "properties", None)
    if interface is None or not hasattr(interface, "inputs"):  # there is no node group
        return
    for each in interface.inputs.bl_rna.properties:
        if each.type == "POINTER":
            yield getattr(getattr(interface.inputs, each.identifier), "value", None)


def bake_to_disk(bake: Any) -> None:
    """Have a bake of a modifier go to disk, for which 4.3 brought a choice."""
    if BAKES_CAN_BE_PACKED:
        bake.bake_target = "DISK"


def set_input_value(modifier: Any, identifier: str, value: str) -> None:
    """Hand another text to an input for which `input_value` gives one."""
    if _HAS_INTERFACE:
        getattr(modifier.properties.inputs, identifier).value = value
    else:
        modifier[identifier] = value


def input_value(modifier: Any, identifier: str) -> Any:
    """What a modifier of the type NODES hands to one input of its group.

    None where there is no such input, and where it is an attribute's name that stands for values.
    A choice of a menu is a number up to Blender 5.1, and its name from 5.2 on.
    """
    if not _HAS_INTERFACE:
        is_attribute = modifier.get(f"{identifier}_use_attribute", False)
        return None if is_attribute else modifier.get(identifier)
    inputs = modifier.properties.inputs if modifier.properties is not None else None
    given = getattr(inputs, identifier, None)
    is_value = getattr(given, "type", "VALUE") == "VALUE"
    return getattr(given, "value", None) if is_value else None


def samples_sounds(nodes: Iterable[Any]) -> bool:
    """Whether one of these nodes makes geometry of what a sound holds: from 5.2 on."""
    return any(node.bl_idname == "GeometryNodeSampleSoundFrequencies" for node in nodes)
