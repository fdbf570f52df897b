"""Inside Blender: scenes as in `moving_scenes`, of settings, view layers and other scenes."""

from __future__ import annotations

from typing import Any

import bpy
from compositing import compositing_tree
from moving_scenes import Maker, animate, base, cube, light


def simplified_throughout() -> None:
    """Simplify that nothing animates."""
    scene = base()
    cube().modifiers.new("Smooth", "SUBSURF").render_levels = 3
    scene.render.use_simplify, scene.render.simplify_subdivision_render = True, 1
    animate(cube(), "location", -2, 2, 0)


def culled_by_camera() -> None:
    scene = base()
    scene.render.use_simplify = scene.cycles.use_camera_cull = True
    scene.cycles.camera_cull_margin = 0
    cube().cycles.use_camera_cull = True
    animate(scene.camera, "rotation_euler", 0.5, 2.2, 0)


def film_transparent() -> None:
    animate(base(), "render.film_transparent", False, True, end=3)


def animated_seed() -> None:
    base().cycles.use_animated_seed = True


def stereo() -> None:
    scene = base()
    scene.render.use_multiview = True
    animate(cube(), "location", -2, 2, 0)


def mixed(scene: Any) -> tuple[Any, Any]:
    """A compositor that shows two pictures, one over the other: returns its Render Layers nodes."""
    tree = compositing_tree(scene)
    (shown,) = tree.links
    end, nodes = shown.to_socket, [shown.from_node, tree.nodes.new("CompositorNodeRLayers")]
    # Nothing that mixes colours has the same name in all versions, but this one has.
    both = tree.nodes.new("CompositorNodeAlphaOver")
    inputs = [socket for socket in both.inputs if socket.type == "RGBA"]
    next(socket for socket in both.inputs if socket.type == "VALUE").default_value = 0.5
    for node, socket in zip(nodes, inputs, strict=True):
        tree.links.new(node.outputs["Image"], socket)
    tree.links.new(both.outputs[0], end)
    return nodes[0], nodes[1]


def two_layers(scene: Any) -> Any:
    """A second view layer, which shows in the picture; returns it."""
    layer = scene.view_layers.new("Second")
    first, second = mixed(scene)
    first.layer, second.layer = scene.view_layers[0].name, layer.name
    return layer


def layers() -> None:
    """One of them is without the cube."""
    scene = base()
    collection = scene.collection.children[0]
    collection.objects.unlink(light())
    scene.collection.objects.link(light())
    two_layers(scene).layer_collection.children[collection.name].exclude = True
    animate(scene.camera, "location", 6, 4, 0)


def two_scenes(scene: Any) -> Any:
    """Another scene with the same cube; returns it."""
    other: Any = bpy.data.scenes.new("Other")
    for item in (cube(), light(), scene.camera):
        other.collection.objects.link(item)
    other.render.engine, other.camera = "CYCLES", scene.camera
    other.cycles.samples, other.cycles.use_denoising = 1, False
    other.render.resolution_x, other.render.resolution_y = 64, 36
    return other


def scene_strip() -> None:
    scene = base()
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strips.new_scene("Other", two_scenes(scene), channel=1, frame_start=1)
    animate(cube(), "location", -2, 2, 0)


SETTINGS: tuple[Maker, ...] = (
    simplified_throughout,
    culled_by_camera,
    film_transparent,
    animated_seed,
    stereo,
    layers,
)
