"""Rewriting the paths that a .blend stores, so that they hold where a project is sent.

Read what is stored with the .blend open where it lies. Once it is rewritten it is only saved, as
the new paths lead nowhere from here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, NamedTuple

import bpy

from ...chunking.errors import SceneRefused
from ...transport.layout import Layout
from ..blender_versions.geometry_nodes import input_value, set_input_value
from ..project import seen_from_here
from .data_block_paths import stored_paths
from .stored_path import FolderListings, StoredPath, files_of, resolved


class Rewriting(NamedTuple):
    """Of one path that a .blend stores what is to be stored instead."""

    stored: StoredPath
    old: str
    new: str


class PathsOf:
    """What is to be stored in one .blend, which goes to the place `blend`.

    `library` is the one that it is of the open .blend; None: it is that itself.
    """

    def __init__(self, layout: Layout, blend: str, library: bpy.types.Library | None) -> None:
        self._layout = layout
        self._blend = blend
        self._library = library

    def rewriting(self, stored: StoredPath) -> Rewriting | None:
        """None where the path holds as it is."""
        old = stored.path if stored.holder is None else getattr(stored.holder, stored.attribute)
        from_here = seen_from_here(old)
        # With the project's root in it a path is seen from the open .blend, whoever stores it.
        target = resolved(from_here, stored.library if from_here == old else None)
        if from_here == old:
            is_kept = self._layout.is_kept(self._blend, old, target)
        else:
            is_kept = self._layout.is_below(target)
        return None if is_kept else Rewriting(stored, old, self._new(old, target))

    def of_text(self, text: str) -> str:
        """What is to be stored for the beginning of a path that nodes put together."""
        return self._new(text, resolved(text, self._library))

    def _new(self, old: str, target: PurePath) -> str:
        new = self._layout.path_from(self._blend, target)
        return new + "/" if old.endswith(("/", "\\")) else new


def rewrite_open_blend(layout: Layout, blend: str) -> int:
    """Rewrite the paths that the open .blend itself stores; how many. Raises SceneRefused.

    What no file is there for stays as it is: there may be one where it is rendered.
    """
    paths = PathsOf(layout, blend, None)
    rewritings = [each for each in map(paths.rewriting, _own_paths()) if each is not None]
    for each in rewritings:
        if each.stored.holder is not None:
            _set(each)
    _rewrite_texts(
        [each for each in rewritings if each.stored.holder is None], paths, layout, blend
    )
    return len(rewritings)


def _own_paths() -> Iterator[StoredPath]:
    """What is stored in the open .blend, and leads to something; each library's path is, too."""
    listings = FolderListings()
    for stored in stored_paths():
        is_own = stored.data_block is not None and stored.library is None
        if is_own and any(exists for _, exists in files_of(stored, listings)):
            yield stored


def _set(rewriting: Rewriting) -> None:
    holder, name = rewriting.stored.holder, rewriting.stored.attribute
    if getattr(holder, name) != rewriting.new:
        setattr(holder, name, rewriting.new)
    if getattr(holder, name).rstrip("/") != rewriting.new.rstrip("/"):
        raise SceneRefused(
            f"{rewriting.stored.owner} wants {rewriting.old}, for which {rewriting.new} would have "
            "to be stored, and Blender does not: put the file into a folder beside the .blend."
        )


def _rewrite_texts(rewritings: list[Rewriting], paths: PathsOf, layout: Layout, blend: str) -> None:
    """Rewrite what nodes make the paths of, and see that they now make the right ones."""
    if not rewritings:
        return
    due = [(each.stored.owner, layout.leads_to(blend, each.new)) for each in rewritings]
    for holder, identifier, text in list(_constants()):
        if "/" in text and any(each.old.startswith(text) for each in rewritings):
            _set_constant(holder, identifier, paths.of_text(text))
    made = {(each.owner, layout.leads_to(blend, each.path)) for each in stored_paths()}
    for each, place in zip(rewritings, due, strict=True):
        if place not in made:
            raise SceneRefused(
                f"{each.stored.owner} makes the path {each.old} of several parts, which can't be "
                "rewritten: put the files into a folder beside the .blend, or give it the path as "
                "one text."
            )


def _constants() -> Iterator[tuple[Any, str, str]]:
    """All texts that geometry nodes of the open .blend itself begin with, and what holds each."""
    trees = (tree for tree in bpy.data.node_groups if tree.bl_idname == "GeometryNodeTree")
    for node in (node for tree in trees if tree.library is None for node in tree.nodes):
        if node.bl_idname == "FunctionNodeInputString":
            yield node, "string", node.string
        for socket in node.inputs:
            if socket.type == "STRING":
                yield socket, "default_value", socket.default_value
    for item in (item for item in bpy.data.objects if item.library is None):
        for modifier in item.modifiers:
            if modifier.type == "NODES" and modifier.node_group is not None:
                for identifier in _text_inputs(modifier.node_group):
                    value = input_value(modifier, identifier)
                    if isinstance(value, str):
                        yield modifier, identifier, value


def _text_inputs(tree: Any) -> Iterator[str]:
    for each in tree.interface.items_tree:
        if each.item_type == "SOCKET" and each.in_out == "INPUT":
            yield each.identifier


def _set_constant(holder: Any, identifier: str, text: str) -> None:
    if isinstance(holder, bpy.types.Modifier):
        set_input_value(holder, identifier, text)
    else:
        setattr(holder, identifier, text)


def keep_all_data() -> None:
    """Have everything of the open .blend saved again, though nothing uses it.

    What a library holds for others to link may have no user in it, and Blender leaves that out.
    """
    data: Any = bpy.data
    for data_block in data.user_map():
        if data_block.library is None and not data_block.users and not data_block.is_embedded_data:
            data_block.use_fake_user = True


def save_rewritten(path: str) -> None:
    """Save the open .blend there, which stays what is open. Raises RuntimeError as Blender says."""
    bpy.ops.wm.save_as_mainfile(
        filepath=os.fspath(path),
        copy=True,
        compress=True,
        relative_remap=False,
        check_existing=False,
    )
