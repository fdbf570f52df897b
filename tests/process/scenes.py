"""Run inside Blender: makes the scenes of the process tests, a function for each.

blender -b -P scenes.py -- PATH '["name", {"setting": value}]'
where the name can be one of another module beside this one: "module.name".
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "equipment"))
from compositing import compositing_tree, file_output


def film(
    start: int = 1,
    end: int = 4,
    step: int = 1,
    width: int = 64,
    height: int = 36,
    samples: int = 1,
    percentage: int = 100,
) -> bpy.types.Scene:
    """A cube that moves a bit with every frame, so that no two pictures are equal."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples = samples
    scene.cycles.use_denoising = False
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.resolution_percentage = percentage
    scene.frame_start, scene.frame_end, scene.frame_step = start, end, step
    cube = bpy.data.objects["Cube"]
    for frame, x in ((-10, -3.0), (40, 3.0)):
        cube.location.x = x
        cube.keyframe_insert("location", frame=frame)
    return scene


def heavy_film(end: int = 20) -> None:
    """A film of which each frame takes longer to prepare than to render."""
    film(end=end)
    modifier = bpy.data.objects["Cube"].modifiers.new("Smooth", "SUBSURF")
    modifier.levels, modifier.render_levels = 0, 7


def film_with_a_lost_pass() -> None:
    """A pass of a material's own in one of two view layers, which is wrong with kept data."""
    heavy_film()
    scene = bpy.context.scene
    tree = bpy.data.objects["Cube"].active_material.node_tree
    output = tree.nodes.new("ShaderNodeOutputAOV")
    output.aov_name, output.inputs["Value"].default_value = "Painted", 3
    aov = scene.view_layers[0].aovs.add()
    aov.name, aov.type = "Painted", "VALUE"
    scene.view_layers.new("Second")
    image = scene.render.image_settings
    if hasattr(image, "media_type"):
        image.media_type = "MULTI_LAYER_IMAGE"
    image.file_format, image.exr_codec, image.color_depth = "OPEN_EXR_MULTILAYER", "NONE", "32"


def blurred_film() -> None:
    """A film whose cube changes its shape, blurred more with every frame."""
    scene = film()
    modifier = bpy.data.objects["Cube"].modifiers.new("Cast", "CAST")
    for frame, factor, shutter in ((1, 0.0, 0.1), (4, 1.0, 2.0)):
        modifier.factor, scene.render.motion_blur_shutter = factor, shutter
        bpy.data.objects["Cube"].keyframe_insert('modifiers["Cast"].factor', frame=frame)
        scene.render.keyframe_insert("motion_blur_shutter", frame=frame)
    scene.render.use_motion_blur = True


def heavy_end(first: int, heavy_samples: int, **settings: Any) -> None:
    """A film whose frames from `first` on take far longer than those before."""
    scene = film(**settings)
    for frame, samples in ((first - 1, scene.cycles.samples), (first, heavy_samples)):
        scene.cycles.samples = samples
        scene.keyframe_insert("cycles.samples", frame=frame)
    scene.frame_set(scene.frame_start)


def movie(**settings: Any) -> None:
    image = film(**settings).render.image_settings
    if hasattr(image, "media_type"):
        image.media_type = "VIDEO"
    image.file_format = "FFMPEG"


def gray_webp(**settings: Any) -> None:
    """What Blender can be set to, and can't save."""
    image = film(**settings).render.image_settings
    image.file_format = "WEBP"
    image.color_mode = "BW"


def no_camera(**settings: Any) -> None:
    bpy.data.objects.remove(film(**settings).camera)


def no_layer(**settings: Any) -> None:
    film(**settings).view_layers[0].use = False


def dark(**settings: Any) -> None:
    """No light at all: what a farm renders of a scene whose light did not come along."""
    scene = film(**settings)
    bpy.data.objects.remove(bpy.data.objects["Light"])
    bpy.data.worlds.remove(scene.world)


