"""Run inside Blender: makes the scenes of the benches, a function for each.

blender -b [FILE] -P scenes.py -- PATH '["name", {"setting": value}]'
"""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import bpy


def settings(
    end: int, samples: int, percentage: int, threads: int, width: int = 960, height: int = 540
) -> bpy.types.Scene:
    """What must be the same on all sides stands in the file: nobody has to be told it."""
    scene = bpy.context.scene
    render = scene.render
    render.engine, scene.cycles.device = "CYCLES", "CPU"
    scene.cycles.samples, scene.cycles.use_denoising = samples, False
    scene.frame_start, scene.frame_end, scene.frame_step = 1, end, 1
    if width:  # a real scene keeps its own
        scene.cycles.use_adaptive_sampling = False
        render.resolution_x, render.resolution_y = width, height
    render.resolution_percentage = percentage
    render.threads_mode, render.threads = "FIXED", threads
    render.use_persistent_data = False
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = "IMAGE"
    render.image_settings.file_format = "PNG"
    return scene


def real(**more: int) -> None:
    """A copy of a real scene. Not every Blender can denoise, so none does: neither side."""
    scene = settings(width=0, height=0, **more)
    tree = getattr(scene, "node_tree", None) or getattr(scene, "compositing_node_group", None)
    for node in tree.nodes if tree else ():
        if node.bl_idname == "CompositorNodeDenoise":
            node.mute = True


def film(**more: int) -> None:
    """A camera that goes round nine monkeys, of whom one turns."""
    scene = settings(**more)
    turning = monkeys(3, level=2)[4]
    move(turning, "rotation_euler", 2, (0.0, math.tau))
    centre = add(scene, "Centre", None)
    scene.camera.parent = centre
    move(centre, "rotation_euler", 2, (0.0, 0.5))


def plain(**more: int) -> None:
    """The cube that every new file has: as little to render as can be."""
    settings(**more)


def heavy_and_still(level: int = 5, **more: int) -> None:
    """Nothing moves, and there is much to prepare: what Blender can keep between frames."""
    settings(**more)
    monkeys(2, level)


def one_core(divisions: int = 7, **more: int) -> None:
    """Hills that wander over a ball of many faces, thinned out by what only one core works on."""
    scene = settings(**more)
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=divisions, radius=1.5)
    ball = bpy.context.object
    hills = ball.modifiers.new("Hills", "DISPLACE")
    hills.texture = bpy.data.textures.new("Hills", "CLOUDS")
    hills.texture_coords = "OBJECT"
    hills.texture_coords_object = add(scene, "Wind", None)
    move(hills.texture_coords_object, "location", 0, (0.0, 5.0))
    ball.modifiers.new("Thin", "DECIMATE").ratio = 0.1


def uneven(**more: int) -> None:
    """The camera looks at the sky, and for the last quarter of the film into a room of mirrors.

    The samples are the same in every frame. What makes the difference is how long light travels:
    not at all, or until it has bounced as often as it may. In the dark no light is ever lost.
    """
    scene = settings(**more)
    scene.cycles.max_bounces = scene.cycles.glossy_bounces = scene.cycles.diffuse_bounces = 12
    bpy.data.objects.remove(bpy.data.objects["Light"])
    walls = bpy.data.objects["Cube"]
    walls.scale = (4, 4, 4)
    monkeys(2, level=1, keep_cube=True)
    lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
    lamp.data.energy, lamp.location = 300.0, (0, 0, 3)
    scene.collection.objects.link(lamp)
    for frame, place in ((1, (0, 0, 50)), (scene.frame_end * 3 // 4 + 1, (3, 3, 1))):
        scene.camera.location = place
        scene.camera.rotation_euler = (math.radians(180 if frame == 1 else 75), 0, 2.356)
        scene.camera.keyframe_insert("location", frame=frame)
        scene.camera.keyframe_insert("rotation_euler", frame=frame)
    jump(scene.camera)


def add(scene: bpy.types.Scene, name: str, data: Any) -> bpy.types.Object:
    obj = bpy.data.objects.new(name, data)
    scene.collection.objects.link(obj)
    return obj


def monkeys(side: int, level: int, keep_cube: bool = False) -> list[bpy.types.Object]:
    """A square of monkeys with a subdivision modifier."""
    if not keep_cube:
        bpy.data.objects.remove(bpy.data.objects["Cube"])
    made = []
    for place in range(side * side):
        x, y = (2 * (each - (side - 1) / 2) for each in divmod(place, side))
        bpy.ops.mesh.primitive_monkey_add(location=(x, y, 0), size=1.5)
        modifier = bpy.context.object.modifiers.new("Smooth", "SUBSURF")
        modifier.levels, modifier.render_levels = 0, level
        made.append(bpy.context.object)
    return made


def move(owner: Any, path: str, index: int, values: tuple[float, float]) -> None:
    """From the first to the last frame, from one value to the other."""
    for frame, value in zip((1, bpy.context.scene.frame_end), values, strict=True):
        getattr(owner, path)[index] = value
        owner.keyframe_insert(path, index=index, frame=frame)


def jump(owner: bpy.types.Object) -> None:
    """Hold each key until the next one."""
    action = owner.animation_data.action
    curves = getattr(action, "fcurves", None) or action.layers[0].strips[0].channelbags[0].fcurves
    for curve in curves:
        for point in curve.keyframe_points:
            point.interpolation = "CONSTANT"


if __name__ == "__main__":
    PATH, TOLD = sys.argv[sys.argv.index("--") + 1 :]
    NAME, VALUES = json.loads(TOLD)
    globals()[NAME](**VALUES)
    bpy.context.preferences.filepaths.save_version = 0
    bpy.ops.wm.save_as_mainfile(filepath=PATH)
