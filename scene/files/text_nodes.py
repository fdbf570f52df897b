"""What single nodes of geometry nodes make of texts and of numbers.

Blender tells nobody what a node was given. Each kind of node below was tried by having Blender
import files by the text (4.5, 5.0, 5.2, 5.3); of what any other kind makes nothing is known.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .gapped_text import (
    A_NUMBER,
    ANYTHING,
    MOST_CHARACTERS,
    UNKNOWN,
    Text,
    Texts,
    changed,
    combinations,
    formatted,
    joined,
    of_number,
    texts_of,
)

Constant = bool | int | float | str
"""What is handed over of a number or of a menu."""


class NodeUse(NamedTuple):
    """A node, one of its outputs, and what the inputs are given.

    None stands for a number, a choice or a time that isn't known.
    """

    node: Any
    output: Any
    texts: Callable[[Any], Texts]
    each_text: Callable[[Any], list[Texts]]
    """For an input that takes several links, from its upper end to its lower one."""
    constant: Callable[[Any], Constant | None]
    frame: float | None

    def number(self, position: int) -> float | None:
        value = self.constant(self.node.inputs[position])
        return None if isinstance(value, str) else value

    def text(self, position: int) -> Texts:
        return self.texts(self.node.inputs[position])


def switched(use: NodeUse) -> list[Any] | None:
    """Of a node that chooses among its inputs those that it may hand on; None for any other."""
    inputs = [socket for socket in use.node.inputs if socket.identifier != "__extend__"]
    match use.node.bl_idname:
        case "GeometryNodeSwitch":
            return _picked(use.constant(inputs[0]), {False: inputs[1], True: inputs[2]})
        case "GeometryNodeIndexSwitch":
            return _picked(use.constant(inputs[0]), dict(enumerate(inputs[1:])))
        case "GeometryNodeMenuSwitch":
            return _picked(use.constant(inputs[0]), {each.name: each for each in inputs[1:]})
        case "NodeEnableOutput":
            return _picked(use.constant(inputs[0]), {True: inputs[1], False: None})
    return None


def _picked(choice: Constant | None, inputs: Mapping[Any, Any]) -> list[Any]:
    """The input that is chosen, or all where it isn't known; None stands for nothing at all."""
    return list(inputs.values()) if choice is None else [inputs.get(choice)]


def _join(use: NodeUse) -> Texts:
    parts = [use.text(0), *use.each_text(use.node.inputs[1])]
    return combinations(parts, lambda each: joined(each[1:], each[0]))


def _replace(use: NodeUse) -> Texts:
    parts = [use.text(0), use.text(1), use.text(2)]
    return combinations(parts, functools.partial(changed, _replaced))


def _replaced(text: str, old: str, new: str) -> str | None:
    if text.count(old) * len(new) > MOST_CHARACTERS:
        return None
    return text.replace(old, new) if old else text


def _slice(use: NodeUse) -> Texts:
    first, length = use.number(1), use.number(2)
    if first is None or length is None:
        return UNKNOWN
    part = slice(max(0, int(first)), max(0, int(first)) + max(0, int(length)))
    return combinations([use.text(0)], lambda texts: changed(lambda text: text[part], texts))


def _number_as_text(use: NodeUse) -> Texts:
    value, *details = (use.constant(each) for each in use.node.inputs if each.enabled)
    if isinstance(value, str):
        return UNKNOWN
    return frozenset({of_number(value, _spec(details))})


def _spec(details: list[Constant | None]) -> str:
    """For a fraction its decimals; for a whole number, from 5.2 on, a base and how many digits."""
    match details:
        case []:
            return "d"
        case [int(decimals)]:
            return f".{max(0, decimals)}f"
        case [10, int(digits)]:
            return f"0{max(0, digits)}d" if digits > 0 else "d"
    return "?"


def _format(use: NodeUse) -> Texts:
    items = [each for each in use.node.inputs[1:] if each.identifier != "__extend__"]
    texts = {each: use.texts(each) for each in items if each.type == "STRING"}
    parts = [use.text(0), *texts.values()]

    def filled(choice: tuple[Text, ...]) -> Text:
        values = dict(zip(texts, choice[1:], strict=True))
        return formatted(choice[0], lambda name, spec: _item(use, items, values, name, spec))

    return combinations(parts, filled)


def _item(use: NodeUse, items: list[Any], texts: Mapping[Any, Text], name: str, spec: str) -> Text:
    by_place = int(name) if name.isdigit() and int(name) < len(items) else None
    socket = next((each for each in items if each.name == name), None)
    if socket is None and by_place is not None:
        socket = items[by_place]
    if socket in texts:
        return ANYTHING if spec else texts[socket]
    if socket is None or socket.type not in {"INT", "VALUE"}:
        return ANYTHING
    value = use.constant(socket)
    return A_NUMBER if isinstance(value, str) else of_number(value, spec)


TEXTS: Mapping[str, Callable[[NodeUse], Texts]] = {
    "NodeReroute": lambda use: use.text(0),
    "FunctionNodeInputSpecialCharacters": lambda use: texts_of(
        "\n" if use.output == use.node.outputs[0] else "\t"
    ),
    "FunctionNodeInputString": lambda use: texts_of(use.node.string),
    "GeometryNodeStringJoin": _join,
    "FunctionNodeReplaceString": _replace,
    "FunctionNodeSliceString": _slice,
    "FunctionNodeValueToString": _number_as_text,
    "FunctionNodeFormatString": _format,
}

_OPERATIONS: Mapping[str, Callable[..., float]] = {
    "ADD": operator.add,
    "SUBTRACT": operator.sub,
    "MULTIPLY": operator.mul,
    "MINIMUM": min,
    "MAXIMUM": max,
}
_ROUNDINGS: Mapping[str, Callable[[float], float]] = {
    "ROUND": lambda value: math.floor(value + 0.5),
    "FLOOR": math.floor,
    "CEILING": math.ceil,
    "CEIL": math.ceil,
    "TRUNCATE": math.trunc,
    "TRUNC": math.trunc,
}


def _calculated(use: NodeUse) -> float | None:
    node = use.node
    first, second = use.number(0), use.number(1)
    if node.operation in _ROUNDINGS and first is not None:
        return _ROUNDINGS[node.operation](first)
    make = _OPERATIONS.get(node.operation)
    is_clamped = node.bl_idname == "ShaderNodeMath" and node.use_clamp
    if make is None or first is None or second is None or is_clamped:
        return None
    return make(first, second)


def _rounded(use: NodeUse) -> float | None:
    value = use.number(0)
    return None if value is None else _ROUNDINGS[use.node.rounding_mode](value)


CONSTANTS: Mapping[str, Callable[[NodeUse], Constant | None]] = {
    "NodeReroute": lambda use: use.constant(use.node.inputs[0]),
    "GeometryNodeInputSceneTime": lambda use: use.frame if use.output.name == "Frame" else None,
    "FunctionNodeFloatToInt": _rounded,
    "ShaderNodeMath": _calculated,
    "FunctionNodeIntegerMath": _calculated,
}
"""For nodes of a number; those that hold one themselves are not here."""

HELD = {"FunctionNodeInputInt": "integer", "FunctionNodeInputBool": "boolean"}
"""The nodes that hold a number, and by which of their properties."""