def eevee(is_composited: bool = False, **settings: Any) -> None:
    """A film that EEVEE draws; with a compositor that asks for the GPU, where that is wanted."""
    engine = "BLENDER_EEVEE_NEXT" if bpy.app.version < (5, 0, 0) else "BLENDER_EEVEE"
    (gpu_compositor if is_composited else film)(**settings)
    scene = bpy.context.scene
    scene.render.engine, scene.eevee.taa_render_samples = engine, 1


def grease_pencil(is_hidden: bool = False, **settings: Any) -> None:
    """Strokes beside the cube, which Blender draws itself."""
    film(**settings)
    radius: dict[str, Any] = {"type": "STROKE", "radius": 3.0}
    if bpy.app.version < (4, 3, 0):
        bpy.ops.object.gpencil_add(**radius)
    else:
        bpy.ops.object.grease_pencil_add(**radius)
    bpy.context.object.hide_render = is_hidden


def textured(texture: str, library: str = "", **settings: Any) -> None:
    """A cube with an image texture, and if asked for a ball from a library."""
    film(**settings)
    material = bpy.data.materials.new("painted")
    material.use_nodes = True
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.load(texture)
    shader = material.node_tree.nodes["Principled BSDF"]
    material.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    bpy.data.objects["Cube"].data.materials.clear()
    bpy.data.objects["Cube"].data.materials.append(material)
    if library:
        with bpy.data.libraries.load(library, link=True) as (there, linked):
            linked.objects = list(there.objects)
        for linked_object in linked.objects:
            bpy.context.scene.collection.objects.link(linked_object)
    save_first()
    bpy.ops.file.make_paths_relative()


def linking(library: str, **settings: Any) -> None:
    """A film with the objects of a library, or with what one that was made by this links itself."""
    scene = film(**settings)
    collection = bpy.data.collections.new("Linked")
    scene.collection.children.link(collection)
    with bpy.data.libraries.load(library, link=True) as (there, linked):
        inner = [name for name in there.collections if name == collection.name]
        linked.collections = inner
        linked.objects = [] if inner else list(there.objects)
    for linked_object in linked.objects:
        collection.objects.link(linked_object)
    for linked_collection in linked.collections:
        collection.children.link(linked_collection)
    save_first()
    bpy.ops.file.make_paths_relative()


def lettered(font: str, **settings: Any) -> None:
    """A film with a text, in a font of Blender's own that is copied to a file."""
    film(**settings)
    fonts = Path(bpy.utils.system_resource("DATAFILES"), "fonts")
    shutil.copy(next(path for path in sorted(fonts.iterdir()) if "DejaVu" in path.name), font)
    bpy.ops.object.text_add()
    bpy.context.object.data.font = bpy.data.fonts.load(font)


def mesh_cached(cache: str, **settings: Any) -> None:
    """A film whose cube has its shape from a file."""
    film(**settings)
    Path(cache).touch()
    modifier = bpy.data.objects["Cube"].modifiers.new("Shape", "MESH_CACHE")
    modifier.cache_format, modifier.filepath = "MDD", cache


def smoking(volume: str, **settings: Any) -> None:
    """A film with a volume that is read from a file."""
    film(**settings)
    Path(volume).touch()
    smoke = bpy.data.volumes.new("Smoke")
    smoke.filepath = volume
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Smoke", smoke))


def deforming(cache: str, **settings: Any) -> None:
    """A film with a cube from an Alembic file, whose shape changes with each frame."""
    blurred_film()
    bpy.ops.wm.alembic_export(filepath=cache, start=1, end=2)
    film(**settings)
    bpy.ops.wm.alembic_import(filepath=cache)


def sounding(sound: str, **settings: Any) -> None:
    """A film with a speaker: strips of sound need a Blender with audio."""
    film(**settings)
    Path(sound).touch()
    speaker = bpy.data.speakers.new("Speaker")
    speaker.sound = bpy.data.sounds.load(sound)
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Speaker", speaker))


