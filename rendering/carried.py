"""What a scene carries while it is set for a render in the window: how to put it back.

The window stays alive during a render, so what is set for a frame can be kept by others: by a step
of undo, or by the file that Blender leaves at its own end (quit.blend). Each of those holds the
scene with this note in it, and is put back from it when it is opened or gone back to. (Blender
makes no autosave while an operator waits for its render.)
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import bpy

from .restoring import Change

log = logging.getLogger(__name__)

NOTE = "array_chunk_as_it_was"


def carry(scene: bpy.types.Scene, changes: Sequence[Change]) -> None:
    """Have a scene carry what is changed at present, in itself or elsewhere in the file."""
    note = [
        [location, change.name, _plain(change.old), _plain(change.ours)]
        for change in changes
        if (location := _location(change.owner))
    ]
    scene[NOTE] = json.dumps(note)


def drop(scene: bpy.types.Scene) -> None:
    """The scene is as it was, and need not carry how to put it back."""
    if NOTE in scene:
        del scene[NOTE]


def put_back_all() -> None:
    """Put back what is still set for a render that this file knows nothing more of."""
    for scene in bpy.data.scenes:
        if scene.library is None and NOTE in scene:
            _put_back(json.loads(scene[NOTE]))
            drop(scene)
            log.info("The scene %r was set for a render, and is put back", scene.name)


def _put_back(note: list[list[Any]]) -> None:
    for change in reversed(list(_changes(note))):
        if change.is_ours():
            change.assign(change.old)


def _changes(note: list[list[Any]]) -> Iterator[Change]:
    for location, name, old, ours in note:
        try:
            owner = bpy.data.path_resolve(location)
        except ValueError:  # it is gone, and its property with it
            continue
        yield Change(owner, name, _meant(old), _meant(ours))


def _location(owner: Any) -> str:
    """Where in the file a changed thing is found again; empty for what is not in the file."""
    block = owner.id_data
    if isinstance(block, bpy.types.Scene):
        home = f'scenes["{bpy.utils.escape_identifier(block.name)}"]'
    elif isinstance(block, bpy.types.NodeTree):
        home = _tree_location(block)
    else:
        return ""
    if owner == block:
        return home
    return f"{home}.{owner.path_from_id()}" if home else ""


def _tree_location(tree: bpy.types.NodeTree) -> str:
    if not tree.is_embedded_data:
        return f'node_groups["{bpy.utils.escape_identifier(tree.name)}"]'
    for scene in bpy.data.scenes:
        if getattr(scene, "node_tree", None) == tree:
            return f'scenes["{bpy.utils.escape_identifier(scene.name)}"].node_tree'
    return ""


def _plain(value: Any) -> Any:
    """A value as JSON can hold it; a data-block by its name."""
    if isinstance(value, bpy.types.Object):
        return {"object": value.name}
    return sorted(value) if isinstance(value, set) else value


def _meant(value: Any) -> Any:
    if isinstance(value, dict):
        return bpy.data.objects.get(value["object"])
    return tuple(value) if isinstance(value, list) else value


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def _put_back_in_this_file(*arguments: object) -> None:
    put_back_all()


def _handlers() -> tuple[str, ...]:
    return () if bpy.app.background else ("load_post", "undo_post", "redo_post")


def register() -> None:
    """Nothing in the background: nobody goes back there, and a render puts back at its start."""
    for name in _handlers():
        getattr(bpy.app.handlers, name).append(_put_back_in_this_file)


def unregister() -> None:
    for name in _handlers():
        getattr(bpy.app.handlers, name).remove(_put_back_in_this_file)
