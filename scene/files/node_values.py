"""Where the texts and numbers of geometry nodes come from, followed back through their links.

Through groups as well, out of which it goes to the very node that the group is used by, and in the
end to the modifier.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..blender_versions.geometry_nodes import input_value
from ..compositor import group_in
from ..frame_drivers import animated_paths
from .gapped_text import UNKNOWN, Texts, texts_of
from .text_nodes import CONSTANTS, HELD, TEXTS, Constant, NodeUse, switched

FAR = 100
"""As many nodes a value is followed back through: each is a call inside a call."""

LARGEST = 2**31
"""Numbers are smaller than that, in Blender too: there what is more turns round."""


@dataclass(frozen=True, eq=False)
class Place:
    """A node tree where it is used: by a modifier, or by a group node of the place `outer`.

    One that has neither is used by nothing.
    """

    tree: Any
    modifier: Any = None
    node: Any = None
    outer: Place | None = None
    is_lost: bool = False
    """Whether what it is given is not followed any further."""

    def outside(self, output: Any) -> Any:
        """The socket of the group node by which an output of Group Input gets its value."""
        return _of_same(self.node.inputs, output) if self.outer is not None else None


class NodeValues:
    """What the sockets of geometry nodes get; one for all that is asked of unchanged trees."""

    def __init__(self, frame: float | None = None) -> None:
        """`frame` is the scene's time; None: any time, so what is made of it is not known."""
        self._frame = frame
        self._links: dict[Any, dict[Any, list[Any]]] = {}
        self._places: dict[tuple[Place, Any], Place] = {}
        self._constants: dict[tuple[Place, Any], Constant | None] = {}
        self._texts: dict[tuple[Place, Any], Texts] = {}
        self._animated: dict[Any, list[str]] = {}

    def at(self, time: float) -> NodeValues:
        """What these nodes get at a time of the scene, in frames."""
        then = NodeValues(time)
        then._links, then._places, then._animated = self._links, self._places, self._animated
        return then

    def inside(self, node: Any, place: Place) -> tuple[Any, Place] | None:
        """The Group Output of the group that a node is for, and the place that is in there."""
        group = group_in(node)
        end = None if group is None else output_node(group)
        if end is None:
            return None
        inner = Place(group, place.modifier, node, place)
        return end, self._places.setdefault((place, node), inner)

    def links(self, socket: Any) -> list[Any]:
        """The links to an input that count; where there are several, from the upper to the lower
        end of the socket."""
        tree = socket.id_data
        if tree not in self._links:
            by_socket: dict[Any, list[Any]] = {}
            self._links[tree] = by_socket
            for link in tree.links:
                if link.is_valid and not link.is_muted:
                    by_socket.setdefault(link.to_socket, []).append(link)
            for links in by_socket.values():
                links.sort(key=lambda link: -link.multi_input_sort_id)
        return self._links[tree].get(socket, [])

    def texts(self, socket: Any, place: Place, depth: int = 0) -> Texts:
        """All that an input for a text can get; UNKNOWN where that can be anything."""
        every = self._each_text(socket, place, depth)
        return every[0] if every else texts_of(str(socket.default_value))

    def branches(self, node: Any, place: Place) -> list[Any] | None:
        """Of a node that chooses the inputs of which it hands one on; None for any other."""
        return switched(self._use(node, node.outputs[0], place, 0))

    def constant(self, socket: Any, place: Place, depth: int = 0) -> Constant | None:
        """The number or choice that an input always gets; None where it changes or isn't known."""
        links = self.links(socket)
        if links:
            value = self._constant_of(links[0].from_socket, place, depth)
        else:
            value = self._stored(socket, "default_value")
        return _as_type(socket.type, value)

    def _use(self, node: Any, output: Any, place: Place, depth: int) -> NodeUse:
        return NodeUse(
            node,
            output,
            lambda socket: self.texts(socket, place, depth),
            lambda socket: self._each_text(socket, place, depth),
            lambda socket: self.constant(socket, place, depth),
            self._frame,
        )

    def _each_text(self, socket: Any, place: Place, depth: int) -> list[Texts]:
        return [self._of_output(link.from_socket, place, depth) for link in self.links(socket)]

    def _of_output(self, output: Any, place: Place, depth: int) -> Texts:
        key = (place, output)
        if key not in self._texts:
            self._texts[key] = UNKNOWN  # until it is known: links can go in a circle
            if depth < FAR:
                self._texts[key] = self._text_made_by(output, place, depth + 1)
        return self._texts[key]

    def _text_made_by(self, output: Any, place: Place, depth: int) -> Texts:
        node = output.node
        end = self._other_end(output, place)
        if end is not None:
            return self.texts(*end, depth)
        if node.mute:
            return texts_of("")
        if node.bl_idname == "NodeGroupInput":
            value = self._handed_in(output, place)
            return texts_of(value) if isinstance(value, str) else UNKNOWN
        use = self._use(node, output, place, depth)
        inputs = switched(use) if output == node.outputs[0] else None
        if inputs is not None:
            nothing = texts_of("")
            return frozenset().union(*(use.texts(one) if one else nothing for one in inputs))
        make = TEXTS.get(node.bl_idname)
        return UNKNOWN if make is None else make(use)

    def _constant_of(self, output: Any, place: Place, depth: int) -> Constant | None:
        key = (place, output)
        if key not in self._constants:
            self._constants[key] = None
            if depth < FAR:
                self._constants[key] = self._constant_made_by(output, place, depth + 1)
        return self._constants[key]

    def _constant_made_by(self, output: Any, place: Place, depth: int) -> Constant | None:
        node = output.node
        end = self._other_end(output, place)
        if end is not None:
            return self.constant(*end, depth)
        if node.mute:
            return None
        match node.bl_idname:
            case "NodeGroupInput":
                value = self._handed_in(output, place)
                return value if isinstance(value, Constant) else None
            case "ShaderNodeValue":
                return _as_type("VALUE", self._stored(output, "default_value"))
            case name if name in HELD:
                return _as_type(output.type, self._stored(node, HELD[name]))
        make = CONSTANTS.get(node.bl_idname)
        return None if make is None else make(self._use(node, output, place, depth))

    def _other_end(self, output: Any, place: Place) -> tuple[Any, Place] | None:
        """The input whose value an output hands on: of a muted node, at a group's other side."""
        node = output.node
        if node.mute:
            passed = [each.from_socket for each in node.internal_links if each.to_socket == output]
            return (passed[0], place) if passed else None
        if node.bl_idname == "NodeGroupInput":
            socket = place.outside(output)
            return (socket, place.outer) if socket is not None and place.outer else None
        inside = self.inside(node, place)
        socket = _of_same(inside[0].inputs, output) if inside else None
        return (socket, inside[1]) if socket is not None and inside else None

    def _handed_in(self, output: Any, place: Place) -> Any:
        """What the modifier gives its group; None where that is animated, or there is none."""
        if place.modifier is None or place.is_lost:
            return None
        ours = place.modifier.path_from_id()
        for path in self._animated_paths(place.modifier.id_data):
            if path.startswith(ours) and output.identifier in path:
                return None
        return input_value(place.modifier, output.identifier)

    def _stored(self, owner: Any, name: str) -> Any:
        """A value that a tree stores; None where it is animated."""
        is_animated = owner.path_from_id(name) in self._animated_paths(owner.id_data)
        return None if is_animated else getattr(owner, name)

    def _animated_paths(self, data_block: Any) -> list[str]:
        if data_block not in self._animated:
            self._animated[data_block] = animated_paths(data_block)
        return self._animated[data_block]


def output_node(tree: Any) -> Any:
    """The Group Output that counts; None where a tree has none."""
    ends: Iterator[Any] = (node for node in tree.nodes if node.bl_idname == "NodeGroupOutput")
    return next((node for node in ends if node.is_active_output), None)


def _of_same(sockets: Any, output: Any) -> Any:
    """The socket at a group's other end that belongs to an output."""
    return next((each for each in sockets if each.identifier == output.identifier), None)


def _as_type(kind: str, value: Any) -> Constant | None:
    """A value as a socket of this type takes it; None for one that it can't take, or too large."""
    if isinstance(value, str):
        return value if kind == "MENU" and value else None
    if value is None or not abs(value) < LARGEST:
        return None
    match kind:
        case "INT":
            return int(value)
        case "BOOLEAN":
            return bool(value > 0)
        case "VALUE":
            return float(value)
    return None
