"""What Cycles shows as it was in an earlier frame, where data is kept from frame to frame.

Between two frames Cycles asks Blender which data-blocks have changed, and prepares only these
anew (`BlenderSync::sync_recalc` in intern/cycles/blender/sync.cpp). What a picture depends on and
Blender doesn't name there stays as it was. Each rule below was found by rendering the same frames
with and without kept data, in one process, on Blender 4.2.23, 4.5.15 and 5.0.1; docs/SPEED.md has
the table, and what else was tried.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import bpy

from ..scene.blender_versions.render import jitters_pixels, reads_alembic_itself
from ..scene.files.stored_path import owner_name
from ..scene.frame_drivers import animated_paths, frame_handlers, module_of
from ..scene.render_reach import reach_of_render
from .clear_hair import of_clear_hair
from .loose_edges import of_loose_edges
from .motion_faults import MOTION_RULES, Used

SIMPLIFY = ("render.use_simplify", "render.simplify_")
"""What the paths of Simplify's settings begin with, from the scene."""

_LAYER_SAMPLES = re.compile(r"view_layers\[.*\]\.samples")

NOISE = frozenset({"cycles.samples", "cycles.use_pixel_jitter"})
"""Settings that the noise of all frames depends on, by their paths from the scene."""

OF_LAYERS = "view_layers["
"""What the paths of view layers' settings begin with, from the scene."""

LAYERS_OWN = frozenset(
    {"name", "active_aov_index", "active_lightgroup_index", "active_layer_collection"}
)
"""Properties of a view layer that decide nothing of what is prepared for it."""

PICTURES_IN_TIME = frozenset({"SEQUENCE", "MOVIE"})

SAFE_OUTPUTS = frozenset({"Random", "Random Per Island", "Pointiness", "Parametric", "Backfacing"})
"""What nodes that know where things are tell of an object alone, wherever that is."""

PLACE_OUTPUTS = frozenset({"Camera", "Window", "Reflection"})
"""Texture coordinates that differ from place to place."""

PLACE_NODES = frozenset(
    {
        "ShaderNodeNewGeometry",
        "ShaderNodeObjectInfo",
        "ShaderNodeCameraData",
        "ShaderNodeVectorTransform",
        "ShaderNodeScript",
    }
)
"""Nodes that know where the object, its instance or the camera is, or may do so (a script)."""


def fault_of(scene: bpy.types.Scene, cycles: Sequence[bpy.types.Scene]) -> str:
    """Why data can't be kept between the frames of `scene`; nothing where nothing is known.

    `cycles` are the scenes that Cycles renders for its pictures.
    """
    used = functools.cache(lambda: reach_of_render(scene).pictured)
    reasons = itertools.chain.from_iterable(rule(cycles, used) for rule in RULES)
    return next(itertools.chain(reasons, of_loose_edges(scene, cycles, used)), "")