def numbered_texture(texture: str, source: str, **settings: Any) -> None:
    """A textured film whose image is a SEQUENCE, or TILED with the tiles 1001 and 1002."""
    textured(texture, **settings)
    image = bpy.data.images[Path(texture).name]
    image.source = source
    if source == "TILED":
        image.filepath = image.filepath.replace("1001", "<UDIM>")
        if len(image.tiles) < 2:
            image.tiles.new(1002)
    else:
        tree = bpy.data.materials["painted"].node_tree
        user = next(node for node in tree.nodes if node.type == "TEX_IMAGE").image_user
        user.frame_duration, user.use_auto_refresh = 9, True


def second_lettered(font: str, **settings: Any) -> None:
    """A film with another scene, which alone has the text."""
    first = film(**settings)
    bpy.context.window.scene = second_scene("Lettered")
    lettered(font, **settings)
    bpy.context.window.scene = first


def ball(x: float = 2.0) -> None:
    """A library with one object."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.mesh.primitive_uv_sphere_add(location=(x, 0, 0))
    bpy.context.object.name = "Ball"


def save_first() -> None:
    bpy.ops.wm.save_as_mainfile(filepath=sys.argv[sys.argv.index("--") + 1])


def two_layers(**settings: Any) -> None:
    film(**settings).view_layers.new("Second")


def stereo(views_format: str = "INDIVIDUAL", **settings: Any) -> None:
    render = film(**settings).render
    render.use_multiview = True
    render.image_settings.views_format = views_format


def multilayer(**settings: Any) -> None:
    image = film(**settings).render.image_settings
    if hasattr(image, "media_type"):
        image.media_type = "MULTI_LAYER_IMAGE"
    image.file_format = "OPEN_EXR_MULTILAYER"


def file_outputs(folder: str = "//passes/", name: str = "Image", twice: bool = False,
                 file_format: str = "OPEN_EXR", **settings: Any) -> None:  # fmt: skip
    tree = compositing_tree(film(**settings))
    for _ in range(2 if twice else 1):
        node = file_output(tree, folder, name, file_format)
        tree.links.new(tree.nodes["Layers"].outputs["Image"], node.inputs[0])


def output_slots(names: list[str], folder: str = "//passes/", **settings: Any) -> None:
    """A File Output node with a slot for each name, all of them linked."""
    tree = compositing_tree(film(**settings))
    node = slots_node(tree, folder, *names)
    for slot in range(len(names)):
        tree.links.new(tree.nodes["Layers"].outputs["Image"], node.inputs[slot])


def output_folders(folders: list[str], name: str, **settings: Any) -> None:
    """A File Output node for each folder."""
    tree = compositing_tree(film(**settings))
    for folder in folders:
        node = slots_node(tree, folder, name)
        tree.links.new(tree.nodes["Layers"].outputs["Image"], node.inputs[0])


def slots_node(tree: Any, folder: str, *names: str) -> Any:
    """A File Output node with a slot for each name, none of them linked."""
    node = file_output(tree, folder, "")
    items = node.file_output_items if hasattr(node, "directory") else node.file_slots
    items.clear()
    for name in names:
        items.new(*(("RGBA", name) if hasattr(node, "directory") else (name,)))
    return node


def gpu_compositor(**settings: Any) -> None:
    """Nodes that work on the picture, and ask for the GPU as Blender 5.2 does by itself."""
    scene = film(**settings)
    tree = compositing_tree(scene)
    link = next(each for each in tree.links if each.from_node.name == "Layers")
    blur = tree.nodes.new("CompositorNodeBlur")
    tree.links.new(blur.outputs[0], link.to_socket)
    tree.links.new(tree.nodes["Layers"].outputs["Image"], blur.inputs[0])
    scene.render.compositor_device = "GPU"


def no_saved_picture(has_output: bool, **settings: Any) -> None:
    """Save Output is off (Blender 5.2 and later), with a File Output node or without."""
    scene = film(**settings)
    tree = compositing_tree(scene)
    if has_output:
        node = file_output(tree, "//passes/", "Image")
        tree.links.new(tree.nodes["Layers"].outputs["Image"], node.inputs[0])
    if hasattr(scene.render, "save_output"):
        scene.render.save_output = False


def silent_outputs(**settings: Any) -> None:
    """File Output nodes with slots that Blender writes nothing for, and is right not to."""
    scene = film(**settings)
    scene.render.use_multiview = True
    off, passes = scene.view_layers.new("Off"), scene.view_layers[0]
    passes.use_pass_z = True
    tree = compositing_tree(scene)
    layers = tree.nodes["Layers"]
    silent = tree.nodes.new("CompositorNodeRLayers")
    silent.layer = off.name
    value = tree.nodes.new(
        "ShaderNodeValue" if bpy.app.version >= (5, 0, 0) else "CompositorNodeValue"
    )
    detour = tree.nodes.new("NodeReroute")
    tree.links.new(layers.outputs["Image"], detour.inputs[0])
    node = slots_node(tree, "//passes/", "Image", "Depth", "Value", "Off", "Muted", "Unlinked")
    sources = (detour.outputs[0], layers.outputs["Depth"], value.outputs[0], silent.outputs[0])
    for slot, source in enumerate((*sources, layers.outputs["Image"])):
        tree.links.new(source, node.inputs[slot]).is_muted = slot == 4
    muted = slots_node(tree, "//muted/", "Image")
    tree.links.new(layers.outputs["Image"], muted.inputs[0])
    muted.mute = True
    layered = file_output(tree, "//layered/", "all", "OPEN_EXR_MULTILAYER")
    tree.links.new(layers.outputs["Image"], layered.inputs[0])
    passes.use_pass_z = off.use = False


def switched_layer(**settings: Any) -> None:
    """A view layer that keyframes switch off with the second frame, and a slot that writes it."""
    scene = film(**settings)
    layer = scene.view_layers.new("Second")
    tree = compositing_tree(scene)
    source = tree.nodes.new("CompositorNodeRLayers")
    source.layer = layer.name
    node = file_output(tree, "//passes/", "Second")
    tree.links.new(source.outputs["Image"], node.inputs[0])
    for frame, use in ((2, False), (1, True)):
        layer.use = use
        layer.keyframe_insert("use", frame=frame)


def grouped_output(folder: str = "//passes/", name: str = "Image", **settings: Any) -> None:
    """A File Output node inside a group."""
    tree = compositing_tree(film(**settings))
    inner = bpy.data.node_groups.new("Inner", "CompositorNodeTree")
    inner.interface.new_socket("Image", in_out="INPUT", socket_type="NodeSocketColor")
    entry = inner.nodes.new("NodeGroupInput")
    node = file_output(inner, folder, name)
    inner.links.new(entry.outputs[0], node.inputs[0])
    group = tree.nodes.new("CompositorNodeGroup")
    group.node_tree = inner
    tree.links.new(tree.nodes["Layers"].outputs["Image"], group.inputs[0])


def no_output(**settings: Any) -> None:
    """A compositor that leads nowhere."""
    tree = compositing_tree(film(**settings))
    for node in list(tree.nodes):
        if node.bl_idname in {"CompositorNodeComposite", "NodeGroupOutput"}:
            tree.nodes.remove(node)


def bound_camera(**settings: Any) -> None:
    """A second camera, bound to a marker, so that it wins over the scene's own."""
    scene = film(**settings)
    other = bpy.data.objects.new("Other", bpy.data.cameras.new("Other"))
    other.location, other.rotation_euler = (0, 0, 12), (0, 0, 0)
    scene.collection.objects.link(other)
    scene.timeline_markers.new("cut", frame=1).camera = other


