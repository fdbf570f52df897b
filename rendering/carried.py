"""What a scene carries while it is set for a render in the window: how to put it back.

The window stays alive during a render, so what is set for a frame can be kept by others: by a step
of undo, or by the file that Blender leaves at its own end (quit.blend). Each of those holds the
scene with this note in it, and is put back from it when it is opened or gone back to. (Blender
makes no autosave while an operator waits for its render.)

A file may come from anybody, and its note with it. So the note names nothing: what can be put back
is a fixed list of the scene's own properties and of its file's File Output nodes, which is looked
up in the note, not the note in the file; and each value must be one that the property may have.
Whoever made the file could as well have saved it with these values.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import bpy

from ..scene.blender_versions.compositing import FOLDER_PROPERTIES, embedded_tree
from ..scene.blender_versions.release import known_properties
from ..scene.blender_versions.render import (
    COMPOSITOR_DEVICES,
    FORMAT_PROPERTIES,
    OUTPUT_SWITCHES,
    TEXTURE_CACHE,
    WRITTEN_CACHES,
)
from ..scene.restoring import Change

log = logging.getLogger(__name__)

NOTE = "array_chunk_as_it_was"
MOST_CHARACTERS = 1 << 20
"""Of a note: some thousand File Output nodes."""
MOST_TEXT = 4096
"""Characters of a value: Blender's longest paths have 1,024 bytes."""

SCENE_PROPERTIES = ("frame_end", "frame_start", "frame_subframe", "frame_current", "camera")
"""The end before the start, which a start beyond it would move along."""
RENDER_PROPERTIES = (
    "engine",
    "use_single_layer",
    "resolution_x",
    "resolution_y",
    "resolution_percentage",
    "use_simplify",
    "use_overwrite",
    "use_placeholder",
    "use_file_extension",
    "threads_mode",
    "threads",
    "use_persistent_data",
    *WRITTEN_CACHES,
    *TEXTURE_CACHE,
    *COMPOSITOR_DEVICES,
    *OUTPUT_SWITCHES,
    "filepath",
)
"""The engine before what depends on it."""
CYCLES_PROPERTIES = ("device", "use_denoising", "use_animated_seed", "seed", "samples")
EEVEE_PROPERTIES = ("taa_render_samples",)

Place = tuple[str, Any, str]
"""What the note calls it, the owner of the property, and the property."""


def carry(scene: bpy.types.Scene, changes: Sequence[Change]) -> None:
    """Have the scenes carry what is changed at present in them or, in `scene`, in node groups."""
    by_name: dict[str, list[Change]] = {}
    for change in changes:
        by_name.setdefault(change.name, []).append(change)
    for each in _local_scenes():
        places = [*_places(each), *(_group_places() if each == scene else ())]
        note = {}
        for place, owner, name in places:
            here = [change for change in by_name.get(name, ()) if change.owner == owner]
            if here:
                note[place] = [_plain(here[0].old), _plain(here[-1].ours)]
        if note:
            each[NOTE] = json.dumps(note)


def drop() -> None:
    """The scenes are as they were, and need not carry how to put them back."""
    for scene in _local_scenes():
        if NOTE in scene:
            del scene[NOTE]


def put_back_all() -> None:
    """Put back what is still set for a render that this file knows nothing more of."""
    for scene in _local_scenes():
        if NOTE in scene:
            note = _read(scene)
            del scene[NOTE]
            if note is None:
                log.warning("The scene %r has a note that is none of ours: dropped", scene.name)
            else:
                _put_back(scene, note)


def _local_scenes() -> list[bpy.types.Scene]:
    return [scene for scene in bpy.data.scenes if scene.library is None]


def _read(scene: bpy.types.Scene) -> dict[str, Any] | None:
    """The note of a scene; None where it is not of the form that we write."""
    text = scene[NOTE]
    if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
        return None
    try:
        note = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return note if isinstance(note, dict) else None


def _put_back(scene: bpy.types.Scene, note: dict[str, Any]) -> None:
    places = [*_places(scene), *_group_places()]
    entries = [_change(owner, name, note.get(place)) for place, owner, name in places]
    changes = [change for change in entries if change is not None]
    # All are looked at first: putting one back may change others along.
    for change in [each for each in changes if each.is_ours()]:
        change.assign(change.old)
    if changes:
        log.info("The scene %r was set for a render, and is put back", scene.name)
    if unused := len(note) - len(changes):
        log.warning("%d entries of the note of the scene %r mean nothing", unused, scene.name)


def _change(owner: Any, name: str, entry: Any) -> Change | None:
    """What the entry of a note says of this property; None where it can't be meant so."""
    if not isinstance(entry, list) or len(entry) != 2:
        return None
    rule = owner.bl_rna.properties[name]
    if not all(_is_fit(rule, value) for value in entry):
        return None
    old, ours = map(_object, entry) if rule.type == "POINTER" else entry
    return Change(owner, name, old, ours)


def _places(scene: bpy.types.Scene) -> Iterator[Place]:
    """All of a scene that can be carried, in the order in which it is to be put back."""
    yield from _properties("scene", scene, SCENE_PROPERTIES)
    for index, marker in enumerate(scene.timeline_markers):
        yield from _properties(f"marker {index} {marker.name!r}", marker, ("camera",))
    for layer in scene.view_layers:
        yield from _properties(f"layer {layer.name!r}", layer, ("use",))
    yield from _properties("render", scene.render, RENDER_PROPERTIES)
    image = scene.render.image_settings
    yield from _properties("image", image, tuple(reversed(FORMAT_PROPERTIES)))
    yield from _properties("cycles", getattr(scene, "cycles", None), CYCLES_PROPERTIES)
    yield from _properties("eevee", scene.eevee, EEVEE_PROPERTIES)
    tree = embedded_tree(scene)
    if tree is not None:
        yield from _node_places("", tree)


def _group_places() -> Iterator[Place]:
    """The folders of the File Output nodes in node groups, which no scene has for itself."""
    for tree in bpy.data.node_groups:
        if tree.library is None and tree.bl_idname == "CompositorNodeTree":
            yield from _node_places(tree.name, tree)


def _node_places(tree_name: str, tree: bpy.types.NodeTree) -> Iterator[Place]:
    for node in tree.nodes:
        if node.bl_idname == "CompositorNodeOutputFile":
            yield from _properties(f"node {tree_name!r} {node.name!r}", node, FOLDER_PROPERTIES)


def _properties(prefix: str, owner: Any, names: Sequence[str]) -> Iterator[Place]:
    """Those of the properties that the owner has in this Blender."""
    if owner is not None:
        for name in known_properties(owner, names):
            yield f"{prefix} {name}", owner, name


def _plain(value: Any) -> Any:
    """A value as JSON can hold it; a data-block by its name."""
    return value.name if isinstance(value, bpy.types.Object) else value


def _is_fit(rule: Any, value: Any) -> bool:
    """Whether a property by this rule may have a value. What an enumeration has, Blender knows."""
    match rule.type:
        case "BOOLEAN":
            return isinstance(value, bool)
        case "INT":
            is_number = isinstance(value, int) and not isinstance(value, bool)
            return is_number and bool(rule.hard_min <= value <= rule.hard_max)
        case "FLOAT":
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return is_number and bool(rule.hard_min <= value <= rule.hard_max)
        case "POINTER":
            return value is None or _object(value) is not None
    return isinstance(value, str) and len(value) <= MOST_TEXT and "\0" not in value


def _object(name: Any) -> bpy.types.Object | None:
    """The object of this name; looking a name up would be an error where it is no text."""
    return next((each for each in bpy.data.objects if each.name == name), None)


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