def _of_handlers(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """A custom property or a picture's pixels that a script sets: no update is told of."""
    for handler in frame_handlers():
        yield (
            f"the handler {getattr(handler, '__name__', handler)!r} of {module_of(handler)} runs "
            "with each frame, and Cycles is not told of all that a script changes"
        )


def _of_simplify(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """Blender prepares no object anew where only Simplify's levels change."""
    for scene in cycles:
        for path in animated_paths(scene):
            if path.startswith(SIMPLIFY):
                yield f"{path} of scene {scene.name!r} is animated: objects would keep their level"


def _of_samples(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """The noise is made for as many samples as there ever were: other noise, on 4.5.

    And where samples are moved about in their pixel, other ones in each frame after the first.
    """
    for scene in cycles:
        if jitters_pixels(scene):
            yield f"scene {scene.name!r} has Use Pixel Jitter on: the noise would be other noise"
        for path in animated_paths(scene):
            if path in NOISE or _LAYER_SAMPLES.fullmatch(path):
                yield f"{path} of scene {scene.name!r} is animated: the noise would be other noise"
        layers = [layer for layer in scene.view_layers if layer.use]
        if len({layer.samples or scene.cycles.samples for layer in layers}) > 1:
            yield f"the view layers of scene {scene.name!r} have different numbers of samples"


def _of_layers(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """What Cycles kept of one view layer goes on to the next, and is not made for that one.

    Materials, say, know at which place of a layer's passes their AOVs are. In a layer that has no
    such pass they write into others: up to 5.0 its picture shows an AOV's colours.
    """
    for scene in cycles:
        for path in animated_paths(scene):
            if path.startswith(OF_LAYERS):
                yield f"{path} of scene {scene.name!r} is animated: the layer's passes may change"
        layers = [layer for layer in scene.view_layers if layer.use]
        for layer in layers[1:]:
            for name in _differing(layers[0], layer):
                yield (
                    f"the view layers {layers[0].name!r} and {layer.name!r} of scene "
                    f"{scene.name!r} differ in {name}: what is kept of one could show in the other"
                )


def _differing(one: Any, other: Any) -> Iterator[str]:
    """What two view layers differ in, but for their names and the collections that they show."""
    pairs = (("", one, other), ("cycles.", one.cycles, other.cycles))
    for prefix, first, second in pairs:
        for each in first.bl_rna.properties:
            name = each.identifier
            if name in LAYERS_OWN or each.type == "COLLECTION" or each.is_readonly:
                continue
            if getattr(first, name) != getattr(second, name):
                yield prefix + name
    if [(each.name, each.type) for each in one.aovs] != [
        (each.name, each.type) for each in other.aovs
    ]:
        yield "their AOVs"
    if [each.name for each in one.lightgroups] != [each.name for each in other.lightgroups]:
        yield "their light groups"
    if _lights_in(one) != _lights_in(other):  # the second one samples those of the first
        yield "the lights that they show"


def _lights_in(layer: Any) -> set[str]:
    """Names of the lights in the collections that a view layer doesn't leave out."""
    lights, waiting = set(), [layer.layer_collection]
    while waiting:
        place = waiting.pop()
        if not place.exclude:
            objects = place.collection.objects
            lights |= {each.name_full for each in objects if each.type == "LIGHT"}
        waiting.extend(place.children)
    return lights


def _of_cameras(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """A camera that is hidden in renders for a frame stays where it was in the next ones."""
    for camera in bpy.data.objects:
        if camera.type == "CAMERA" and "hide_render" in animated_paths(camera) and camera in used():
            yield f"{owner_name(camera)} is hidden in some renders: it would stay where it was"


def _of_volumes(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """A view layer that leaves volumes out has another one show those of another frame.

    Seen on 4.3.2 and 5.0.1, not on 4.2.23 and 4.5.15: it is not known from which version on.
    """
    for scene in cycles:
        if sum(layer.use for layer in scene.view_layers) > 1:
            for material in bpy.data.materials:
                if _has_volume(material) and material in used():
                    yield (
                        f"{owner_name(material)} is a volume's, and scene {scene.name!r} has "
                        "several view layers: one would show another's"
                    )


def _has_volume(material: bpy.types.Material) -> bool:
    nodes = material.node_tree.nodes if material.node_tree is not None else ()
    outputs = (node for node in nodes if node.bl_idname == "ShaderNodeOutputMaterial")
    return any(output.inputs["Volume"].is_linked for output in outputs)


def _of_procedurals(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """Alembic files that Cycles reads by itself stand still at the first frame."""
    for cache in bpy.data.cache_files:
        if any(reads_alembic_itself(scene, cache) for scene in cycles) and cache in used():
            yield f"Cycles reads {owner_name(cache)} by itself, and would do so once only"


def _of_pictures(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """Sequences and movies are looked at again by Auto Refresh alone, which is off at first."""
    if not any(image.source in PICTURES_IN_TIME for image in bpy.data.images):
        return
    for owner, tree in _shader_trees():
        for node in tree.nodes:
            image = getattr(node, "image", None)
            if image is None or image.source not in PICTURES_IN_TIME:
                continue
            user = getattr(node, "image_user", None)
            if user is not None and not user.use_auto_refresh and owner in used():
                yield (
                    f"the node {node.name!r} of {owner_name(owner)} has Auto Refresh off, so "
                    f"{owner_name(image)} would stand still"
                )


def _shader_trees() -> Iterator[tuple[bpy.types.ID, Any]]:
    data = bpy.data
    for collection in (data.materials, data.worlds, data.lights):
        for owner in collection:
            if owner.node_tree is not None:
                yield owner, owner.node_tree
    for group in data.node_groups:
        if group.bl_idname == "ShaderNodeTree":
            yield group, group


def _of_displacement(cycles: Sequence[bpy.types.Scene], used: Used) -> Iterator[str]:
    """A mesh is displaced anew where it or its material changes, not where it moves."""
    for material in bpy.data.materials:
        if material.node_tree is None or material.displacement_method == "BUMP":
            continue
        node = next(_place_nodes(material.node_tree), None)
        if node is not None and material in used():
            yield (
                f"{owner_name(material)} displaces by the node {node.name!r}, which depends on "
                "more than the mesh: it would keep its shape"
            )


def _place_nodes(tree: Any) -> Iterator[Any]:
    """The nodes before a material's Displacement that know more than the mesh itself."""
    waiting = [
        link
        for node in tree.nodes
        if node.bl_idname == "ShaderNodeOutputMaterial"
        for link in node.inputs["Displacement"].links
    ]
    seen, groups = set(), []
    while waiting:
        link = waiting.pop()
        node = link.from_node
        if _knows_place(node, link.from_socket.name):
            yield node
        if node.name not in seen:
            seen.add(node.name)
            groups.append(getattr(node, "node_tree", None))
            waiting.extend(before for socket in node.inputs for before in socket.links)
    yield from _place_nodes_in_groups(groups)


def _place_nodes_in_groups(waiting: list[Any]) -> Iterator[Any]:
    """Also those that nothing leads to; what of their outputs is used is looked at all the same."""
    seen = {None}
    while waiting:
        tree = waiting.pop()
        if tree in seen:
            continue
        seen.add(tree)
        for node in tree.nodes:
            outputs = [socket.name for socket in node.outputs if socket.is_linked]
            if any(_knows_place(node, output) for output in outputs):
                yield node
            waiting.append(getattr(node, "node_tree", None))


def _knows_place(node: Any, output: str) -> bool:
    match node.bl_idname:
        case "ShaderNodeAttribute":
            return node.attribute_type in {"OBJECT", "INSTANCER"}
        case "ShaderNodeTexCoord":
            of_other = output == "Object" and node.object is not None
            return of_other or output in PLACE_OUTPUTS or node.from_instancer
        case "ShaderNodeUVMap":
            return node.from_instancer
        case "ShaderNodeDisplacement" | "ShaderNodeVectorDisplacement":
            return node.space == "WORLD"
    return node.bl_idname in PLACE_NODES and output not in SAFE_OUTPUTS


RULES: tuple[Callable[[Sequence[bpy.types.Scene], Used], Iterator[str]], ...] = (
    _of_handlers,
    _of_simplify,
    _of_samples,
    _of_cameras,
    _of_volumes,
    _of_layers,
    _of_procedurals,
    _of_pictures,
    _of_displacement,
    of_clear_hair,
    *MOTION_RULES,
)