def range_driver(**settings: Any) -> None:
    """A driver that reads the scene's last frame: it must not see a narrowed range."""
    film(**settings)
    _drive_by_range(bpy.data.objects["Cube"], ("scale", 0), "0.1 *")


def stamped(file_format: str = "PNG", has_strip: bool = False, **settings: Any) -> None:
    """Everything burnt in that is not another one in each render."""
    scene = film(start=2, end=13, width=320, height=180, **settings)
    scene.timeline_markers.new("cut", frame=4)
    render = scene.render
    render.use_stamp, render.stamp_font_size = True, 10
    render.stamp_note_text = "a note"
    for each in render.bl_rna.properties:
        if each.identifier.startswith("use_stamp_"):
            varies = each.identifier.endswith(("_date", "_render_time", "_memory"))
            setattr(render, each.identifier, not varies)
    render.image_settings.file_format = file_format
    if has_strip:
        strips_of(scene).new_scene("strip", second_scene(), channel=1, frame_start=1)


def _drive_by_range(owner: Any, path: Any, factor: str) -> None:
    curve = owner.driver_add(*((path,) if isinstance(path, str) else path))
    variable = curve.driver.variables.new()
    variable.type = "SINGLE_PROP"
    variable.targets[0].id_type = "SCENE"
    variable.targets[0].id = bpy.context.scene
    variable.targets[0].data_path = "frame_end"
    curve.driver.expression = f"{factor} {variable.name}"


