"""Inside Blender: small scenes with one simulation each, all of which show in the picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy
from compositing import compositing_tree


def base(start: int = 1, end: int = 12) -> Any:
    """The factory scene by Cycles, with a camera that sees what falls."""
    bpy.ops.wm.read_factory_settings()
    scene: Any = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.render.resolution_x, scene.render.resolution_y = 64, 36
    scene.render.resolution_percentage = 100
    scene.frame_start, scene.frame_end = start, end
    scene.camera.location = (7, -7, 5)
    return scene


def cube() -> Any:
    return bpy.data.objects["Cube"]


def select(item: Any) -> Any:
    bpy.context.view_layer.objects.active = item
    for each in bpy.context.view_layer.objects:
        each.select_set(each == item)
    return item


def grid(name: str, height: float = 2.0, cuts: int = 8) -> Any:
    bpy.ops.mesh.primitive_grid_add(
        x_subdivisions=cuts, y_subdivisions=cuts, size=3, location=(0, 0, height)
    )
    bpy.context.object.name = name
    return bpy.context.object


def rigid_body(**frames: int) -> None:
    base(**frames)
    select(cube())
    bpy.ops.rigidbody.world_add()
    bpy.ops.rigidbody.object_add()


def cloth(**frames: int) -> None:
    base(**frames)
    grid("Sheet").modifiers.new("Cloth", "CLOTH")


def short_cloth(**frames: int) -> None:
    cloth(**frames)
    bpy.data.objects["Sheet"].modifiers["Cloth"].point_cache.frame_end = 3


def hidden_cloth(switch: str, **frames: int) -> None:
    """A cloth that renders, and that the viewport of the rendered scene doesn't show."""
    cloth(**frames)
    sheet: Any = bpy.data.objects["Sheet"]
    if switch == "modifier":
        sheet.modifiers["Cloth"].show_viewport = False
    elif switch == "object":
        sheet.hide_viewport = True
    elif switch == "layer":
        sheet.hide_set(True)
    else:
        _into_composited_scene(sheet)


def _into_composited_scene(item: Any) -> None:
    """Into another scene, whose render layers the open one's compositor shows."""
    scene: Any = bpy.context.scene
    other: Any = bpy.data.scenes.new("Other")
    item.users_collection[0].objects.unlink(item)
    other.collection.objects.link(item)
    other.collection.objects.link(scene.camera)
    other.render.engine, other.camera = "CYCLES", scene.camera
    other.cycles.use_denoising = False
    compositing_tree(scene).nodes["Layers"].scene = other


def soft_body(**frames: int) -> None:
    base(**frames)
    grid("Jelly").modifiers.new("Softbody", "SOFT_BODY").settings.use_goal = False


def emitter(physics: str = "NEWTON", **frames: int) -> Any:
    """Returns the settings of its particles."""
    base(**frames)
    grid("Emitter")
    bpy.ops.object.particle_system_add()
    settings = bpy.context.object.particle_systems[0].settings
    settings.count, settings.frame_start, settings.frame_end = 200, 1, 10
    settings.physics_type = physics
    settings.render_type, settings.particle_size = "OBJECT", 0.2
    settings.instance_object = cube()
    return settings


def falling(**frames: int) -> None:
    emitter(**frames)


def boids(**frames: int) -> None:
    emitter("BOIDS", **frames)


def fluid_particles(**frames: int) -> None:
    emitter("FLUID", **frames)


def brownian(**frames: int) -> None:
    emitter(**frames).brownian_factor = 5


def turbulent(**frames: int) -> None:
    emitter(**frames)
    bpy.ops.object.effector_add(type="TURBULENCE")
    bpy.context.object.field.strength = 20


def bouncing(**frames: int) -> None:
    emitter(**frames)
    grid("Floor", 1.5).modifiers.new("Collision", "COLLISION")


def flying(**frames: int) -> None:
    emitter(**frames)
    item = bpy.data.objects["Emitter"]
    for frame, x in ((1, 0.0), (12, 8.0)):
        item.location.x = x
        item.keyframe_insert("location", frame=frame)


def hair(**frames: int) -> None:
    base(**frames)
    item = grid("Head")
    bpy.ops.object.particle_system_add()
    system = item.particle_systems[0]
    system.settings.type, system.settings.count = "HAIR", 60
    system.use_hair_dynamics = True


