"""Inside Blender: parts that are objects, collections, modifiers, constraints, shapes in motion."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import bpy
from assembly import builds, item, new_object, scene

PLACES = ((2, 0, 0), (-2, 0, 0), (0, 2, 0.3), (0, -2, -0.3), (1.5, -1.5, 0.8), (-1.5, 1.5, 1))


def mesh_by(operator: Callable[..., Any], **settings: Any) -> Any:
    """The mesh that an operator makes; the object that it makes along is gone again."""
    operator(**settings)
    made = bpy.context.object
    data = made.data
    bpy.data.objects.remove(made)
    return data


def cube() -> Any:
    return mesh_by(bpy.ops.mesh.primitive_cube_add, size=1.4)


def ball() -> Any:
    return mesh_by(bpy.ops.mesh.primitive_uv_sphere_add, segments=12, ring_count=8, radius=0.8)


def grid() -> Any:
    return mesh_by(bpy.ops.mesh.primitive_grid_add, x_subdivisions=5, y_subdivisions=5, size=2)


def curve() -> Any:
    data: Any = bpy.data.curves.new("Curve", "CURVE")
    data.dimensions, data.bevel_depth = "3D", 0.2
    spline = data.splines.new("BEZIER")
    spline.bezier_points.add(2)
    for number, point in enumerate(spline.bezier_points):
        point.co = (number - 1, math.sin(number * 2), 0.4 * number)
        point.handle_left_type = point.handle_right_type = "AUTO"
    return data


def text() -> Any:
    data: Any = bpy.data.curves.new("Text", "FONT")
    data.body, data.extrude = "Ab", 0.2
    return data


def meta() -> Any:
    data: Any = bpy.data.metaballs.new("Meta")
    data.resolution = data.render_resolution = 0.4
    for x in (0, 0.8):
        data.elements.new().co = (x, 0, 0)
    return data


def points() -> Any:
    """A mesh without faces, for geometry nodes: Cycles shows nothing of it as it is."""
    data = bpy.data.meshes.new("Points")
    data.from_pydata([(x / 2, y / 2, 0) for x in range(3) for y in range(3)], [], [])
    return data


def curves() -> Any:
    data: Any = bpy.data.hair_curves.new("Curves")
    data.add_curves([3, 3, 3])
    for number, point in enumerate(data.points):
        point.position = (number // 3 * 0.4 - 0.4, 0, number % 3 * 0.6)
        point.radius = 0.08
    return data


SHAPES: dict[str, Callable[[], Any]] = {
    "cube": cube,
    "ball": ball,
    "grid": grid,
    "curve": curve,
    "text": text,
    "meta": meta,
    "points": points,
    "curves": curves,
}


@builds("object")
def make_object(name: str, shape: str, place: int, collection: str, material: str) -> None:
    data = SHAPES.get(shape, ball if shape in {"lattice", "armature", "cloud"} else grid)()
    made = new_object(name, data, collection)
    made.location = PLACES[place]
    if material in bpy.data.materials:
        made.data.materials.append(bpy.data.materials[material])
    special = SPECIAL.get(shape)
    if special is not None:
        special(made)


def hair(made: Any) -> None:
    settings = made.modifiers.new("Hair", "PARTICLE_SYSTEM").particle_system.settings
    settings.type, settings.count, settings.hair_length = "HAIR", 40, 0.8
    settings.child_type, settings.rendered_child_count = "SIMPLE", 3
    settings.root_radius = 5.0


def lattice(made: Any) -> None:
    data: Any = bpy.data.lattices.new("Lattice")
    cage = new_object(f"{made.name} Lattice", data)
    cage.location, cage.scale = made.location, (2, 2, 2)
    made.modifiers.new("Lattice", "LATTICE").object = cage
    swing(cage, "rotation_euler", 2, 0, 1.2)


def armature(made: Any) -> None:
    data = bpy.data.armatures.new("Bones")
    bones = new_object(f"{made.name} Bones", data)
    view = scene().view_layers[0]
    view.objects.active = bones
    bpy.ops.object.mode_set(mode="EDIT")
    bone = data.edit_bones.new("Bone")
    bone.tail = (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    made.modifiers.new("Bones", "ARMATURE").object = bones
    made.vertex_groups.new(name="Bone").add(range(len(made.data.vertices)), 1.0, "ADD")
    pose = bones.pose.bones["Bone"]
    pose.rotation_mode = "XYZ"
    for frame, angle in ((1, 0.0), (4, 1.0)):
        pose.rotation_euler[0] = angle
        pose.keyframe_insert("rotation_euler", frame=frame)


def faces(made: Any) -> None:
    """Instances on faces, of a child."""
    made.instance_type = "FACES"
    child = new_object(f"{made.name} Child", cube())
    child.parent, child.scale = made, (0.15, 0.15, 0.3)


def collection_instance(made: Any) -> None:
    """An empty that shows a collection which is not in the scene otherwise."""
    held = bpy.data.collections.new(f"{made.name} Held")
    held.objects.link(bpy.data.objects.new(f"{made.name} Inside", ball()))
    shower = new_object(f"{made.name} Instancer", None)
    shower.instance_type, shower.instance_collection = "COLLECTION", held
    shower.location = (0, 0, 1.5)
    swing(shower, "location", 0, -1, 1)


def cloud(made: Any) -> None:
    """A volume made of a mesh."""
    volume = new_object(f"{made.name} Volume", bpy.data.volumes.new("Cloud"))
    modifier = volume.modifiers.new("Volume", "MESH_TO_VOLUME")
    modifier.object, modifier.density, modifier.voxel_amount = made, 3, 8
    volume.location = made.location
    material: Any = bpy.data.materials.new("Cloud")
    tree = material.node_tree
    if tree is None:
        material.use_nodes = True
        tree = material.node_tree
    tree.nodes.clear()
    smoke = tree.nodes.new("ShaderNodeVolumePrincipled")
    end = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(smoke.outputs[0], end.inputs["Volume"])
    volume.data.materials.append(material)
    made.hide_render = True


SPECIAL: dict[str, Callable[[Any], None]] = {
    "hair": hair,
    "lattice": lattice,
    "armature": armature,
    "faces": faces,
    "collection": collection_instance,
    "cloud": cloud,
}


def swing(owner: Any, name: str, index: int, first: float, last: float) -> None:
    for frame, value in ((1, first), (4, last)):
        getattr(owner, name)[index] = value
        owner.keyframe_insert(name, index=index, frame=frame)


@builds("collection")
def make_collection(name: str, objects: list[str]) -> None:
    """Below the scene's own; the objects are moved there."""
    made = bpy.data.collections.new(name)
    scene().collection.children.link(made)
    for each in objects:
        if (moved := bpy.data.objects.get(each)) is not None:
            for other in list(moved.users_collection):
                other.objects.unlink(moved)
            made.objects.link(moved)