def second_scene(name: str = "Other", engine: str = "CYCLES", camera: bool = True) -> Any:
    """Another scene in the file, with a cube of its own."""
    other = bpy.data.scenes.new(name)
    other.render.engine = engine
    other.collection.objects.link(bpy.data.objects["Cube"])
    if camera:
        other.collection.objects.link(bpy.data.objects["Camera"])
        other.camera = bpy.data.objects["Camera"]
    if engine == "CYCLES":
        other.cycles.samples, other.cycles.device = 1, "GPU"
        other.cycles.use_denoising = False
    return other


def other_layers(engine: str = "", camera: bool = True, **settings: Any) -> None:
    """A compositor that shows the render layers of another scene."""
    scene = film(**settings)
    tree = compositing_tree(scene)
    tree.nodes["Layers"].scene = second_scene(engine=engine or "CYCLES", camera=camera)


def scene_strip(**settings: Any) -> None:
    """A sequencer that shows another scene, whose compositor writes files."""
    scene = film(**settings)
    other = writing_scene("Other")
    strips_of(scene).new_scene("other", other, channel=1, frame_start=1)


def writing_scene(name: str, folder: str = "//leak/") -> Any:
    """A scene whose compositor writes files."""
    other = second_scene(name)
    tree = compositing_tree(other)
    tree.nodes["Layers"].scene = other
    write_layers(tree, folder)
    return other


def write_layers(tree: Any, folder: str) -> None:
    """Have a compositing tree write what it renders."""
    node = file_output(tree, folder, "Image", "PNG")
    tree.links.new(tree.nodes["Layers"].outputs["Image"], node.inputs[0])


def strip_in_strip(**settings: Any) -> None:
    """A strip of a scene's sequencer, which is off for that scene's own renders."""
    scene = film(**settings)
    middle = second_scene("Middle")
    middle.render.use_sequencer = False
    strips_of(middle).new_scene("inner", writing_scene("Inner"), channel=1, frame_start=1)
    strips_of(scene).new_scene("middle", middle, channel=1, frame_start=1)
    strips_of(scene)[0].scene_input = "SEQUENCER"


def strips_of(scene: bpy.types.Scene) -> Any:
    editor = scene.sequence_editor_create()
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def effect_stack(**settings: Any) -> None:
    """Several compositing trees, one after the other (Blender 5.3; one tree before that)."""
    scene = film(**settings)
    for number in range(3 if hasattr(scene, "compositor_effects") else 1):
        if number:
            effects: Any = scene.compositor_effects
            effects.active = effects.new(f"effect {number}")
        write_layers(compositing_tree(scene), f"//leak{number}/")


