"""Inside Blender: scenes whose File Output nodes get their data from behind other nodes."""

from __future__ import annotations

from typing import Any

import bpy
from scenes import compositing_tree, film, second_scene, slots_node, strips_of


def slots_behind(kind: str = "blur", name: str = "Image", **settings: Any) -> None:
    """A slot of this name behind nodes of this kind, and one that is called Fine."""
    scene = film(**settings)
    tree = compositing_tree(scene)
    image = tree.nodes["Layers"].outputs["Image"]
    tree.links.new(image, slots_node(tree, "//fine/", "Fine").inputs[0])
    BEHIND[kind](tree, image, name)


def slots_in_strip(name: str = "Image", alone: bool = False, **settings: Any) -> None:
    """The same in a scene that a strip shows in the first frame, and no longer in the second."""
    scene = film(**settings)
    shown = second_scene("Shown")
    tree = compositing_tree(shown)
    tree.nodes["Layers"].scene = shown
    image = tree.nodes["Layers"].outputs["Image"]
    if not alone:
        tree.links.new(image, slots_node(tree, "//fine/", "Fine").inputs[0])
    _blur(tree, image, name)
    strips = strips_of(scene)
    strips.new_scene("shown", shown, channel=1, frame_start=1).frame_final_duration = 1
    _colour(strips, channel=1, first=2)


def strip_unmuted(**settings: Any) -> None:
    """A strip that keyframes unmute with the second frame; its scene's compositor writes."""
    scene = film(**settings)
    late = second_scene("Late")
    tree = compositing_tree(late)
    tree.nodes["Layers"].scene = late
    _write(tree, tree.nodes["Layers"].outputs["Image"], "Late")
    strips = strips_of(scene)
    _colour(strips, channel=1, first=1)
    strip = strips.new_scene("late", late, channel=2, frame_start=1)
    for frame, mute in ((2, False), (1, True)):
        strip.mute = mute
        strip.keyframe_insert("mute", frame=frame)


def _colour(strips: Any, channel: int, first: int) -> None:
    sizes = {"frame_end": first + 9} if bpy.app.version < (5, 0, 0) else {"length": 9}
    strips.new_effect("colour", "COLOR", channel=channel, frame_start=first, **sizes)


def _write(tree: Any, socket: Any, name: str) -> None:
    tree.links.new(socket, slots_node(tree, "//passes/", name).inputs[0])


def _blur(tree: Any, image: Any, name: str) -> None:
    blur, detour = tree.nodes.new("CompositorNodeBlur"), tree.nodes.new("NodeReroute")
    tree.links.new(image, detour.inputs[0])
    tree.links.new(detour.outputs[0], blur.inputs["Image"])
    _write(tree, blur.outputs[0], name)


def _mix(tree: Any, image: Any, name: str) -> None:
    if bpy.app.version >= (5, 0, 0):
        mix = tree.nodes.new("ShaderNodeMix")
        mix.data_type = "RGBA"
        place = 7
    else:
        mix, place = tree.nodes.new("CompositorNodeMixRGB"), 2
    tree.links.new(image, mix.inputs[place])
    _write(tree, next(each for each in mix.outputs if each.enabled), name)


def _group(tree: Any, image: Any, name: str) -> Any:
    inner = bpy.data.node_groups.new("Inner", "CompositorNodeTree")
    for in_out in ("INPUT", "OUTPUT"):
        inner.interface.new_socket("Image", in_out=in_out, socket_type="NodeSocketColor")
    entry, end = inner.nodes.new("NodeGroupInput"), inner.nodes.new("NodeGroupOutput")
    inner.links.new(entry.outputs[0], end.inputs[0])
    group = tree.nodes.new("CompositorNodeGroup")
    group.node_tree = inner
    tree.links.new(image, group.inputs[0])
    return group


def _behind_group(tree: Any, image: Any, name: str) -> None:
    _write(tree, _group(tree, image, name).outputs[0], name)


def _in_group(tree: Any, image: Any, name: str) -> None:
    inner = _group(tree, image, name).node_tree
    _blur(inner, inner.nodes["Group Input"].outputs[0], name)


def _no_image(tree: Any, image: Any, name: str) -> None:
    """An image that isn't there; nobody can know it by the nodes."""
    node = tree.nodes.new("CompositorNodeImage")
    node.image = bpy.data.images.new("gone", 4, 4)
    node.image.source, node.image.filepath = "FILE", "//gone.png"
    _write(tree, node.outputs[0], name)


def _value(tree: Any, image: Any, name: str) -> None:
    before = "ShaderNode" if bpy.app.version >= (5, 0, 0) else "CompositorNode"
    value, math = tree.nodes.new(f"{before}Value"), tree.nodes.new(f"{before}Math")
    tree.links.new(value.outputs[0], math.inputs[0])
    _write(tree, math.outputs[0], name)


BEHIND = {
    "blur": _blur,
    "mix": _mix,
    "behind a group": _behind_group,
    "in a group": _in_group,
    "no image": _no_image,
    "value": _value,
}
