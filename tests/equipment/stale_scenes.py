"""Inside Blender: scenes that Cycles shows as they were, where data is kept between the frames.

Each trips one rule of `rendering/persistent_faults.py`, and has the words of its reason.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from moving_looks import displaced, material, painted_by, picture_sequence
from moving_scenes import Maker, animate, base, cube, empty, geometry_nodes, particles, socket_path
from moving_settings import two_layers


def changed_by_script() -> None:
    """A custom property that a script sets, in a way that Blender isn't told of."""
    base()
    made, _ = material(cube())
    node = painted_by(made, "ShaderNodeAttribute", "Color")
    node.attribute_type, node.attribute_name = "OBJECT", "paint"
    cube()["paint"] = 0.0

    def repaint(scene: Any, *_: Any) -> None:
        bpy.data.objects["Cube"]["paint"] = scene.frame_current / 10

    bpy.app.handlers.frame_change_pre.append(repaint)


def simplify(path: str, first: Any, last: Any) -> None:
    scene = base()
    cube().modifiers.new("Smooth", "SUBSURF").render_levels = 4
    scene.render.use_simplify, scene.render.simplify_subdivision_render = True, 1
    animate(scene, path, first, last, end=3)


def simplify_switched() -> None:
    simplify("render.use_simplify", False, True)


def simplify_levels() -> None:
    simplify("render.simplify_subdivision_render", 0, 4)


def simplify_driven() -> None:
    scene = base()
    cube().modifiers.new("Smooth", "SUBSURF").render_levels = 4
    scene.render.use_simplify = True
    curve = scene.driver_add("render.simplify_subdivision_render")
    curve.driver.expression = "frame / 2"


def simplify_in_strip() -> None:
    """The same by the nonlinear animation, where the action itself is none of the scene's own."""
    simplify("render.simplify_subdivision_render", 0, 4)
    animation: Any = bpy.context.scene.animation_data
    action = animation.action
    animation.nla_tracks.new().strips.new("Levels", 1, action)
    animation.action = None


def simplify_children() -> None:
    item = particles("HAIR")
    settings = item.particle_systems[0].settings
    settings.child_type, settings.rendered_child_count, settings.root_radius = "SIMPLE", 30, 5
    scene: Any = bpy.context.scene
    scene.render.use_simplify = True
    animate(scene, "render.simplify_child_particles_render", 0.0, 1.0)


def blinking_camera() -> None:
    """A camera that moves, and is hidden in renders in every second frame."""
    scene = base()
    camera: Any = scene.camera
    animate(camera, "delta_location", -2.0, 2.0, index=0)
    for frame in range(1, 11):
        camera.hide_render = frame % 2 == 0
        camera.keyframe_insert("hide_render", frame=frame)


def fewer_samples(path: str) -> None:
    scene = base()
    scene.view_layers[0].samples = 0
    animate(scene, path, 9, 1)


def fewer_samples_in_scene() -> None:
    fewer_samples("cycles.samples")


def fewer_samples_in_layer() -> None:
    fewer_samples("view_layers[0].samples")


def vase() -> bpy.types.Object:
    """A profile of edges without faces, smoothed and turned into a wall."""
    base()
    bpy.data.objects.remove(cube())
    mesh = bpy.data.meshes.new("Profile")
    places = [(0.3 + 0.1 * (step % 3), 0.0, 0.2 * step) for step in range(8)]
    mesh.from_pydata(places, [(step, step + 1) for step in range(7)], [])
    made = bpy.data.objects.new("Vase", mesh)
    bpy.context.collection.objects.link(made)
    made.modifiers.new("Smooth", "SUBSURF")
    made.modifiers.new("Turn", "SCREW")
    return made


def layers_of_other_samples() -> None:
    scene = base()
    two_layers(scene).samples = 9
    animate(cube(), "location", -2, 2, 0)


def aov_in_one_layer() -> None:
    """The cube writes into a pass that the second layer has not."""
    scene = base()
    cube_paint, _ = material(cube())
    output = cube_paint.node_tree.nodes.new("ShaderNodeOutputAOV")
    output.aov_name, output.inputs["Color"].default_value = "Spots", (0.9, 0.1, 0.1, 1)
    two_layers(scene)
    scene.view_layers[0].aovs.add().name = "Spots"
    animate(cube(), "location", -2, 2, 0)


def layers_that_differ(change: Callable[[Any], None]) -> None:
    scene = base()
    change(two_layers(scene))
    animate(cube(), "location", -2, 2, 0)


def light_group_in_one_layer() -> None:
    layers_that_differ(lambda layer: layer.lightgroups.add(name="Key"))


