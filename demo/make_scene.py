"""Make the demo scene: `python demo/make_scene.py OUTPUT.blend`, where `bpy` is installed.

Forty-eight pillars stand in a ring, one for each frame. In frame n pillar n is the highest and
glows, so a single picture tells its frame, and a missing or doubled one is seen at once. The
colour goes once round the ring: each child of an array lights its own part of the rainbow.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import bpy
from mathutils import Color, Vector

FRAMES = 48
FPS = 24
SIZE = (480, 270)
SAMPLES = 6

RING_RADIUS = 3.0
PILLAR_RADIUS = 0.13
PILLAR_LENGTH = 3.0
REST_HEIGHT, RISE = 0.25, 1.15
WAVE_WIDTH = 0.42
"""Standard deviation of the wave that runs round the ring, in radians."""


def main(output: Path) -> None:
    """Make the scene and save it under `output`."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    set_render(scene)
    add_world(scene)
    add_floor(scene)
    add_lights(scene)
    add_ring(scene)
    add_knot(scene)
    add_camera(scene)
    bpy.context.preferences.filepaths.save_version = 0  # no .blend1 of the last time
    bpy.ops.wm.save_as_mainfile(filepath=str(output.absolute()), compress=True)


def set_render(scene: bpy.types.Scene) -> None:
    render = scene.render
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y = SIZE
    render.image_settings.file_format = "PNG"
    render.image_settings.color_mode = "RGB"
    render.fps = FPS
    scene.frame_start, scene.frame_end = 1, FRAMES
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Punchy"
    cycles: Any = scene.cycles
    cycles.device = "CPU"
    cycles.samples = SAMPLES
    cycles.max_bounces = 3
    cycles.use_light_tree = False  # it pays for many lights; here are three
    cycles.use_denoising = True
    cycles.denoising_input_passes = "RGB"
    cycles.denoising_prefilter = "NONE"
    cycles.denoising_quality = "FAST"


def wave(pillar: int, frame: int) -> float:
    """How much of the wave is at a pillar: 1 in the pillar's own frame, 0 far from it."""
    turn = (frame - 1 - pillar) / FRAMES
    angle = 2 * math.pi * (turn - round(turn))
    return math.exp(-((angle / WAVE_WIDTH) ** 2) / 2)


def add_ring(scene: bpy.types.Scene) -> None:
    mesh = capsule("Pillar", PILLAR_RADIUS, PILLAR_LENGTH)
    mesh.materials.append(pillar_material())
    for pillar in range(FRAMES):
        add_pillar(scene, mesh, pillar)


def add_pillar(scene: bpy.types.Scene, mesh: bpy.types.Mesh, pillar: int) -> None:
    obj = add_object(scene, f"Pillar {pillar + 1:02d}", mesh)
    angle = 2 * math.pi * pillar / FRAMES
    obj.location.xy = RING_RADIUS * math.sin(angle), -RING_RADIUS * math.cos(angle)
    colour = Color()
    colour.hsv = pillar / FRAMES, 0.92, 0.9
    for frame in range(1, FRAMES + 1):
        height = wave(pillar, frame)
        obj.location.z = REST_HEIGHT + RISE * height
        obj.keyframe_insert("location", index=2, frame=frame)
        # The material takes its glow from the object colour's alpha.
        obj.color = (*colour, height**6)
        obj.keyframe_insert("color", index=3, frame=frame)


def capsule(name: str, radius: float, length: float) -> bpy.types.Mesh:
    """A pillar whose round top is at the origin's height plus `radius`: rings from top to foot."""
    sides, steps = 24, 8
    bends = [math.pi / 2 * (1 - step / steps) for step in range(steps + 1)]
    rings = [(radius * math.cos(bend), radius * math.sin(bend)) for bend in bends]
    rings.append((radius, -length))
    turns = [2 * math.pi * side / sides for side in range(sides)]
    points = [(r * math.cos(turn), r * math.sin(turn), z) for r, z in rings for turn in turns]
    faces = [
        (upper + side, upper + sides + side, upper + sides + after, upper + after)
        for upper in range(0, sides * (len(rings) - 1), sides)
        for side, after in zip(range(sides), [*range(1, sides), 0], strict=True)
    ]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points, [], faces)
    mesh.shade_smooth()
    return mesh


def add_knot(scene: bpy.types.Scene) -> None:
    """A trefoil knot: a third of a turn brings it back to where it was, so the film loops."""
    curve = bpy.data.curves.new("Knot", "CURVE")
    curve.dimensions = "3D"
    curve.bevel_depth = 0.22
    curve.bevel_resolution = 8
    steps = 240
    spline = curve.splines.new("POLY")
    spline.points.add(steps - 1)
    spline.use_cyclic_u = True
    for step, point in enumerate(spline.points):
        point.co = (*trefoil(2 * math.pi * step / steps), 1.0)
    curve.materials.append(plain_material("Gold", (1.0, 0.58, 0.18), metallic=1.0, roughness=0.2))
    knot = add_object(scene, "Knot", curve)
    knot.location.z = 1.5
    for frame in range(1, FRAMES + 1):
        knot.rotation_euler.z = 2 * math.pi / 3 * (frame - 1) / FRAMES
        knot.keyframe_insert("rotation_euler", index=2, frame=frame)


