"""Inside Blender: parts that are scripts, simulations and libraries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from assembly import builds, item, new_object, nodes_of, scene
from assembly_objects import ball, grid, swing

SCRIPTS = {
    "moves": "bpy.data.objects[NAME].location[2] = scene.frame_current / 4",
    "paints": "bpy.data.materials['Material'].node_tree.nodes[0].inputs[0].default_value[0] = "
    "scene.frame_current / 4",
    "hides": "bpy.data.objects[NAME].hide_render = scene.frame_current % 2 == 0",
    "sets light": "bpy.data.objects['Light'].data.energy = 100 * scene.frame_current",
    "sets property": "bpy.data.objects[NAME]['shade'] = scene.frame_current / 4",
}


@builds("script")
def add_script(does: str, object: str) -> None:
    """A text that runs when the file is opened, and has a function run with each frame."""
    text = bpy.data.texts.new(f"script {len(bpy.data.texts)}.py")
    statement = SCRIPTS[does].replace("NAME", repr(item(object).name))
    text.write(
        "import bpy\n\n\ndef at_frame(scene, *_):\n"
        f"    {statement}\n\n\nbpy.app.handlers.frame_change_pre.append(at_frame)\n"
    )
    text.use_module = True


@builds("simulation")
def add_simulation(does: str) -> None:
    SIMULATIONS[does]()


def particles(kind: str = "EMITTER") -> Any:
    emitter = new_object("Emitter", grid())
    emitter.location = (0, 0, 2)
    system = emitter.modifiers.new("Particles", "PARTICLE_SYSTEM").particle_system
    settings = system.settings
    settings.type, settings.count = kind, 20
    if kind == "EMITTER":
        settings.frame_start, settings.frame_end, settings.lifetime = 0, 4, 3
        settings.render_type, settings.particle_size = "OBJECT", 0.3
        settings.instance_object = item("Cube")
        bake()
    return emitter


def hair_dynamics() -> None:
    emitter = particles("HAIR")
    emitter.particle_systems[0].use_hair_dynamics = True
    swing(emitter, "location", 0, -1, 1)
    bake()


def cloth() -> None:
    sheet = new_object("Cloth", grid())
    sheet.location = (0, 0, 1.5)
    sheet.modifiers.new("Cloth", "CLOTH")
    bake()


def rigid_body() -> None:
    scene().view_layers[0].objects.active = falling = new_object("Falling", ball())
    falling.location = (0.5, 0.5, 2)
    bpy.ops.rigidbody.world_add()
    bpy.ops.rigidbody.object_add()
    bake()


def simulation_nodes() -> None:
    """Geometry that goes up by a step a frame."""
    owner = new_object("Simulated", ball())
    tree: Any = bpy.data.node_groups.new("Simulation", "GeometryNodeTree")
    for way in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    begin, end = tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")
    first = tree.nodes.new("GeometryNodeSimulationInput")
    last = tree.nodes.new("GeometryNodeSimulationOutput")
    first.pair_with_output(last)
    step = tree.nodes.new("GeometryNodeSetPosition")
    step.inputs["Offset"].default_value = (0, 0, 0.3)
    tree.links.new(begin.outputs[0], first.inputs[0])
    tree.links.new(first.outputs["Geometry"], step.inputs[0])
    tree.links.new(step.outputs[0], last.inputs["Geometry"])
    tree.links.new(last.outputs["Geometry"], end.inputs[0])
    owner.modifiers.new("Simulation", "NODES").node_group = tree


def bake() -> None:
    """Into the .blend, all that can be."""
    bpy.ops.ptcache.bake_all(bake=True)


SIMULATIONS: dict[str, Callable[[], Any]] = {
    "particles": particles,
    "hair dynamics": hair_dynamics,
    "cloth": cloth,
    "rigid body": rigid_body,
    "simulation nodes": simulation_nodes,
}


@builds("library")
def link_library(does: str, moves: bool) -> None:
    """What is made here, written to a file of its own and linked from there."""
    path = Path(bpy.data.filepath).with_name(f"library {len(bpy.data.libraries)}.blend")
    LIBRARIES[does](path, moves)


def written(path: Path, kind: str, block: Any) -> Any:
    """Write a data-block to a library, remove it here, and link it."""
    name = block.name
    bpy.data.libraries.write(str(path), {block})
    getattr(bpy.data, kind).remove(block)
    with bpy.data.libraries.load(str(path), link=True) as (_, wanted):
        setattr(wanted, kind, [name])
    return getattr(wanted, kind)[0]


def linked_object(path: Path, moves: bool) -> Any:
    made = bpy.data.objects.new("Linked", ball())
    made.location = (-1, -1, 0.5)
    if moves:
        swing(made, "location", 2, 0, 1.5)
    return written(path, "objects", made)


def object_of_library(path: Path, moves: bool) -> None:
    scene().collection.objects.link(linked_object(path, moves))


def overridden(path: Path, moves: bool) -> None:
    """An override of a linked object, which moves here."""
    linked = linked_object(path, False)
    scene().collection.objects.link(linked)
    made = linked.override_create(remap_local_usages=True)
    if moves:
        swing(made, "location", 0, -1, 1)


def collection_of_library(path: Path, moves: bool) -> None:
    held = bpy.data.collections.new("Linked Things")
    made = bpy.data.objects.new("In Linked", ball())
    held.objects.link(made)
    if moves:
        swing(made, "rotation_euler", 0, 0, 1)
    linked = written(path, "collections", held)
    shower = new_object("Shower", None)
    shower.instance_type, shower.instance_collection = "COLLECTION", linked
    shower.location = (1, 1, 1)
    if moves:
        swing(shower, "location", 0, 1, -1)


def material_of_library(path: Path, moves: bool) -> None:
    made: Any = bpy.data.materials.new("Linked Paint")
    tree = nodes_of(made)
    colour = tree.nodes["Principled BSDF"].inputs["Base Color"]
    if moves:
        for frame, red in ((1, 0.0), (4, 1.0)):
            colour.default_value = (red, 0.5, 0.1, 1)
            colour.keyframe_insert("default_value", frame=frame)
    linked = written(path, "materials", made)
    owner = item("Cube")
    owner.data.materials.clear()
    owner.data.materials.append(linked)


def world_of_library(path: Path, moves: bool) -> None:
    made: Any = bpy.data.worlds.new("Linked World")
    strength = nodes_of(made).nodes["Background"].inputs["Strength"]
    if moves:
        for frame, value in ((1, 0.2), (4, 2.0)):
            strength.default_value = value
            strength.keyframe_insert("default_value", frame=frame)
    scene().world = written(path, "worlds", made)


LIBRARIES: dict[str, Callable[[Path, bool], None]] = {
    "object": object_of_library,
    "collection": collection_of_library,
    "material": material_of_library,
    "override": overridden,
    "world": world_of_library,
}
