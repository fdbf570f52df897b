"""Inside Blender: scenes as in `moving_scenes`, of materials, lights, cameras and motion blur."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pictures
from moving_scenes import Maker, animate, array_count, ball, base, cube, empty, light, socket_path
from moving_scenes import geometry_nodes as geometry_nodes_of


def material(item: Any) -> tuple[Any, Any]:
    """A new material of an object; returns it and its Principled BSDF."""
    made: Any = bpy.data.materials.new("Painted")
    made.use_nodes = True
    item.data.materials.clear()
    item.data.materials.append(made)
    return made, made.node_tree.nodes["Principled BSDF"]


def painted_by(made: Any, kind: str, output: str) -> Any:
    """A new node that gives the material's colour; returns it."""
    tree = made.node_tree
    node = tree.nodes.new(kind)
    colour = tree.nodes["Principled BSDF"].inputs["Base Color"]
    tree.links.new(node.outputs[output], colour)
    return node


def colour() -> None:
    base()
    made, shader = material(cube())
    animate(made.node_tree, socket_path(shader, "Base Color"), 0, 1, 0)


def emission() -> None:
    base()
    made, shader = material(cube())
    shader.inputs["Emission Color"].default_value = (1, 1, 1, 1)
    animate(made.node_tree, socket_path(shader, "Emission Strength"), 0, 5)


def driven_value() -> None:
    base()
    made, _ = material(cube())
    node = painted_by(made, "ShaderNodeValue", "Value")
    node.outputs[0].driver_add("default_value").driver.expression = "frame / 10"


def object_colour() -> None:
    base()
    made, _ = material(cube())
    painted_by(made, "ShaderNodeObjectInfo", "Color")
    animate(cube(), "color", 0, 1, 0)


def custom_property() -> None:
    base()
    made, _ = material(cube())
    node = painted_by(made, "ShaderNodeAttribute", "Color")
    node.attribute_type, node.attribute_name = "OBJECT", "paint"
    for frame, value in ((1, 0.0), (10, 1.0)):
        cube()["paint"] = value
        cube().keyframe_insert('["paint"]', frame=frame)


def coordinates_of_another() -> None:
    base()
    made, _ = material(cube())
    noise = painted_by(made, "ShaderNodeTexNoise", "Color")
    where = made.node_tree.nodes.new("ShaderNodeTexCoord")
    where.object = empty()
    made.node_tree.links.new(where.outputs["Object"], noise.inputs["Vector"])
    animate(where.object, "location", 0, 3, 0)


def chosen_material() -> None:
    """Geometry nodes that give one material, then the other."""
    base()
    tree, start, output = geometry_nodes_of(cube())
    switch = tree.nodes.new("GeometryNodeSwitch")
    switch.input_type = "MATERIAL"
    for number, red in ((1, 0.0), (2, 1.0)):
        made, shader = material(cube())
        shader.inputs["Base Color"].default_value = (red, 0.1, 0.1, 1)
        switch.inputs[number].default_value = made
    paint = tree.nodes.new("GeometryNodeSetMaterial")
    tree.links.new(start.outputs[0], paint.inputs["Geometry"])
    tree.links.new(switch.outputs[0], paint.inputs["Material"])
    tree.links.new(paint.outputs[0], output.inputs[0])
    animate(tree, f'nodes["{switch.name}"].inputs[0].default_value', False, True, end=3)


def picture_sequence(folder: Path, refresh: bool = True) -> Any:
    """A cube that shows another picture in each frame; returns the node."""
    base()
    files = [(20 * number, 120, 200 - 20 * number) for number in range(10)]
    paths = pictures.plain_frames(folder, *files)
    image: Any = bpy.data.images.load(str(paths[0]))
    image.source = "SEQUENCE"
    made, _ = material(cube())
    node = painted_by(made, "ShaderNodeTexImage", "Color")
    node.image = image
    node.image_user.frame_duration, node.image_user.use_auto_refresh = 10, refresh
    return node


def displaced(method: str = "DISPLACEMENT") -> tuple[Any, Any, Any]:
    """A ball with a rough surface; its material, its noise, and what displaces it by that."""
    made, _ = material(ball())
    made.displacement_method = method
    tree = made.node_tree
    noise = tree.nodes.new("ShaderNodeTexNoise")
    displace = tree.nodes.new("ShaderNodeDisplacement")
    displace.inputs["Midlevel"].default_value = 0
    tree.links.new(noise.outputs[0], displace.inputs["Height"])
    tree.links.new(displace.outputs[0], tree.nodes["Material Output"].inputs["Displacement"])
    return made, noise, displace


