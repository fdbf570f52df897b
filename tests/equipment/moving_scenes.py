"""Inside Blender: small scenes in which one thing changes from frame to frame.

Cycles gets each of them right with data that is kept between the frames: shapes here, materials,
lights and cameras in `moving_looks`, what is set for the render in `moving_settings`. What it gets
wrong is in `stale_scenes`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

Maker = Callable[[], None]


def base() -> Any:
    """The factory scene on a floor, by Cycles; returns it."""
    bpy.ops.wm.read_factory_settings()
    scene: Any = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 2, False
    scene.render.resolution_x, scene.render.resolution_y = 64, 36
    scene.frame_start, scene.frame_end = 1, 10
    scene.camera.location = (6, -6, 4)
    bpy.ops.mesh.primitive_plane_add(size=20, location=(0, 0, -1))
    bpy.context.object.name = "Floor"
    return scene


def cube() -> Any:
    return bpy.data.objects["Cube"]


def light() -> Any:
    return bpy.data.objects["Light"]


def animate(owner: Any, path: str, first: Any, last: Any, index: int = -1, end: int = 10) -> None:
    """Key a property at frame 1 and at the end; `index` is that of a vector's component."""
    holder_path, _, name = path.rpartition(".")
    holder = owner.path_resolve(holder_path) if holder_path else owner
    for frame, value in ((1, first), (end, last)):
        if index >= 0:
            getattr(holder, name)[index] = value
        else:
            setattr(holder, name, value)
        owner.keyframe_insert(path, index=index, frame=frame)


def ball(name: str = "Ball", x: float = 1.5) -> Any:
    bpy.ops.mesh.primitive_uv_sphere_add(location=(x, 0, 0))
    bpy.context.object.name = name
    return bpy.context.object


def empty(name: str = "Empty") -> Any:
    item = bpy.data.objects.new(name, None)
    bpy.context.scene.collection.objects.link(item)
    return item


def socket_path(node: Any, name: str) -> str:
    """The path of an input's value, from its node tree."""
    number = next(at for at, socket in enumerate(node.inputs) if socket.name == name)
    return f'nodes["{node.name}"].inputs[{number}].default_value'


def geometry_nodes(item: Any) -> tuple[Any, Any, Any]:
    """A modifier of geometry nodes that does nothing yet: its tree, input and output."""
    tree = bpy.data.node_groups.new("Nodes", "GeometryNodeTree")
    for way in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    item.modifiers.new("Nodes", "NODES").node_group = tree
    return tree, tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")


def hand_over(modifier: Any, identifier: str, value: Any) -> None:
    """Set an input of a geometry-nodes modifier."""
    if hasattr(modifier, "properties"):  # Blender 5.2
        getattr(modifier.properties.inputs, identifier).value = value
    else:
        modifier[identifier] = value


def plain() -> None:
    base()
    animate(cube(), "location", -2, 2, 0)


def moving_camera() -> None:
    animate(base().camera, "location", 6, 4, 0)


def array_count() -> None:
    base()
    cube().modifiers.new("Array", "ARRAY")
    animate(cube(), 'modifiers["Array"].count', 1, 6)


def subdivision_levels() -> None:
    base()
    cube().modifiers.new("Smooth", "SUBSURF")
    animate(cube(), 'modifiers["Smooth"].render_levels', 0, 3)


def build() -> None:
    base()
    ball().modifiers.new("Build", "BUILD").frame_duration = 10


def decimate() -> None:
    base()
    item = ball()
    item.modifiers.new("Decimate", "DECIMATE")
    animate(item, 'modifiers["Decimate"].ratio', 1.0, 0.05)


def boolean() -> None:
    base()
    item = ball()
    item.hide_render = True
    cube().modifiers.new("Cut", "BOOLEAN").object = item
    animate(item, "location", 1.5, 0, 0)


def shape_key() -> None:
    base()
    cube().shape_key_add(name="Basis")
    key = cube().shape_key_add(name="Big")
    for point in key.data:
        point.co *= 1.7
    animate(cube().data.shape_keys, 'key_blocks["Big"].value', 0, 1)


