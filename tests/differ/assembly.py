"""Inside Blender: a scene put together from its parts.

A part that names what is not there, or what this Blender has not got, does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

Builder = Callable[..., None]
BUILDERS: dict[str, Builder] = {}

IMPOSSIBLE = (
    *(AttributeError, KeyError, IndexError, TypeError, ValueError, RuntimeError, StopIteration),
)
"""What is raised where a thing or a property is not there, or can't be what it is told to be."""


def builds(kind: str) -> Callable[[Builder], Builder]:
    """Takes a function into the table: it puts parts of one kind into the open scene."""

    def take(builder: Builder) -> Builder:
        BUILDERS[kind] = builder
        return builder

    return take


def assemble(parts: list[dict[str, Any]], path: Path, base: Path) -> dict[int, str]:
    """Save a scene of these parts as a .blend; returns what could not be done of which of them."""
    bpy.ops.wm.open_mainfile(filepath=str(base))
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    undone: dict[int, str] = {}
    layers_first = sorted(enumerate(parts), key=lambda each: each[1]["kind"] != "layer")
    for number, part in layers_first:
        parameters = {name: value for name, value in part.items() if name != "kind"}
        try:
            BUILDERS[part["kind"]](**parameters)
        except IMPOSSIBLE as error:
            undone[number] = f"{part['kind']}: {type(error).__name__}: {error}"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return undone


def make_base(path: Path) -> None:
    """Save what every scene begins with: a cube on a floor, by Cycles, as small as can be."""
    bpy.ops.wm.read_factory_settings()
    scene: Any = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples, scene.cycles.use_denoising = "CPU", 1, False
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    avoid_octree(scene)
    scene.frame_start, scene.frame_end = 1, 4
    scene.camera.location = (6, -6, 4)
    scene.camera.rotation_euler = (1.13, 0, 0.785)
    scene.camera.data.lens = 45
    bpy.ops.mesh.primitive_plane_add(size=20, location=(0, 0, -1))
    bpy.context.object.name = "Floor"
    for name in ("Scene Collection", "Collection"):
        if name in bpy.data.collections:
            bpy.data.collections[name].name = name
    set_format("OPEN_EXR_MULTILAYER")
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=False)


def avoid_octree(scene: Any) -> None:
    """Have volumes rendered in steps: 5.1's octree of a volume takes minutes, whatever its size."""
    if hasattr(scene.cycles, "volume_biased"):
        scene.cycles.volume_biased = True


def set_format(file_format: str) -> None:
    """Have pictures written so that they can be compared value by value: nothing is lost."""
    image: Any = bpy.context.scene.render.image_settings
    if hasattr(image, "media_type"):
        layered = file_format == "OPEN_EXR_MULTILAYER"
        image.media_type = "MULTI_LAYER_IMAGE" if layered else "IMAGE"
    image.file_format = file_format
    if file_format != "PNG":
        image.color_depth, image.exr_codec = "32", "NONE"


def scene() -> Any:
    return bpy.context.scene


def item(name: str) -> Any:
    return bpy.data.objects[name]


def new_object(name: str, data: Any, collection: str = "") -> Any:
    """A new object, in a collection of this name or, where there is none, in the scene's own."""
    made = bpy.data.objects.new(name, data)
    (bpy.data.collections.get(collection) or scene().collection).objects.link(made)
    return made


def link_to_output(material: Any, output: Any, name: str = "Surface") -> None:
    """Link a socket to the end of a material's, a light's or the world's nodes."""
    tree = material.node_tree
    end = next(node for node in tree.nodes if node.bl_idname.startswith("ShaderNodeOutput"))
    tree.links.new(output, end.inputs[name])


def nodes_of(owner: Any) -> Any:
    """The node tree of a material, light or world, switched on."""
    if owner.node_tree is None:
        owner.use_nodes = True
    return owner.node_tree