def pass_in_one_layer() -> None:
    layers_that_differ(lambda layer: setattr(layer, "use_pass_normal", True))


def cycles_pass_in_one_layer() -> None:
    layers_that_differ(lambda layer: setattr(layer.cycles, "denoising_store_passes", True))


def cryptomatte_in_one_layer() -> None:
    layers_that_differ(lambda layer: setattr(layer, "use_pass_cryptomatte_object", True))


def override_in_one_layer() -> None:
    layers_that_differ(
        lambda layer: setattr(layer, "material_override", bpy.data.materials["Material"])
    )


def lights_in_one_layer() -> None:
    """That it can be wrong, `tests/differ/cases` shows, with three spots besides."""
    layers_that_differ(
        lambda layer: setattr(layer.layer_collection.children[0], "exclude", True),
    )


def no_sky_in_one_layer() -> None:
    layers_that_differ(lambda layer: setattr(layer, "use_sky", False))


def pass_that_comes() -> None:
    scene = base()
    animate(scene, 'view_layers["ViewLayer"].use_pass_normal', False, True, end=3)


def volume_in_one_layer() -> None:
    scene = base()
    scene.render.resolution_x, scene.render.resolution_y, scene.cycles.samples = 32, 18, 1
    tree, _, output = geometry_nodes(cube())
    volume = tree.nodes.new("GeometryNodeVolumeCube")
    for axis in "XYZ":
        volume.inputs[f"Resolution {axis}"].default_value = 4
    paint = tree.nodes.new("GeometryNodeSetMaterial")
    tree.links.new(volume.outputs[0], paint.inputs["Geometry"])
    tree.links.new(paint.outputs[0], output.inputs[0])
    made, surface = material(cube())
    made.node_tree.nodes.remove(surface)
    smoke = made.node_tree.nodes.new("ShaderNodeVolumePrincipled")
    end = made.node_tree.nodes["Material Output"]
    made.node_tree.links.new(smoke.outputs[0], end.inputs["Volume"])
    paint.inputs["Material"].default_value = made
    animate(tree, socket_path(volume, "Density"), 0.1, 3)
    two_layers(scene).use_volumes = False


def no_refresh(folder: Path) -> None:
    picture_sequence(folder, refresh=False)


def no_refresh_in_group(folder: Path) -> None:
    node = picture_sequence(folder, refresh=False)
    tree, image = node.id_data, node.image
    group = bpy.data.node_groups.new("Picture", "ShaderNodeTree")
    group.interface.new_socket("Color", in_out="OUTPUT", socket_type="NodeSocketColor")
    inner, end = group.nodes.new("ShaderNodeTexImage"), group.nodes.new("NodeGroupOutput")
    inner.image, inner.image_user.frame_duration = image, 10
    group.links.new(inner.outputs[0], end.inputs[0])
    tree.nodes.remove(node)
    outer = tree.nodes.new("ShaderNodeGroup")
    outer.node_tree = group
    colour = tree.nodes["Principled BSDF"].inputs["Base Color"]
    tree.links.new(outer.outputs[0], colour)


def displaced_by(kind: str, output: str, moves: Callable[[Any], None], **settings: Any) -> None:
    """A ball whose roughness depends on a node that knows more than its mesh."""
    base()
    made, noise, displace = displaced()
    displace.inputs["Scale"].default_value = 2
    tree = made.node_tree
    node = tree.nodes.new(kind)
    for name, value in settings.items():
        setattr(node, name, value)
    tree.links.new(node.outputs[output], noise.inputs["Vector"])
    moves(bpy.data.objects["Ball"])


def go_away(item: Any) -> None:
    animate(item, "location", 1.5, -1, 0)


def move_camera(item: Any) -> None:
    animate(bpy.context.scene.camera, "location", 4, 8, 0)


def by_position() -> None:
    displaced_by("ShaderNodeNewGeometry", "Position", go_away)


def by_object() -> None:
    displaced_by("ShaderNodeObjectInfo", "Location", go_away)


def by_camera() -> None:
    displaced_by("ShaderNodeCameraData", "View Vector", move_camera)


def by_window() -> None:
    displaced_by("ShaderNodeTexCoord", "Window", move_camera)


def by_another() -> None:
    displaced_by("ShaderNodeTexCoord", "Object", go_away)
    tree: Any = bpy.data.materials["Painted"].node_tree
    next(each for each in tree.nodes if each.bl_idname == "ShaderNodeTexCoord").object = empty()


def by_property() -> None:
    displaced_by(
        "ShaderNodeAttribute", "Vector", repaint, attribute_type="OBJECT", attribute_name="color"
    )