def displacement() -> None:
    base()
    made, _, displace = displaced()
    animate(made.node_tree, socket_path(displace, "Scale"), 0, 2)


def displaced_in_motion() -> None:
    """By what the mesh has: a number at random for the object, which is the same wherever it is."""
    base()
    made, _, displace = displaced()
    info = made.node_tree.nodes.new("ShaderNodeObjectInfo")
    made.node_tree.links.new(info.outputs["Random"], displace.inputs["Scale"])
    animate(bpy.data.objects["Ball"], "location", 1.5, 0, 0)


def bumped_by_place() -> None:
    """No displacement: what is only shaded is looked at in every frame."""
    base()
    made, noise, _ = displaced("BUMP")
    info = made.node_tree.nodes.new("ShaderNodeNewGeometry")
    made.node_tree.links.new(info.outputs["Position"], noise.inputs["Vector"])
    animate(bpy.data.objects["Ball"], "location", 1.5, 0, 0)


def subdivided_by_distance() -> None:
    """Adaptive subdivision, with a camera that comes nearer."""
    scene = base()
    scene.cycles.dicing_rate = 16
    if hasattr(scene.cycles, "feature_set"):  # not from Blender 5.0 on
        scene.cycles.feature_set = "EXPERIMENTAL"
    displaced()
    item: Any = bpy.data.objects["Ball"]
    modifier = item.modifiers.new("Smooth", "SUBSURF")
    inside = hasattr(modifier, "use_adaptive_subdivision")
    (modifier if inside else item.cycles).use_adaptive_subdivision = True
    animate(scene.camera, "location", 4, 9, 0)


def light_energy() -> None:
    base()
    animate(light().data, "energy", 100, 2000)


def lights_that_come_and_go() -> None:
    scene = base()
    for number in range(4):
        lamp: Any = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
        lamp.data.energy, lamp.location = 300, (number * 2 - 3, -3, 2)
        scene.collection.objects.link(lamp)
        animate(lamp, "hide_render", number % 2 == 0, number % 2 == 1, end=2 + number)


def linked_light() -> None:
    base()
    receivers = bpy.data.collections.new("Receivers")
    receivers.objects.link(cube())
    light().light_linking.receiver_collection = receivers
    animate(cube(), "hide_render", False, True, end=3)


def world() -> None:
    scene = base()
    scene.world.use_nodes = True
    node = scene.world.node_tree.nodes["Background"]
    animate(scene.world.node_tree, socket_path(node, "Strength"), 0, 3)


def sky() -> None:
    scene = base()
    scene.world.use_nodes = True
    tree = scene.world.node_tree
    node = tree.nodes.new("ShaderNodeTexSky")
    tree.links.new(node.outputs[0], tree.nodes["Background"].inputs["Color"])
    tree.nodes["Background"].inputs["Strength"].default_value = 0.1
    scene.world.cycles.sampling_method = "NONE"  # a map of the whole sky takes seconds
    animate(tree, f'nodes["{node.name}"].sun_elevation', 0.1, 1.2)


def camera_cuts() -> None:
    scene = base()
    other: Any = bpy.data.objects.new("Other", bpy.data.cameras.new("Other"))
    other.location, other.rotation_euler = (2.5, -5, 3), scene.camera.rotation_euler
    other.data.type = "ORTHO"
    scene.collection.objects.link(other)
    for frame, camera in ((1, scene.camera), (3, other), (8, scene.camera)):
        scene.timeline_markers.new("cut", frame=frame).camera = camera


def depth_of_field() -> None:
    data = base().camera.data
    data.dof.use_dof, data.dof.aperture_fstop = True, 0.3
    animate(data, "dof.focus_distance", 2, 20)


def blurred_start_and_stop() -> None:
    """Motion that is over after frame 2: no blur must stay."""
    scene = base()
    scene.render.use_motion_blur, scene.render.motion_blur_shutter = True, 1.0
    animate(cube(), "location", -3, 3, 0, end=2)


def blurred_shapes() -> None:
    array_count()
    scene: Any = bpy.context.scene
    scene.render.use_motion_blur = True
    animate(cube(), "location", -3, 0, 0)
    animate(scene, "render.motion_blur_shutter", 0.1, 2)


LOOKS: tuple[Maker, ...] = (
    colour,
    emission,
    driven_value,
    object_colour,
    custom_property,
    coordinates_of_another,
    chosen_material,
    displacement,
    displaced_in_motion,
    bumped_by_place,
    subdivided_by_distance,
    light_energy,
    lights_that_come_and_go,
    linked_light,
    world,
    sky,
    camera_cuts,
    depth_of_field,
    blurred_start_and_stop,
    blurred_shapes,
)
