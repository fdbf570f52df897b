"""Inside Blender: parts that are view layers, the compositor and the sequencer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pictures
from assembly import avoid_octree, builds, nodes_of, scene
from compositing import compositing_tree, file_output


@builds("layer")
def make_layer(name: str) -> None:
    scene().view_layers.new(name)


def layers_called(name: str) -> list[Any]:
    """The view layer of this name; all of them for `*`."""
    layers = scene().view_layers
    return list(layers) if name == "*" else [layers[name]]


@builds("aov")
def add_aov(layer: str, name: str, type: str, materials: list[str]) -> None:
    """A pass of a view layer that materials write into, in their own colour."""
    for each in layers_called(layer):
        made = each.aovs.add()
        made.name, made.type = name, type
    for each in materials:
        if (material := bpy.data.materials.get(each)) is not None:
            node: Any = nodes_of(material).nodes.new("ShaderNodeOutputAOV")
            node.aov_name = name
            node.inputs["Color"].default_value = (0.9, 0.3, 0.1, 1)
            node.inputs["Value"].default_value = 0.7


@builds("lightgroup")
def add_lightgroup(layer: str, name: str) -> None:
    for each in layers_called(layer):
        each.lightgroups.add(name=name)


def picture_input(node: Any) -> Any:
    return next(each for each in node.inputs if each.type in {"RGBA", "SHADER"})


class Compositor:
    """The scene's compositor, made at its first part."""

    def __init__(self, layer: str, socket: str) -> None:
        trees = [each for each in bpy.data.node_groups if each.name == "Compositing"]
        before = getattr(scene(), "node_tree", None)
        self.tree: Any = trees[0] if trees else before or compositing_tree(scene())
        self.end = next(
            node.inputs[0]
            for node in self.tree.nodes
            if node.bl_idname in {"NodeGroupOutput", "CompositorNodeComposite"}
        )
        self.layers = self.new("CompositorNodeRLayers")
        self.layers.layer = layer
        output = self.layers.outputs.get(socket)
        self.source = output if output is not None and output.enabled else self.layers.outputs[0]

    def new(self, kind: str) -> Any:
        return self.tree.nodes.new(kind)

    def through(self, kind: str) -> Any:
        """A node that the picture goes through."""
        node = self.new(kind)
        self.tree.links.new(self.shown, picture_input(node))
        self.show(node.outputs[0])
        return node

    @property
    def shown(self) -> Any:
        return self.end.links[0].from_socket if self.end.links else self.source

    def show(self, output: Any) -> None:
        self.tree.links.new(output, self.end)

    def mix(self, output: Any) -> None:
        """Show an output over what is shown so far, half and half."""
        node = self.new("CompositorNodeAlphaOver")
        inputs = [each for each in node.inputs if each.type == "RGBA"]
        for each in node.inputs:
            if each.type == "VALUE":
                each.default_value = 0.5
        self.tree.links.new(self.shown, inputs[0])
        self.tree.links.new(output, inputs[1])
        self.show(node.outputs[0])


@builds("compositor")
def compose(does: str, layer: str, socket: str) -> None:
    compositor = Compositor(layer, socket)
    match does:
        case "first layer":
            compositor.show(compositor.layers.outputs[0])
        case "all layers":
            for each in scene().view_layers:
                compositor.mix(Compositor(each.name, "Image").layers.outputs[0])
        case "pass":
            compositor.mix(compositor.source)
        case "file output" | "multilayer output":
            write_file(compositor, does)
        case "blur":
            compositor.through("CompositorNodeFilter")
        case "denoise" | "normalize":
            compositor.through(f"CompositorNode{does.title()}")
        case "cryptomatte":
            scene().view_layers[layer].use_pass_cryptomatte_object = True
            node = compositor.new("CompositorNodeCryptomatteV2")
            node.layer_name, node.matte_id = f"{layer}.CryptoObject", "Cube"
            compositor.mix(node.outputs["Image"])
        case "id mask":
            scene().view_layers[layer].use_pass_object_index = True
            node = compositor.new("CompositorNodeIDMask")
            index = next(each for each in compositor.layers.outputs if "Index" in each.name)
            compositor.tree.links.new(index, node.inputs[0])
            compositor.mix(node.outputs[0])
        case "animated fade":
            fade(compositor)
        case "image":
            node = compositor.new("CompositorNodeImage")
            node.image = picture()
            compositor.mix(node.outputs[0])
        case "other scene":
            node = compositor.new("CompositorNodeRLayers")
            node.scene = other_scene()
            compositor.mix(node.outputs[0])
        case "time":
            node = compositor.new("CompositorNodeTime")
            node.frame_start, node.frame_end = 1, 4
            compositor.mix(node.outputs[0])