def repaint(item: Any) -> None:
    animate(item, "color", 0.0, 1.0, 0)


def by_world_space() -> None:
    base()
    _, _, displace = displaced()
    displace.space, displace.inputs["Scale"].default_value = "WORLD", 2
    animate(bpy.data.objects["Ball"], "scale", 0.4, 2, 0)


def by_group() -> None:
    by_position()
    tree: Any = bpy.data.materials["Painted"].node_tree
    noise = next(each for each in tree.nodes if each.bl_idname == "ShaderNodeTexNoise")
    group = bpy.data.node_groups.new("Place", "ShaderNodeTree")
    group.interface.new_socket("Place", in_out="OUTPUT", socket_type="NodeSocketVector")
    inner, end = group.nodes.new("ShaderNodeNewGeometry"), group.nodes.new("NodeGroupOutput")
    group.links.new(inner.outputs["Position"], end.inputs[0])
    outer = tree.nodes.new("ShaderNodeGroup")
    outer.node_tree = group
    tree.links.new(outer.outputs[0], noise.inputs["Vector"])


def procedural(folder: Path) -> None:
    """An Alembic file that Cycles reads by itself."""
    scene = base()
    cube().modifiers.new("Array", "ARRAY")
    animate(cube(), 'modifiers["Array"].count', 1, 6)
    path = str(folder / "shape.abc")
    bpy.ops.wm.alembic_export(filepath=path, start=1, end=10)
    for item in list(bpy.data.objects):
        if item.type == "MESH":
            bpy.data.objects.remove(item)
    bpy.ops.wm.alembic_import(filepath=path, as_background_job=False)
    scene.cycles.feature_set = "EXPERIMENTAL"
    for cache in bpy.data.cache_files:
        cache.use_render_procedural = True


NOISY: tuple[tuple[Maker, str], ...] = (
    (fewer_samples_in_scene, "cycles.samples of scene 'Scene' is animated"),
    (fewer_samples_in_layer, "].samples of scene 'Scene' is animated"),
    (layers_of_other_samples, "the view layers of scene 'Scene' have different numbers of samples"),
)
"""These differ in Blender 4.5."""

OTHER_LAYERS: tuple[tuple[Maker, str], ...] = tuple(
    (make, f"the view layers 'ViewLayer' and 'Second' of scene 'Scene' differ in {what}: ")
    for make, what in (
        (aov_in_one_layer, "their AOVs"),
        (light_group_in_one_layer, "their light groups"),
        (pass_in_one_layer, "use_pass_normal"),
        (cycles_pass_in_one_layer, "cycles.denoising_store_passes"),
        (cryptomatte_in_one_layer, "use_pass_cryptomatte_object"),
        (lights_in_one_layer, "the lights that they show"),
        (override_in_one_layer, "material_override"),
        (no_sky_in_one_layer, "use_sky"),
    )
) + ((pass_that_comes, "].use_pass_normal of scene 'Scene' is animated: the layer's"),)
"""The first one is wrong up to Blender 5.0."""

STALE: tuple[tuple[Maker, str], ...] = (
    (changed_by_script, "the handler 'repaint' of stale_scenes runs with each frame"),
    (simplify_switched, "render.use_simplify of scene 'Scene' is animated"),
    (simplify_levels, "render.simplify_subdivision_render of scene 'Scene' is animated"),
    (simplify_driven, "render.simplify_subdivision_render of scene 'Scene' is animated"),
    (simplify_in_strip, "render.simplify_subdivision_render of scene 'Scene' is animated"),
    (simplify_children, "render.simplify_child_particles_render of scene 'Scene' is animated"),
    (by_position, "material \"Painted\" displaces by the node 'Geometry'"),
    (by_object, "material \"Painted\" displaces by the node 'Object Info'"),
    (by_camera, "material \"Painted\" displaces by the node 'Camera Data'"),
    (by_window, "material \"Painted\" displaces by the node 'Texture Coordinate'"),
    (by_another, "material \"Painted\" displaces by the node 'Texture Coordinate'"),
    (by_property, "material \"Painted\" displaces by the node 'Attribute'"),
    (by_world_space, "material \"Painted\" displaces by the node 'Displacement'"),
    (by_group, "material \"Painted\" displaces by the node 'Geometry'"),
)
STALE_WITH_FILES: tuple[tuple[Callable[[Path], None], str], ...] = (
    (no_refresh, "the node 'Image Texture' of material \"Painted\" has Auto Refresh off"),
    (no_refresh_in_group, "the node 'Image Texture' of shader node tree \"Picture\" has"),
    (procedural, "Cycles reads"),
)