@builds("modifier")
def add_modifier(object: str, type: str, name: str) -> None:
    made: Any = item(object).modifiers.new(name, type)
    if made is None:
        raise TypeError(f"{type} is nothing for {object}")
    match type:
        case "SUBSURF":
            made.render_levels = 1
        case "REMESH":
            made.voxel_size = 0.5
        case "DISPLACE":
            made.texture = bpy.data.textures.new("Clouds", "CLOUDS")
        case "WAVE":
            made.speed, made.start_position_x, made.use_normal = 0.5, -2, False
        case "SIMPLE_DEFORM":
            made.deform_method, made.angle = "TWIST", 1.0
        case "BUILD":
            made.frame_start, made.frame_duration = 0, 5


@builds("constraint")
def add_constraint(object: str, target: str, type: str) -> None:
    if object == target:
        raise ValueError("a constraint to itself")
    made: Any = item(object).constraints.new(type)
    if type != "LIMIT_LOCATION":
        made.target = item(target)
    else:
        made.use_max_x, made.max_x = True, 0.5
    made.influence = 0.0
    made.keyframe_insert("influence", frame=1)
    made.influence = 0.6
    made.keyframe_insert("influence", frame=4)


@builds("shape key")
def add_shape_key(object: str, keys: list[list[float]]) -> None:
    owner = item(object)
    owner.shape_key_add(name="Basis")
    made = owner.shape_key_add(name="Tall")
    for point in made.data:
        point.co = point.co * 1.5
    for frame, value in keys:
        made.value = value
        made.keyframe_insert("value", frame=frame)


@builds("nla")
def add_nla(object: str) -> None:
    """A turn that only the nonlinear animation plays."""
    owner = item(object)
    swing(owner, "rotation_euler", 1, 0, 0.9)
    animation = owner.animation_data
    action = animation.action
    animation.nla_tracks.new().strips.new("Turn", 1, action)
    animation.action = None


@builds("camera cut")
def cut_to_another(frame: int, orthographic: bool) -> None:
    data: Any = bpy.data.cameras.new("Other")
    other = new_object("Other Camera", data)
    other.location, other.rotation_euler = (2.5, -6, 4), scene().camera.rotation_euler
    data.type = "ORTHO" if orthographic else "PERSP"
    scene().timeline_markers.new("begin", frame=1).camera = scene().camera
    scene().timeline_markers.new("cut", frame=frame).camera = other
