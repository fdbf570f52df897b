"""Which data-blocks a scene's render really uses.

Blender's own map of users (bpy.data.user_map) is turned round and followed from what the scene
renders. In that map a node tree that lives inside a material, world, light or scene doesn't
appear: what it uses is used by its owner (found alike in Blender 4.2, 4.5 and 5.0).
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import bpy
from bpy.types import ID

from .blender_versions import compositing
from .blender_versions.geometry_nodes import input_values, interface_values
from .blender_versions.sequencer import shown_strips, tree_holders
from .compositor import compositing_trees, nodes_of
from .frame_drivers import animated_paths
from .rendered_scenes import pictured_scenes, scenes_in_nodes, strip_trees

NOT_PICTURED = frozenset(
    {
        ("CAMERA", "IMAGE"),
        ("CAMERA", "MOVIECLIP"),
        ("OBJECT", "MOVIECLIP"),
        ("MASK", "MOVIECLIP"),
    }
)
"""(user, used): background pictures of cameras, which only the viewport shows, and footage that was
tracked, whose tracks the .blend holds."""

NOT_FOLLOWED = frozenset({"SCENE", "BRUSH", "PALETTE", "SCREEN", "WORKSPACE", "WINDOWMANAGER"})
MOVERS = frozenset(
    {"OBJECT", "COLLECTION", "ACTION", "ARMATURE", "KEY"}
    | {"MESH", "CURVE", "CURVES", "SURFACE", "LATTICE", "META", "POINTCLOUD", "VOLUME"}
)
"""What can matter for something that is itself not in the picture, but moves or shapes what is."""


class RenderReach(NamedTuple):
    """What a render uses: what is `pictured`, what only moves or shapes that (`moving`), and the
    scenes whose sequencer is rendered (`edited`)."""

    pictured: frozenset[ID]
    moving: frozenset[ID]
    edited: frozenset[bpy.types.Scene]

    def libraries(self) -> frozenset[bpy.types.Library]:
        """The libraries that any of it comes from, or should have come from."""
        every = self.pictured | self.moving
        return frozenset(one.library for one in every if one.library is not None)


def reach_of_render(scene: bpy.types.Scene) -> RenderReach:
    """What a render of `scene` uses, rather too much than too little.

    An object counts where it is shown in renders, in a view layer that is rendered; one whose
    visibility is animated always counts. Muted nodes of materials count as well.
    """
    search = _Search()
    search.visit_output(scene)
    pictured = frozenset(search.pictured)
    return RenderReach(pictured, frozenset(search.moving) - pictured, frozenset(search.edited))


class _Search:
    def __init__(self) -> None:
        self._used_by = _used_by()
        self.pictured: set[ID] = set()
        self.moving: set[ID] = set()
        self.edited: set[bpy.types.Scene] = set()
        self._rendered: set[bpy.types.Scene] = set()

    def visit_output(self, scene: bpy.types.Scene) -> None:
        """What `scene` gives as its picture."""
        scenes = pictured_scenes(scene)
        for edited in scenes.edited:
            self.edited.add(edited)
            for strip in shown_strips(edited):
                self.picture(getattr(strip, name, None) for name in ("clip", "mask", "font"))
                self.picture(each.input_mask_id for each in strip.modifiers)
                self._visit_handed(tree_holders(strip))
            self._visit_compositing(strip_trees(edited))
        for composited in scenes.composited:
            self._visit_layers(composited)
            for other in scenes_in_nodes(composited):
                self._visit_layers(other)
            self._visit_compositing(compositing_trees(composited))
            self._visit_handed(compositing.tree_holders(composited))

    def _visit_compositing(self, trees: list[bpy.types.NodeTree]) -> None:
        for node in nodes_of(trees):
            names = ("image", "clip", "mask", "texture")
            self.picture(getattr(node, name, None) for name in names)
            values = [getattr(each, "default_value", None) for each in node.inputs]
            self.picture(each for each in values if isinstance(each, ID))

    def _visit_handed(self, holders: Iterable[Any]) -> None:
        """What is handed to compositing trees, such as a font (Blender 5.2)."""
        values = [value for each in holders for value in interface_values(each)]
        self.picture(each for each in values if isinstance(each, ID))

    def _visit_layers(self, scene: bpy.types.Scene) -> None:
        if scene in self._rendered:
            return
        self._rendered.add(scene)
        cameras = [marker.camera for marker in scene.timeline_markers]
        self.picture([scene, scene.camera, scene.world, *cameras])
        for layer in scene.view_layers:
            if layer.use:
                self.picture([layer.material_override, layer.world_override])
                if layer.layer_collection is None:  # never shown yet, in Blender 5.2
                    layer.update()
                self._visit_collection(layer.layer_collection)
        if scene.background_set is not None:
            self._visit_layers(scene.background_set)

    def _visit_collection(self, layered: bpy.types.LayerCollection) -> None:
        """The objects that a view layer renders, from this collection of it downwards.

        A collection that is left out of the view layer may hold one that isn't.
        """
        if layered.collection.hide_render:
            return
        if not layered.exclude:
            # Not as a picture: that would follow it to members which the layer leaves out.
            self.moving.add(layered.collection)
            self.picture(one for one in layered.collection.objects if _is_shown(one))
        for child in layered.children:
            self._visit_collection(child)

    def picture(self, data_blocks: Iterable[ID | None]) -> None:
        """Adds data-blocks that are in the picture, and all that they use."""
        todo = [one for one in data_blocks if one is not None]
        while todo:
            user = todo.pop()
            if user in self.pictured:
                continue
            self.pictured.add(user)
            if user.id_type == "SCENE":
                continue
            used = self._used_by[user]
            source = user.override_library.reference if user.override_library else None
            pictured = {one for one in used if one != source and _is_part_of(user, one)}
            pictured.update(one for one in _shown_by(user, used) if one is not None)
            todo.extend(pictured)
            if user.id_type != "COLLECTION":
                self._move(one for one in used - pictured if one.id_type in MOVERS)

    def _move(self, data_blocks: Iterable[ID]) -> None:
        todo = list(data_blocks)
        while todo:
            user = todo.pop()
            if user not in self.moving:
                self.moving.add(user)
                todo.extend(one for one in self._used_by[user] if one.id_type in MOVERS)


def _used_by() -> defaultdict[ID, set[ID]]:
    """For each data-block those that it uses."""
    uses: defaultdict[ID, set[ID]] = defaultdict(set)
    data: Any = bpy.data
    for used, users in data.user_map().items():
        for user in users:
            uses[user].add(used)
    return uses


def _is_part_of(user: Any, used: Any) -> bool:
    """Whether `used`, which is no object or collection, is in the picture together with `user`."""
    kind: str = used.id_type
    if kind in NOT_FOLLOWED or (user.id_type, kind) in NOT_PICTURED:
        return False
    is_reference_picture = user.id_type == "OBJECT" and kind == "IMAGE" and used == user.data
    return kind not in {"OBJECT", "COLLECTION"} and not is_reference_picture


def _shown_by(user: Any, used: set[ID]) -> Iterator[ID | None]:
    """The objects and collections that `user` shows, or puts into its geometry.

    What geometry is made of counts also where it is hidden, what is instanced as a collection
    does not (both tried by rendering, in Blender 4.2 and 5.0).
    """
    match user.id_type:
        case "OBJECT":
            if user.instance_type == "COLLECTION":
                yield from _unless_hidden(user.instance_collection)
            for modifier in user.modifiers:
                values = [getattr(modifier, name) for name in _pointers(modifier.bl_rna.identifier)]
                if modifier.type == "NODES":
                    values.extend(input_values(modifier))
                yield from _with_members(value for value in values if isinstance(value, ID))
        case "PARTICLE":
            yield user.instance_object
            yield from _unless_hidden(user.instance_collection)
        case "COLLECTION":
            yield from (item for item in user.objects if _is_shown(item))
            yield from (child for child in user.children if not child.hide_render)
        case "NODETREE" if user.type == "GEOMETRY":
            kinds = {"OBJECT", "COLLECTION"}
            yield from _with_members(one for one in used if one.id_type in kinds)


def _unless_hidden(collection: bpy.types.Collection | None) -> list[ID]:
    return [] if collection is None or collection.hide_render else [collection]


def _with_members(data_blocks: Iterable[Any]) -> Iterator[ID]:
    for one in data_blocks:
        yield one
        if one.id_type == "COLLECTION":
            yield from one.all_objects


@functools.cache
def _pointers(modifier_type: str) -> list[str]:
    """The properties of a type of modifier that name an object or a collection."""
    every = getattr(bpy.types, modifier_type).bl_rna.properties
    pointers = [one for one in every if one.type == "POINTER"]
    kinds = {"Object", "Collection"}
    return [one.identifier for one in pointers if one.fixed_type.identifier in kinds]


def _is_shown(item: Any) -> bool:
    return not item.hide_render or "hide_render" in animated_paths(item)