def write_file(compositor: Compositor, does: str) -> None:
    """By a File Output node whose names have the number where the child's have it."""
    layered = does == "multilayer output"
    name = f"part{len(compositor.tree.nodes)}"
    has_files = hasattr(scene(), "compositing_node_group")
    end = f"{name}-#####" if layered and not has_files else ""
    file_format = "OPEN_EXR_MULTILAYER" if layered else "OPEN_EXR"
    node = file_output(compositor.tree, f"//{name}/{end}", f"{name}-#####", file_format)
    node.format.exr_codec, node.format.color_depth = "NONE", "32"
    compositor.tree.links.new(compositor.source, node.inputs[0])


def fade(compositor: Compositor) -> None:
    compositor.mix(compositor.source)
    node = compositor.end.links[0].from_node
    factor = next(each for each in node.inputs if each.type == "VALUE")
    for frame, value in ((1, 0.0), (4, 1.0)):
        factor.default_value = value
        factor.keyframe_insert("default_value", frame=frame)


def picture() -> Any:
    path = Path(bpy.data.filepath).with_name("picture.png")
    return bpy.data.images.load(str(pictures.plain(path, pictures.SAND, 32, 18)))


def other_scene() -> Any:
    """Another scene with the same things, seen by Cycles."""
    if "Other" in bpy.data.scenes:
        return bpy.data.scenes["Other"]
    made: Any = bpy.data.scenes.new("Other")
    for each in scene().objects:
        made.collection.objects.link(each)
    made.render.engine, made.camera, made.world = "CYCLES", scene().camera, scene().world
    made.cycles.samples, made.cycles.use_denoising = 1, False
    made.render.resolution_x, made.render.resolution_y = 32, 18
    made.render.threads_mode, made.render.threads = "FIXED", 1
    avoid_octree(made)
    return made


@builds("strip")
def add_strip(does: str, layer: str) -> None:
    editor = scene().sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    channel = len(strips) + 1
    match does:
        case "scene" | "scene twice" | "camera" | "muted":
            strip = strips.new_scene("Other", other_scene(), channel=channel, frame_start=1)
            strip.mute = does == "muted"
            if does == "scene twice":
                strips.new_scene("Again", other_scene(), channel=channel + 1, frame_start=2)
            elif does == "camera":
                strip.scene_camera = scene().camera
        case "colour" | "adjustment":
            effect(strips, "COLOR" if does == "colour" else "ADJUSTMENT", channel)
        case "picture":
            path = Path(bpy.data.filepath).with_name("picture.png")
            pictures.plain(path, pictures.SAND, 32, 18)
            strips.new_image("Picture", str(path), channel=channel, frame_start=1)


def effect(strips: Any, kind: str, channel: int) -> None:
    extent = {"length": 2} if bpy.app.version >= (5, 0, 0) else {"frame_end": 3}
    strip = strips.new_effect(name=kind, type=kind, channel=channel, frame_start=1, **extent)
    if kind == "COLOR":
        strip.color = (0.2, 0.5, 0.7)
        strip.blend_alpha = 0.5