def curve() -> None:
    base()
    bpy.ops.curve.primitive_bezier_circle_add()
    animate(bpy.context.object.data, "bevel_depth", 0.05, 0.5)


def metaballs() -> None:
    base()
    for x in (2, 3):
        bpy.ops.object.metaball_add(location=(x, 0, 0))
    animate(bpy.context.object, "location", 4, 2, 0)


def hidden() -> None:
    base()
    animate(cube(), "hide_render", False, True, end=3)


def shown_to_rays() -> None:
    base()
    animate(cube(), "visible_shadow", True, False, end=3)


def holdout() -> None:
    base()
    animate(cube(), "is_holdout", False, True, end=3)


def instanced_collection() -> None:
    scene = base()
    collection = bpy.data.collections.new("Things")
    collection.objects.link(cube())
    scene.collection.children[0].objects.unlink(cube())
    instancer = empty()
    instancer.instance_type, instancer.instance_collection = "COLLECTION", collection
    animate(instancer, "location", -2, 2, 0)
    animate(cube(), "rotation_euler", 0, 1, 2)


def instanced_on_faces() -> None:
    base()
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=2, y_subdivisions=2, size=2)
    grid = bpy.context.object
    grid.instance_type, cube().parent, cube().scale = "FACES", grid, (0.3, 0.3, 0.3)
    grid.modifiers.new("Array", "ARRAY")
    animate(grid, 'modifiers["Array"].count', 1, 4)


def particles(kind: str = "EMITTER") -> Any:
    """Returns the emitter."""
    base()
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=4, y_subdivisions=4, size=3, location=(0, 0, 1))
    bpy.ops.object.particle_system_add()
    settings = bpy.context.object.particle_systems[0].settings
    settings.type, settings.count = kind, 60
    if kind == "EMITTER":
        settings.frame_start, settings.frame_end, settings.lifetime = 1, 8, 6
        settings.render_type, settings.particle_size = "OBJECT", 0.2
        settings.instance_object = cube()
        bpy.ops.ptcache.bake_all(bake=True)
    return bpy.context.object


def hair() -> None:
    animate(particles("HAIR").particle_systems[0].settings, "root_radius", 0.2, 5)


def geometry_node_instances() -> None:
    base()
    tree, _, output = geometry_nodes(cube())
    line = tree.nodes.new("GeometryNodeMeshLine")
    instances = tree.nodes.new("GeometryNodeInstanceOnPoints")
    instance = tree.nodes.new("GeometryNodeMeshUVSphere")
    instance.inputs["Radius"].default_value = 0.3
    tree.links.new(line.outputs[0], instances.inputs["Points"])
    tree.links.new(instance.outputs[0], instances.inputs["Instance"])
    tree.links.new(instances.outputs[0], output.inputs[0])
    time = tree.nodes.new("GeometryNodeInputSceneTime")
    tree.links.new(time.outputs["Frame"], line.inputs["Count"])


def geometry_node_points() -> None:
    base()
    tree, start, output = geometry_nodes(cube())
    points = tree.nodes.new("GeometryNodeMeshToPoints")
    tree.links.new(start.outputs[0], points.inputs[0])
    tree.links.new(points.outputs[0], output.inputs[0])
    animate(tree, socket_path(points, "Radius"), 0.1, 0.6)


SHAPES: tuple[Maker, ...] = (
    plain,
    moving_camera,
    array_count,
    subdivision_levels,
    build,
    decimate,
    boolean,
    shape_key,
    curve,
    metaballs,
    hidden,
    shown_to_rays,
    holdout,
    instanced_collection,
    instanced_on_faces,
    hair,
    geometry_node_instances,
    geometry_node_points,
)


def pack_strips() -> None:
    """Have a meta strip take the selected strips of the NLA editor."""
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "NLA_EDITOR"
    region = next(each for each in area.regions if each.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.nla.meta_add()
