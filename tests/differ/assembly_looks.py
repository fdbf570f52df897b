"""Inside Blender: parts that are materials with their textures, lights and worlds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pictures
from assembly import builds, link_to_output, new_object, nodes_of, scene
from assembly_objects import PLACES

SURFACES = {
    "principled": "ShaderNodeBsdfPrincipled",
    "diffuse": "ShaderNodeBsdfDiffuse",
    "glossy": "ShaderNodeBsdfAnisotropic",
    "glass": "ShaderNodeBsdfGlass",
    "emission": "ShaderNodeEmission",
    "transparent": "ShaderNodeBsdfTransparent",
    "subsurface": "ShaderNodeSubsurfaceScattering",
    "translucent": "ShaderNodeBsdfTranslucent",
    "toon": "ShaderNodeBsdfToon",
    "hair": "ShaderNodeBsdfHair",
    "holdout": "ShaderNodeHoldout",
    "mix": "ShaderNodeMixShader",
    "absorption": "ShaderNodeVolumeAbsorption",
    "scatter": "ShaderNodeVolumeScatter",
    "smoke": "ShaderNodeVolumePrincipled",
}

TEXTURES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "noise": ("ShaderNodeTexNoise", "Color", {}),
    "voronoi": ("ShaderNodeTexVoronoi", "Color", {}),
    "checker": ("ShaderNodeTexChecker", "Color", {}),
    "wave": ("ShaderNodeTexWave", "Color", {}),
    "white noise": ("ShaderNodeTexWhiteNoise", "Color", {}),
    "object colour": ("ShaderNodeObjectInfo", "Color", {}),
    "object random": ("ShaderNodeObjectInfo", "Random", {}),
    "object index": ("ShaderNodeObjectInfo", "Object Index", {}),
    "position": ("ShaderNodeNewGeometry", "Position", {}),
    "pointiness": ("ShaderNodeNewGeometry", "Pointiness", {}),
    "random island": ("ShaderNodeNewGeometry", "Random Per Island", {}),
    "window": ("ShaderNodeTexCoord", "Window", {}),
    "uv": ("ShaderNodeTexCoord", "UV", {}),
    "camera view": ("ShaderNodeCameraData", "View Distance", {}),
    "ao": ("ShaderNodeAmbientOcclusion", "Color", {}),
    "bevel": ("ShaderNodeBevel", "Normal", {}),
    "wireframe": ("ShaderNodeWireframe", "Fac", {}),
    "light path": ("ShaderNodeLightPath", "Is Camera Ray", {}),
    "layer weight": ("ShaderNodeLayerWeight", "Facing", {}),
    "particle info": ("ShaderNodeParticleInfo", "Random", {}),
    "curves info": ("ShaderNodeHairInfo", "Intercept", {}),
    "vertex colour": ("ShaderNodeVertexColor", "Color", {}),
    "attribute": ("ShaderNodeAttribute", "Color", {"attribute_name": "paint"}),
    "volume info": ("ShaderNodeVolumeInfo", "Color", {}),
    "raycast": ("ShaderNodeRaycast", "Is Hit", {}),
}
"""Nodes whose output is the colour: their kind, the output, and what is set."""


class Painter:
    """Makes the node whose output gives a material its colour."""

    def __init__(self, tree: Any, owner: Any, other: Any) -> None:
        self.tree, self.owner, self.other = tree, owner, other

    def output(self, texture: str) -> Any:
        special = SPECIAL.get(texture)
        if special is not None:
            return special(self)
        kind, output, settings = TEXTURES[texture]
        node = self.tree.nodes.new(kind)
        for name, value in settings.items():
            setattr(node, name, value)
        return node.outputs.get(output) or node.outputs[0]

    def of_other(self) -> Any:
        node = self.tree.nodes.new("ShaderNodeTexCoord")
        node.object = self.other
        return node.outputs["Object"]

    def attribute(self, kind: str, name: str) -> Any:
        node = self.tree.nodes.new("ShaderNodeAttribute")
        node.attribute_type, node.attribute_name = kind, name
        return node.outputs["Color"]

    def of_property(self) -> Any:
        """A custom property of the object, in motion."""
        for frame, value in ((1, 0.1), (4, 0.9)):
            self.owner["shade"] = value
            self.owner.keyframe_insert('["shade"]', frame=frame)
        return self.attribute("OBJECT", "shade")

    def of_scene_property(self) -> Any:
        for frame, value in ((1, 0.1), (4, 0.9)):
            scene()["tint"] = value
            scene().keyframe_insert('["tint"]', frame=frame)
        return self.attribute("VIEW_LAYER", "tint")

    def of_layer_property(self) -> Any:
        for number, layer in enumerate(scene().view_layers):
            layer["tone"] = 0.2 + 0.6 * number
        return self.attribute("VIEW_LAYER", "tone")

    def driven(self) -> Any:
        node = self.tree.nodes.new("ShaderNodeValue")
        node.outputs[0].driver_add("default_value").driver.expression = "frame / 5"
        return node.outputs[0]

    def generated(self) -> Any:
        node = self.tree.nodes.new("ShaderNodeTexImage")
        node.image = generated_image()
        return node.outputs["Color"]

    def sequence(self, refresh: bool = True) -> Any:
        node = self.tree.nodes.new("ShaderNodeTexImage")
        node.image = picture_sequence()
        node.image_user.frame_duration, node.image_user.use_auto_refresh = 4, refresh
        return node.outputs["Color"]

    def ramp(self) -> Any:
        """A ramp of colours whose stop moves."""
        node = self.tree.nodes.new("ShaderNodeValToRGB")
        coordinates = self.tree.nodes.new("ShaderNodeTexCoord")
        self.tree.links.new(coordinates.outputs["Generated"], node.inputs[0])
        stop = node.color_ramp.elements[0]
        for frame, value in ((1, 0.0), (4, 0.8)):
            stop.position = value
            stop.keyframe_insert("position", frame=frame)
        return node.outputs[0]

    def group(self) -> Any:
        """A node group in which a value moves."""
        group: Any = bpy.data.node_groups.new("Shade", "ShaderNodeTree")
        group.interface.new_socket("Color", in_out="OUTPUT", socket_type="NodeSocketColor")
        inner, end = group.nodes.new("ShaderNodeValue"), group.nodes.new("NodeGroupOutput")
        group.links.new(inner.outputs[0], end.inputs[0])
        for frame, value in ((1, 0.0), (3, 1.0)):
            inner.outputs[0].default_value = value
            inner.outputs[0].keyframe_insert("default_value", frame=frame)
        outer = self.tree.nodes.new("ShaderNodeGroup")
        outer.node_tree = group
        return outer.outputs[0]


SPECIAL: dict[str, Callable[[Painter], Any]] = {
    "other object": Painter.of_other,
    "object property": Painter.of_property,
    "scene property": Painter.of_scene_property,
    "layer property": Painter.of_layer_property,
    "frame driver": Painter.driven,
    "generated image": Painter.generated,
    "sequence": Painter.sequence,
    "stale sequence": lambda painter: painter.sequence(refresh=False),
    "ramp": Painter.ramp,
    "group": Painter.group,
}


def generated_image() -> Any:
    image: Any = bpy.data.images.new("Grid", 16, 16)
    image.source, image.generated_type = "GENERATED", "COLOR_GRID"
    return image


def picture_sequence() -> Any:
    """Four pictures, one a frame, beside the .blend."""
    folder = Path(bpy.data.filepath).parent / "sequence"
    folder.mkdir(exist_ok=True)
    colours = [(60 * number, 120, 200 - 50 * number) for number in range(4)]
    first = pictures.plain_frames(folder, *colours)[0]
    image: Any = bpy.data.images.load(str(first))
    image.source = "SEQUENCE"
    return image


@builds("material")
def make_material(
    name: str, object: str, surface: str, texture: str, bump: str, other: str
) -> None:
    owner = bpy.data.objects.get(object)
    made: Any = bpy.data.materials.new(name)
    if owner is not None and hasattr(owner.data, "materials"):
        owner.data.materials.clear()
        owner.data.materials.append(made)
    tree = nodes_of(made)
    shader = tree.nodes.get("Principled BSDF")
    if surface != "principled":
        tree.nodes.remove(shader)
        shader = tree.nodes.new(SURFACES[surface])
        is_volume = surface in {"absorption", "scatter", "smoke"}
        link_to_output(made, shader.outputs[0], "Volume" if is_volume else "Surface")
    if surface == "mix":
        for number, kind in ((1, "diffuse"), (2, "emission")):
            tree.links.new(tree.nodes.new(SURFACES[kind]).outputs[0], shader.inputs[number])
    if texture and shader.inputs:
        output = Painter(tree, owner, bpy.data.objects.get(other)).output(texture)
        tree.links.new(output, shader.inputs[0])
    if bump:
        displace(made, bump)


def displace(made: Any, by: str) -> None:
    """Displacement by a texture, which depends on the place where `by` says so."""
    tree = made.node_tree
    made.displacement_method = "DISPLACEMENT"
    noise, node = tree.nodes.new("ShaderNodeTexNoise"), tree.nodes.new("ShaderNodeDisplacement")
    tree.links.new(noise.outputs[0], node.inputs["Height"])
    link_to_output(made, node.outputs[0], "Displacement")
    if by == "position":
        place = tree.nodes.new("ShaderNodeNewGeometry")
        tree.links.new(place.outputs["Position"], noise.inputs["Vector"])
    elif by == "random":
        info = tree.nodes.new("ShaderNodeObjectInfo")
        tree.links.new(info.outputs["Random"], node.inputs["Scale"])


@builds("light")
def make_light(name: str, type: str, place: int, lightgroup: str, linked: str, nodes: str) -> None:
    made: Any = new_object(name, bpy.data.lights.new(name, type))
    made.data.energy = 3 if type == "SUN" else 300
    x, y, z = PLACES[place]
    made.location = (x * 1.5, y * 1.5, z + 3)
    made.lightgroup = lightgroup
    if linked:
        made.light_linking.receiver_collection = bpy.data.collections[linked]
    if nodes:
        tree = nodes_of(made.data)
        made.data.use_nodes = True
        emission = next(each for each in tree.nodes if each.bl_idname == "ShaderNodeEmission")
        emission.inputs["Color"].default_value = (0.3, 1, 0.4, 1)
        if nodes == "frame driver":
            strength = emission.inputs["Strength"]
            strength.driver_add("default_value").driver.expression = "frame / 2"


@builds("world")
def make_world(does: str, moves: bool) -> None:
    world = scene().world
    tree = nodes_of(world)
    world.use_nodes = True
    background = next(each for each in tree.nodes if each.bl_idname == "ShaderNodeBackground")
    world.cycles.sampling_method = "NONE" if does == "sky" else "MANUAL"
    world.cycles.sample_map_resolution = 16
    if does != "colour":
        paint_world(world, tree, background, does)
    if moves:
        strength = background.inputs["Strength"]
        for frame, value in ((1, 0.2), (3, 1.0)):
            strength.default_value = value
            strength.keyframe_insert("default_value", frame=frame)


def paint_world(world: Any, tree: Any, background: Any, does: str) -> None:
    match does:
        case "sky":
            node = tree.nodes.new("ShaderNodeTexSky")
            node.sky_type = "HOSEK_WILKIE"  # the newer ones take seconds a frame
            background.inputs["Strength"].default_value = 0.1
            output = node.outputs[0]
        case "gradient":
            output = tree.nodes.new("ShaderNodeTexGradient").outputs[0]
        case "light path":
            output = tree.nodes.new("ShaderNodeLightPath").outputs["Is Camera Ray"]
        case "volume":
            smoke = tree.nodes.new("ShaderNodeVolumePrincipled")
            smoke.inputs["Density"].default_value = 0.02
            link_to_output(world, smoke.outputs[0], "Volume")
            return
        case _:
            node = tree.nodes.new("ShaderNodeTexEnvironment")
            node.image = generated_image() if does == "generated image" else picture_sequence()
            node.image_user.frame_duration, node.image_user.use_auto_refresh = 4, True
            output = node.outputs[0]
    tree.links.new(output, background.inputs["Color"])
