"""The files that geometry nodes import (Blender 4.5 and later): nodes put their paths together."""

from __future__ import annotations

import functools
from collections.abc import Callable, Container, Iterator
from typing import Any, NamedTuple

import bpy

from ..compositor import group_in
from ..frame_drivers import animated_paths
from .gapped_text import Text
from .node_values import NodeValues, Place, output_node
from .stored_path import Spread, StoredPath, owner_name

PATH_SOCKET = "NodeSocketStringFilePath"
MOST_PLACES = 2000
"""As many uses of groups are gone into, as in groups of groups they can be two to the power of
their depth. What else is used is not followed to its inputs, so its paths are unknown."""


class ImportNode(NamedTuple):
    """A node that imports a file, in a tree where that is used."""

    node: Any
    place: Place
    is_sure: bool
    """Whether it is evaluated wherever its modifier is: there may be a switch behind it."""

    @property
    def owner(self) -> str:
        return f'node "{self.node.name}" of {owner_name(self.place.tree)}'

    @property
    def is_rendered(self) -> bool:
        """Whether its modifier is on in renders."""
        modifier = self.place.modifier
        if modifier is None:
            return False
        switch = modifier.path_from_id("show_render")
        return modifier.show_render or switch in animated_paths(modifier.id_data)

    def texts(self, values: NodeValues) -> list[Text]:
        """What its path can be; without one it imports nothing."""
        every = values.texts(_path_socket(self.node), self.place)
        return sorted((text for text in every if text.known != ""), key=str)

    def paths(self, values: NodeValues) -> Iterator[StoredPath]:
        """The paths that it can get, as far as they can be known."""
        texts = self.texts(values)
        for text in texts:
            stored = self._path(text, values)
            if stored is not None:
                yield stored._replace(is_sure=self.is_sure and len(texts) == 1)

    def _path(self, text: Text, values: NodeValues) -> StoredPath | None:
        tree, modifier = self.place.tree, self.place.modifier
        path = StoredPath(
            tree,
            self.owner,
            text.known or "",
            tree.library,
            decides_pixels=self.is_rendered,
            user=None if modifier is None else modifier.id_data,
        )
        if path.path:
            return path
        pattern = text.file_pattern
        if pattern is None:
            return None
        at_frame = functools.partial(self._paths_at, values)
        return path._replace(path=pattern, spread=Spread.PATTERN, at_frame=at_frame)

    def _paths_at(self, values: NodeValues, scene: bpy.types.Scene, frame: int) -> list[str]:
        """The paths that are known in this frame of the scene."""
        then = values.at(frame * scene.render.frame_map_old / scene.render.frame_map_new)
        return [text.known for text in self.texts(then) if text.known is not None]


def import_paths() -> Iterator[StoredPath]:
    """The paths of all nodes that import files, also in trees that no modifier uses.

    Those of which nothing is known are left out: see `unknown_imports`.
    """
    values = NodeValues()
    for each in import_nodes(values):
        yield from each.paths(values)


def unknown_imports(objects: Callable[[], Container[Any]]) -> dict[str, Any]:
    """The nodes whose path can't be known before they are evaluated, each with its tree.

    Only of the modifiers of `objects`, who are asked for where there are such nodes.
    """
    values = NodeValues()
    unknown = [
        each
        for each in import_nodes(values)
        if each.is_rendered and any(text.is_unknowable for text in each.texts(values))
    ]
    used = objects() if unknown else ()
    return {each.owner: each.place.tree for each in unknown if each.place.modifier.id_data in used}


def import_nodes(values: NodeValues) -> Iterator[ImportNode]:
    """Every node that imports a file, once for each use of its tree."""
    importing = _importing_trees()
    if not importing:
        return
    search = _Search(values, importing)
    for item in bpy.data.objects:
        for modifier in item.modifiers:
            if modifier.type == "NODES" and modifier.node_group in importing:
                yield from search.nodes(Place(modifier.node_group, modifier))
    for tree in importing - search.visited:
        yield from (ImportNode(node, Place(tree), False) for node in tree.nodes if _imports(node))


def _importing_trees() -> set[Any]:
    """The trees of geometry nodes that import files, or hold a group that does."""
    trees = [tree for tree in bpy.data.node_groups if tree.bl_idname == "GeometryNodeTree"]
    importing = {tree for tree in trees if any(_imports(node) for node in tree.nodes)}
    if not importing:
        return importing
    users: dict[Any, set[Any]] = {}
    for tree in trees:
        for node in tree.nodes:
            users.setdefault(group_in(node), set()).add(tree)
    waiting = list(importing)
    while waiting:
        more = users.get(waiting.pop(), set()) - importing
        importing |= more
        waiting.extend(more)
    return importing


def _imports(node: Any) -> bool:
    return node.bl_idname.startswith("GeometryNodeImport") and _path_socket(node) is not None


def _path_socket(node: Any) -> Any:
    return next((each for each in node.inputs if each.bl_idname == PATH_SOCKET), None)


class _Search:
    """Goes from what a tree gives out back to the nodes that import files."""

    def __init__(self, values: NodeValues, importing: set[Any]) -> None:
        self._values = values
        self._importing = importing
        self._places_left = MOST_PLACES
        self.visited: set[Any] = set()

    def nodes(self, place: Place, is_sure: bool = True) -> Iterator[ImportNode]:
        """The nodes that import files in a place, and in the groups in it."""
        self.visited.add(place.tree)
        self._places_left -= 1
        if self._places_left < 0:
            # Once all that there is in any tree; after that nothing more.
            lost = self._importing if self._places_left == -1 else ()
            for tree in lost:
                inside = Place(tree, place.modifier, is_lost=True)
                importers = filter(_imports, tree.nodes)
                yield from (ImportNode(node, inside, False) for node in importers)
            return
        end = output_node(place.tree)
        always = self._behind(end, place, all_branches=False)
        for node in self._behind(end, place, all_branches=True):
            is_needed = node in always
            if node.mute:
                continue
            if _imports(node):
                yield ImportNode(node, place, is_sure and is_needed)
            elif group_in(node) in self._importing:
                group = self._values.inside(node, place)
                if group is not None:
                    yield from self.nodes(group[1], is_sure and is_needed)

    def _behind(self, end: Any, place: Place, all_branches: bool) -> set[Any]:
        """The nodes that an output is made of: perhaps, or always (without `all_branches`)."""
        waiting = [] if end is None else [end]
        used = set(waiting)
        while waiting:
            node = waiting.pop()
            # What begins a zone is found by the node that ends it, as no link leads there.
            others = node.id_data.nodes if node.bl_idname.endswith("Output") else ()
            more = {each for each in others if getattr(each, "paired_output", None) == node}
            for socket in self._needed(node, place, all_branches):
                more |= {link.from_node for link in self._values.links(socket)}
            waiting.extend(more - used)
            used |= more
        return used

    def _needed(self, node: Any, place: Place, all_branches: bool) -> list[Any]:
        """The inputs of a node that its output is made of."""
        if node.mute:
            return [each.from_socket for each in node.internal_links]
        branches = self._values.branches(node, place) if node.outputs else None
        if branches is None:
            return list(node.inputs)
        is_chosen = len(branches) == 1
        return [node.inputs[0], *filter(None, branches if is_chosen or all_branches else ())]