def trefoil(angle: float) -> Vector:
    x = math.sin(angle) + 2 * math.sin(2 * angle)
    y = math.cos(angle) - 2 * math.cos(2 * angle)
    return Vector((x, y, -math.sin(3 * angle))) * 0.5


def add_floor(scene: bpy.types.Scene) -> None:
    mesh = bpy.data.meshes.new("Floor")
    corners = [(-60, -60, 0), (60, -60, 0), (60, 60, 0), (-60, 60, 0)]
    mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
    mesh.materials.append(plain_material("Floor", (0.045, 0.05, 0.09), roughness=0.25))
    add_object(scene, "Floor", mesh)


def add_lights(scene: bpy.types.Scene) -> None:
    add_area_light(scene, "Key", (-4.5, -4.0, 6.0), size=4.0, watts=800.0, colour=(1.0, 0.9, 0.8))
    add_area_light(scene, "Top", (0.0, 1.0, 7.0), size=5.0, watts=500.0, colour=(1.0, 0.85, 0.7))
    add_area_light(scene, "Rim", (8.5, 2.5, 4.0), size=3.0, watts=400.0, colour=(0.55, 0.7, 1.0))


def add_area_light(
    scene: bpy.types.Scene,
    name: str,
    place: tuple[float, float, float],
    size: float,
    watts: float,
    colour: tuple[float, float, float],
) -> None:
    light = bpy.data.lights.new(name, "AREA")
    light.size = size
    light.energy = watts
    light.color = colour
    aim(add_object(scene, name, light), Vector(place), at=Vector((0.0, 0.0, 0.8)))


def add_world(scene: bpy.types.Scene) -> None:
    world = bpy.data.worlds.new("World")
    background = node(node_tree(world), "ShaderNodeBackground")
    background.inputs["Color"].default_value = (0.16, 0.20, 0.36, 1.0)
    background.inputs["Strength"].default_value = 0.6
    scene.world = world


def add_camera(scene: bpy.types.Scene) -> None:
    """A camera that sways from side to side once in the film."""
    data = bpy.data.cameras.new("Camera")
    data.lens = 42.0
    camera = add_object(scene, "Camera", data)
    for frame in range(1, FRAMES + 1):
        turn = 2 * math.pi * (frame - 1) / FRAMES
        angle = math.radians(9.0) * math.sin(turn)
        place = Vector((9.6 * math.sin(angle), -9.6 * math.cos(angle), 5.0))
        aim(camera, place, at=Vector((0.0, 0.0, 0.55)))
        camera.keyframe_insert("location", frame=frame)
        camera.keyframe_insert("rotation_euler", frame=frame)
    scene.camera = camera


def aim(obj: bpy.types.Object, place: Vector, at: Vector) -> None:
    """Put a camera or a light at `place`, looking at `at`."""
    obj.location = place
    obj.rotation_euler = (at - place).to_track_quat("-Z", "Y").to_euler()


def add_object(scene: bpy.types.Scene, name: str, data: bpy.types.ID) -> bpy.types.Object:
    obj = bpy.data.objects.new(name, data)
    scene.collection.objects.link(obj)
    return obj


def pillar_material() -> bpy.types.Material:
    """Coloured by the object's own colour, glowing by its alpha: one material for all pillars."""
    material = plain_material("Pillar", (1.0, 1.0, 1.0), roughness=0.35)
    # As lamps, the ring's 9,000 faces would cost more than all the rest.
    material.cycles.emission_sampling = "NONE"
    tree = material.node_tree
    shader = node(tree, "ShaderNodeBsdfPrincipled")
    info = tree.nodes.new("ShaderNodeObjectInfo")
    glow = tree.nodes.new("ShaderNodeMath")
    glow.operation = "MULTIPLY"
    glow.inputs[1].default_value = 1.6
    tree.links.new(info.outputs["Color"], shader.inputs["Base Color"])
    tree.links.new(info.outputs["Color"], shader.inputs["Emission Color"])
    tree.links.new(info.outputs["Alpha"], glow.inputs[0])
    tree.links.new(glow.outputs["Value"], shader.inputs["Emission Strength"])
    return material


def plain_material(
    name: str, colour: tuple[float, float, float], metallic: float = 0.0, roughness: float = 0.5
) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    shader = node(node_tree(material), "ShaderNodeBsdfPrincipled")
    shader.inputs["Base Color"].default_value = (*colour, 1.0)
    shader.inputs["Metallic"].default_value = metallic
    shader.inputs["Roughness"].default_value = roughness
    return material


def node_tree(block: bpy.types.Material | bpy.types.World) -> Any:
    """A material's or world's nodes: always there in 5.0, to be asked for before."""
    if bpy.app.version < (5, 0):
        block.use_nodes = True
    return block.node_tree


def node(tree: Any, kind: str) -> Any:
    """The node of this kind: names are translated in some Blenders, kinds are not."""
    return next(each for each in tree.nodes if each.bl_idname == kind)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python demo/make_scene.py OUTPUT.blend")
    main(Path(sys.argv[1]))