def owner_of(words: str) -> Any:
    """What holds a property, by its words: `render`, `object Thing 1`, `modifier Cube/Array`."""
    kind, _, name = words.partition(" ")
    if kind in {"modifier", "layer_collection", "node"}:
        first, _, name = name.partition("/")
    match kind:
        case "scene":
            return scene()
        case "render" | "cycles" | "world":
            return getattr(scene(), kind)
        case "camera":
            return scene().camera.data
        case "object":
            return item(name)
        case "object.cycles":
            return item(name).cycles
        case "light":
            return item(name).data
        case "material":
            return bpy.data.materials[name]
        case "collection":
            return bpy.data.collections[name]
        case "layer":
            return scene().view_layers[name]
        case "layer.cycles":
            return scene().view_layers[name].cycles
        case "modifier":
            return item(first).modifiers[name]
        case "layer_collection":
            return layer_collection(scene().view_layers[first].layer_collection, name)
    raise KeyError(words)


def layer_collection(root: Any, name: str) -> Any:
    """The collection of this name below a view layer's root."""
    waiting = [root]
    while waiting:
        each = waiting.pop()
        if each.name == name:
            return each
        waiting.extend(each.children)
    raise KeyError(name)


def place_of(words: str, name: str) -> tuple[Any, str, int]:
    """What holds a property, its name there, and which component of it, or -1."""
    if words.startswith("socket "):
        tree = nodes_of(bpy.data.materials[words.partition(" ")[2]])
        node = next(each for each in tree.nodes if each.bl_idname == "ShaderNodeBsdfPrincipled")
        socket = node.inputs[name]
        return socket, "default_value", 0 if hasattr(socket.default_value, "__len__") else -1
    owner = owner_of(words)
    match = re.fullmatch(r"(.*)\[(\d)\]", name)
    name, index = (match[1], int(match[2])) if match else (name, -1)
    *holders, name = name.split(".")
    for holder in holders:
        owner = getattr(owner, holder)
    return owner, name, index


def assign(owner: Any, name: str, index: int, value: Any) -> None:
    if index >= 0:
        getattr(owner, name)[index] = value
    elif hasattr(owner, name):
        setattr(owner, name, resolved(name, value))
    else:
        raise AttributeError(name)


def resolved(name: str, value: Any) -> Any:
    """The data-block that stands behind a name."""
    match name:
        case "material_override":
            return bpy.data.materials[value]
        case "world_override":
            return bpy.data.worlds.get("Other World") or other_world()
    return value


def other_world() -> Any:
    made: Any = bpy.data.worlds.new("Other World")
    nodes_of(made).nodes["Background"].inputs["Color"].default_value = (0.8, 0.2, 0.1, 1)
    return made


@builds("set")
def set_property(owner: str, property: str, value: Any) -> None:
    for each in owners(owner):
        place, name, index = place_of(each, property)
        assign(place, name, index, value)


@builds("animate")
def animate(owner: str, property: str, keys: list[list[Any]]) -> None:
    for each in owners(owner):
        place, name, index = place_of(each, property)
        for frame, value in keys:
            assign(place, name, index, value)
            place.keyframe_insert(name, index=index, frame=frame)


def owners(words: str) -> list[str]:
    """The owners that these words stand for: `layer *` are all view layers."""
    if not words.endswith(" *"):
        return [words]
    return [f"{words[:-1]}{layer.name}" for layer in scene().view_layers]


@builds("drive")
def drive(owner: str, property: str, expression: str) -> None:
    place, name, index = place_of(owner, property)
    driver = place.driver_add(name, *([index] if index >= 0 else [])).driver
    if expression != "#camera":
        driver.expression = expression
        return
    variable = driver.variables.new()
    variable.name, variable.type = "turn", "TRANSFORMS"
    variable.targets[0].id, variable.targets[0].transform_type = item("Cube"), "LOC_X"
    driver.expression = "turn + 1"


@builds("format")
def format_of_files(format: str) -> None:
    set_format(format)