def strip_modifier(**settings: Any) -> None:
    """A strip with a compositing tree of its own (Blender 5.2), or none."""
    scene = film(**settings)
    strips = strips_of(scene)
    strip = strips.new_scene("other", second_scene(), channel=1, frame_start=1)
    if bpy.app.version < (5, 2, 0):  # 5.0 has them, and crashed when it made one here
        return
    tree = bpy.data.node_groups.new("Strip", "CompositorNodeTree")
    for in_out in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Image", in_out=in_out, socket_type="NodeSocketColor")
    entry, end = tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")
    tree.links.new(entry.outputs[0], end.inputs[0])
    node = file_output(tree, "//leak/", "Image", "PNG")
    tree.links.new(entry.outputs[0], node.inputs[0])
    strip.modifiers.new("composited", "COMPOSITOR").node_group = tree


def result_kept(**settings: Any) -> None:
    """Cache Result: Blender keeps each picture beside the .blend, for the compositor."""
    film(**settings).render.use_render_cache = True


def in_project(root: str, folder: str = "{project_root}/passes", name: str = "{shot}_",
               config: str = "", **settings: Any) -> None:  # fmt: skip
    """A project, for a .blend that is to be saved in it, and paths with its variables."""
    bpy.ops.project.new(name="Show", directory=root)
    project = bpy.data.project
    project.variables.new("shot", type="STRING").value = "sh010"
    if config:
        project.ocio_config, project.ocio_config_path = "PATH", config
    bpy.ops.project.config_save()
    file_outputs(folder, name, **settings)
    bpy.context.scene.render.filepath = "{project_root}/frames/{shot}_"


def texture_cached(texture: str, **settings: Any) -> None:
    """A texture beside which Blender makes a cache of it (Blender 5.2)."""
    textured(texture, **settings)
    render = bpy.context.scene.render
    if hasattr(render, "use_auto_generate_texture_cache"):
        render.use_texture_cache = render.use_auto_generate_texture_cache = True


def one_view(**settings: Any) -> None:
    """Stereo in one file, with one of the two views switched off."""
    render = film(**settings).render
    render.use_multiview = True
    render.image_settings.views_format = "STEREO_3D"
    render.image_settings.stereo_3d_format.display_mode = "SIDEBYSIDE"
    render.views["right"].use = False


def python_driver(**settings: Any) -> None:
    film(**settings)
    curve = bpy.data.objects["Cube"].driver_add("location", 2)
    curve.driver.expression = "[frame / 10 for _ in (1,)][0]"


def registered_text(**settings: Any) -> None:
    film(**settings)
    text = bpy.data.texts.new("startup.py")
    text.write("import bpy\n")
    text.use_module = True


def two_scenes() -> None:
    """Two scenes that carry settings of the extension; the open one names the other."""
    register_extension()
    scene = film()
    other = second_scene()
    other.render.resolution_x = other.render.resolution_y = 16
    scene.array_chunk.scene, scene.array_chunk.frames = other.name, "1,2"
    other.array_chunk.frames = "5,6"


def register_extension() -> None:
    """Register the checkout, so that its settings can be saved in a scene."""
    root = Path(__file__).resolve().parents[2]
    spec = importlib.util.spec_from_file_location(
        "array_chunk_render", root / "__init__.py", submodule_search_locations=[str(root)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules[spec.name] = package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    package.register()


def simulated(kind: str, reads_range: bool = False, **more: Any) -> None:
    """One of the scenes in tests/equipment/simulated_scenes.py."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "equipment"))
    simulated_scenes = importlib.import_module("simulated_scenes")
    getattr(simulated_scenes, kind)(**more)
    if reads_range:
        _drive_by_range(bpy.context.scene.camera.data, "clip_end", "100 +")


if __name__ == "__main__":
    PATH, TOLD = sys.argv[sys.argv.index("--") + 1 :]
    NAME, SETTINGS = json.loads(TOLD)
    Path(PATH).parent.mkdir(parents=True, exist_ok=True)
    MODULE, _, MAKER = NAME.rpartition(".")
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    # What isn't told is left to Blender: since 5.2 it compresses by itself.
    SAVING = {name: SETTINGS.pop(name) for name in ("compress",) if name in SETTINGS}
    getattr(importlib.import_module(MODULE or "scenes"), MAKER)(**SETTINGS)
    bpy.ops.wm.save_as_mainfile(filepath=PATH, **SAVING)