def dynamic_paint(**frames: int) -> None:
    """Waves that the cube makes."""
    scene = base(**frames)
    canvas = select(grid("Pond", 0, 40))
    modifier = canvas.modifiers.new("Dynamic Paint", "DYNAMIC_PAINT")
    bpy.ops.dpaint.type_toggle(type="CANVAS")
    surface = modifier.canvas_settings.canvas_surfaces[0]
    surface.surface_type = "WAVE"
    surface.frame_start, surface.frame_end = scene.frame_start, scene.frame_end
    brush = select(cube())
    brush.scale = (0.3, 0.3, 0.3)
    brush.modifiers.new("Dynamic Paint", "DYNAMIC_PAINT").ui_type = "BRUSH"
    bpy.ops.dpaint.type_toggle(type="BRUSH")
    for frame, x in ((scene.frame_start, -1.4), (scene.frame_end, 1.4)):
        brush.location = (x, 0, 0)
        brush.keyframe_insert("location", frame=frame)


def tree(name: str) -> tuple[Any, Any, Any]:
    """A tree that takes and gives geometry, with its two ends."""
    made = bpy.data.node_groups.new(name, "GeometryNodeTree")
    for in_out in ("INPUT", "OUTPUT"):
        made.interface.new_socket("Geometry", in_out=in_out, socket_type="NodeSocketGeometry")
    return made, made.nodes.new("NodeGroupInput"), made.nodes.new("NodeGroupOutput")


def drift(name: str = "Drift") -> Any:
    """A tree whose simulation zone moves the geometry with every frame."""
    made, source, sink = tree(name)
    entry = made.nodes.new("GeometryNodeSimulationInput")
    exit_ = made.nodes.new("GeometryNodeSimulationOutput")
    entry.pair_with_output(exit_)
    move = made.nodes.new("GeometryNodeSetPosition")
    move.inputs["Offset"].default_value = (0, 0.1, 0.05)
    link = made.links.new
    link(source.outputs[0], entry.inputs["Geometry"])
    link(entry.outputs["Geometry"], move.inputs["Geometry"])
    link(move.outputs[0], exit_.inputs["Geometry"])
    link(exit_.outputs["Geometry"], sink.inputs[0])
    return made


def geometry_nodes(**frames: int) -> None:
    base(**frames)
    cube().modifiers.new("Nodes", "NODES").node_group = drift()
    bpy.context.view_layer.update()


def nested_nodes(**frames: int) -> None:
    base(**frames)
    outer, source, sink = tree("Outer")
    group = outer.nodes.new("GeometryNodeGroup")
    group.node_tree = drift()
    outer.links.new(source.outputs[0], group.inputs[0])
    outer.links.new(group.outputs[0], sink.inputs[0])
    cube().modifiers.new("Nodes", "NODES").node_group = outer
    bpy.context.view_layer.update()


def fluid(**frames: int) -> None:
    base(**frames)
    _domain(cube())


def _domain(item: Any) -> None:
    """Not evaluated: a fluid that was ends Debian's Blender 4.3 when the next file is opened."""
    modifier = item.modifiers.new("Fluid", "FLUID")
    modifier.show_viewport = False
    modifier.fluid_type = "DOMAIN"
    modifier.domain_settings.resolution_max = 8


def all_kinds(**frames: int) -> None:
    """Rigid body, cloth and nodes, all of which can be baked, and a fluid, which can't be."""
    rigid_body(**frames)
    grid("Sheet").modifiers.new("Cloth", "CLOTH")
    bpy.ops.mesh.primitive_cube_add(location=(3, 0, 0))
    bpy.context.object.name = "Drifter"
    bpy.context.object.modifiers.new("Nodes", "NODES").node_group = drift()
    bpy.ops.mesh.primitive_cube_add(location=(-9, 0, 0))
    bpy.context.object.name = "Pool"
    _domain(bpy.context.object)
    bpy.context.view_layer.update()


BY_CACHE: tuple[Callable[..., None], ...] = (
    rigid_body,
    cloth,
    soft_body,
    boids,
    fluid_particles,
    brownian,
    turbulent,
    bouncing,
    flying,
    dynamic_paint,
)
"""Those that have a point cache which Blender bakes without a window."""
BY_NODES = (geometry_nodes, nested_nodes)
BY_HAND = (hair, fluid)
