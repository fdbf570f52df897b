"""A clean scene, and for each kind of finding what makes the scene faulty in that way.

Each maker returns the settings that the fault needs, if it needs any; the scene is the open one.
"""

from __future__ import annotations

import importlib
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.publishing.formats import still_formats
from array_chunk_render.publishing.formats.still_formats import STILL_FORMATS
from compositing import compositing_tree

Settings = dict[str, Any]
registered: list[type] = []
"""Classes that stand for an add-on's; to be unregistered after the test."""


def clean_scene(home: Path) -> Any:
    """Saved, small, by Cycles on the CPU."""
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples = "CPU", 1
    scene.cycles.use_denoising = False
    scene.render.resolution_x = scene.render.resolution_y = 16
    scene.render.filepath = "//frames/"
    scene.frame_start, scene.frame_end = 1, 10
    save(home)
    return scene


def save(home: Path) -> None:
    home.mkdir(exist_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(home / "film.blend"))


def reopen(use_scripts: bool = False) -> None:
    path = bpy.data.filepath
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=path, use_scripts=use_scripts)


def picture(path: Path) -> Path:
    """A PNG of one pixel."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0\xff\0\0"))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + body + chunk(b"IEND", b""))
    return path


def new_object(name: str, data: Any, scene: Any = None) -> Any:
    item = bpy.data.objects.new(name, data)
    (scene or bpy.context.scene).collection.objects.link(item)
    return item


def painted(image: Any) -> Any:
    """Puts an image on the cube; returns its node."""
    material = bpy.data.materials.new("paint")
    if material.node_tree is None:
        material.use_nodes = True
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    bpy.data.objects["Cube"].data.materials.clear()
    bpy.data.objects["Cube"].data.materials.append(material)
    return node


def image_at(path: str, source: str = "FILE") -> Any:
    image = bpy.data.images.new("painting", 4, 4)
    image.source, image.filepath = source, path
    return image


def file_output(tree: Any, folder: str) -> None:
    node = tree.nodes.new("CompositorNodeOutputFile")
    if hasattr(node, "directory"):
        node.format.media_type = "IMAGE"
        node.directory = folder
        node.file_output_items.new("RGBA", "Image")
    else:
        node.base_path = folder
    tree.links.new(tree.nodes["Layers"].outputs["Image"], node.inputs[0])


def strips_of(scene: Any) -> Any:
    editor = scene.sequence_editor_create()
    return editor.strips if hasattr(editor, "strips") else editor.sequences


Maker = Callable[[Any, Path, pytest.MonkeyPatch], Settings | None]
FAULTS: dict[str, Maker] = {}


def fault(maker: Maker) -> Maker:
    """Takes a maker, whose name is that of its kind, into the table."""
    FAULTS[maker.__name__.replace("_", "-")] = maker
    return maker


# --- camera


@fault
def camera_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.camera = None


@fault
def camera_unsaved(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    other = bpy.data.objects.new("Other", bpy.data.cameras.new("Other"))
    scene.timeline_markers.new("cut", frame=5).camera = other


@fault
def camera_elsewhere(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    other = new_object("Other", bpy.data.cameras.new("Other"), bpy.data.scenes.new("Second"))
    scene.timeline_markers.new("cut", frame=5).camera = other


@fault
def camera_hidden(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    other = new_object("Other", bpy.data.cameras.new("Other"))
    scene.timeline_markers.new("first", frame=1).camera = scene.camera
    scene.timeline_markers.new("second", frame=5).camera = other
    other.hide_render = True


@fault
def camera_not_a_camera(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.camera = bpy.data.objects["Light"]


@fault
def camera_crashes(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    if not (5, 2, 0) <= bpy.app.version < (5, 3, 0):
        pytest.skip("Blender 5.2 alone crashes looking through an empty")
    scene.camera = new_object("Empty", None)


# --- output


@fault
def movie_format(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    image = scene.render.image_settings
    if hasattr(image, "media_type"):
        image.media_type = "VIDEO"
    image.file_format = "FFMPEG"


@fault
def format_unknown(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    """A newer Blender's, which none of these has: one that they do have is forgotten."""
    scene.render.image_settings.file_format = "BMP"
    known = {name: each for name, each in STILL_FORMATS.items() if name != "BMP"}
    patch.setattr(still_formats, "STILL_FORMATS", known)


@fault
def format_unsaved(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.render.image_settings.file_format = "WEBP"
    scene.render.image_settings.color_mode = "BW"


@fault
def file_output_clash(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    tree = compositing_tree(scene)
    file_output(tree, "//passes/")
    file_output(tree, "//passes/")


@fault
def file_output_parent_folder(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    file_output(compositing_tree(scene), "//../passes/")


@fault
def view_suffix_parent_folder(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.render.views[0].file_suffix = "_a/../../b"


@fault
def output_windows_path(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.render.filepath = "M:/Film/out_"


@fault
def picture_below_pixel(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.render.resolution_percentage = 1


@fault
def resolution_reduced(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.render.resolution_percentage = 50


@fault
def border_render(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.render.use_border = True
    scene.render.border_max_x = 0.5


# --- view layers and compositor


@fault
def view_layers_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.view_layers[0].use = False


@fault
def view_layer_off(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.view_layers.new("Second").use = False


@fault
def single_layer(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.view_layers.new("Second")
    scene.render.use_single_layer = True


@fault
def compositor_no_output(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    tree = compositing_tree(scene)
    tree.links.clear()


@fault
def compositor_off(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    compositing_tree(scene).nodes.new("CompositorNodeBlur")
    scene.render.use_compositing = False


# --- engine


@fault
def engine_display(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.render.engine = "BLENDER_WORKBENCH"


class ForeignEngine(bpy.types.RenderEngine):
    bl_idname = "FOREIGN"
    bl_label = "Foreign"


@fault
def engine_addon(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    register(ForeignEngine)
    scene.render.engine = "FOREIGN"


def register(made: type) -> None:
    bpy.utils.register_class(made)
    registered.append(made)


@fault
def egl_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> Settings:
    """On a system without EGL; with it Blender would draw."""
    scene.render.engine = "BLENDER_WORKBENCH"
    patch.setenv("__EGL_VENDOR_LIBRARY_FILENAMES", str(home / "no_driver.json"))
    return {"eevee": True}


@fault
def compositor_gpu(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    compositing_tree(scene)
    scene.render.compositor_device = "GPU"


@fault
def device_gpu(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.cycles.device = "GPU"


@fault
def gpu_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> Settings:
    """On a machine without a GPU, as those are that run these tests."""
    return {"gpu": True}


# --- sampling


def without_denoiser(patch: pytest.MonkeyPatch) -> None:
    """As in a build that lacks it; Debian's 4.3 does, and needs none of this."""
    patch.setattr("_cycles.with_openimagedenoise", False)


@fault
def denoiser_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    without_denoiser(patch)
    scene.cycles.use_denoising = True


@fault
def denoise_node_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    without_denoiser(patch)
    compositing_tree(scene).nodes.new("CompositorNodeDenoise")


@fault
def denoiser_gpu(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("_cycles.with_openimagedenoise", True)
    scene.cycles.use_denoising = True
    if bpy.app.version < (5, 0, 0):
        scene.cycles["denoiser"] = 2
    else:
        scene.bl_system_properties_get()["cycles"]["denoiser"] = 2


@fault
def time_limit(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.cycles.time_limit = 2.5


@fault
def seed_animated(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.cycles.use_animated_seed = True


# --- frames and settings


@fault
def frame_step(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    scene.frame_step = 2


@fault
def frames_outside_range(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> Settings:
    return {"frames": "5-12"}


@fault
def children_idle(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> Settings:
    return {"size": 11}


@fault
def range_read_by_drivers(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    driver = bpy.data.objects["Cube"].driver_add("scale", 0).driver
    variable = driver.variables.new()
    variable.type = "SINGLE_PROP"
    variable.targets[0].id_type = "SCENE"
    variable.targets[0].id = scene
    variable.targets[0].data_path = "frame_end"
    driver.expression = f"{variable.name} / 10"


@fault
def settings_contradict(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> Settings:
    return {"camera": "Nobody"}


@fault
def settings_ignored(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> Settings:
    return {"quality": 80}


@fault
def path_variable_unknown(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    if bpy.app.version < (5, 0, 0):
        pytest.skip("Blender 5.0 brought variables in paths")
    tree = compositing_tree(scene)
    file_output(tree, "//passes/")
    tree.nodes[-1].file_name = "{unheard_of}_"


# --- colors


@fault
def color_config_failed(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("OCIO", str(home / "none.ocio"))


@fault
def color_space_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    """The same file, but for a view of another name."""
    path = Path(bpy.data.filepath)
    bpy.ops.wm.save_mainfile(compress=False)
    data = path.read_bytes()
    assert b"AgX\0" in data
    path.write_bytes(data.replace(b"AgX\0", b"AgZ\0"))
    bpy.ops.wm.open_mainfile(filepath=str(path))


# --- what is missing


@fault
def image_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    painted(image_at("//gone.png"))


@fault
def udim_tile_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    picture(home / "skin.1001.png")
    image = image_at("//skin.<UDIM>.png", "TILED")
    image.tiles.new(1002)
    painted(image)


@fault
def sequence_frame_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    for number in (1, 2, 4):
        picture(home / f"water{number:04d}.png")
    node = painted(image_at("//water0001.png", "SEQUENCE"))
    node.image_user.frame_duration = 4


@fault
def clip_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    clip = bpy.data.movieclips.load(str(picture(home / "take.png")))
    compositing_tree(scene).nodes.new("CompositorNodeMovieClip").clip = clip
    clip.filepath = "//gone.png"


@fault
def strip_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    path = picture(home / "title.png")
    strips_of(scene).new_image("title", str(path), channel=1, frame_start=1)
    path.unlink()


@fault
def font_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    there = next(Path(bpy.utils.system_resource("DATAFILES"), "fonts").iterdir())
    path = home / there.name
    path.write_bytes(there.read_bytes())
    text = bpy.data.curves.new("Title", "FONT")
    text.font = bpy.data.fonts.load(str(path))
    new_object("Title", text)
    path.unlink()


def linked(home: Path) -> Path:
    """A cube from a library in the scene."""
    path = home / "library.blend"
    mesh = bpy.data.meshes.new("Mesh")
    item = bpy.data.objects.new("Linked", mesh)
    bpy.data.libraries.write(str(path), {item})
    bpy.data.objects.remove(item)
    with bpy.data.libraries.load(str(path), link=True, relative=True) as (_, wanted):
        wanted.objects = ["Linked"]
    bpy.context.scene.collection.objects.link(wanted.objects[0])
    return path


@fault
def library_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    linked(home).unlink()


@fault
def linked_data_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    path = linked(home)
    bpy.data.libraries.write(str(path), {bpy.data.materials[0]})
    reopen()


@fault
def import_path_unknown(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    """The path is the text of another file."""
    if bpy.app.version < (4, 5, 0):
        pytest.skip("Blender 4.5 brought nodes that import files")
    tree: Any = bpy.data.node_groups.new("imports", "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    names = ("GeometryNodeImportText", "GeometryNodeImportOBJ", "NodeGroupOutput")
    text, imported, end = map(tree.nodes.new, names)
    tree.links.new(text.outputs[0], imported.inputs["Path"])
    tree.links.new(imported.outputs[0], end.inputs[0])
    bpy.data.objects["Cube"].modifiers.new("imports", "NODES").node_group = tree


@fault
def cache_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    bpy.ops.cachefile.open(filepath=str(home / "gone.abc"))
    modifier = bpy.data.objects["Cube"].modifiers.new("cache", "MESH_SEQUENCE_CACHE")
    modifier.cache_file = bpy.data.cache_files[0]


@fault
def volume_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    volume = bpy.data.volumes.new("smoke")
    volume.filepath = "//gone.vdb"
    new_object("Smoke", volume)


@fault
def simulation_unbaked(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    bpy.data.objects["Cube"].modifiers.new("Cloth", "CLOTH")


@fault
def simulation_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    modifier = bpy.data.objects["Cube"].modifiers.new("cache", "MESH_CACHE")
    modifier.filepath = "//gone.mdd"


@fault
def file_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    light = bpy.data.objects["Light"].data
    light.use_nodes = True
    node = light.node_tree.nodes.new("ShaderNodeTexIES")
    node.mode, node.filepath = "EXTERNAL", "//gone.ies"


@fault
def sound_missing(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    """By a speaker: strips of sound need a Blender with audio, and 4.2's wheel has none."""
    speaker_of(home / "music.wav").unlink()


@fault
def sound_special(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    path = speaker_of(home / "music.wav")
    path.unlink()
    os.mkfifo(path)


def speaker_of(path: Path) -> Path:
    """A speaker that plays this file."""
    path.write_bytes(b"")
    speaker = bpy.data.speakers.new("Speaker")
    speaker.sound = bpy.data.sounds.load(str(path))
    new_object("Speaker", speaker)
    return path


@fault
def image_unsaved(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    image = bpy.data.images.new("painting", 4, 4)
    image.pixels[0] = 0.5
    painted(image)


# --- paths


@fault
def path_windows(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    """A folder that is called like a drive: for Linux that is a name like any other."""
    patch.chdir(home)
    (home / "C:").mkdir()
    picture(home / "C:" / "wood.png")
    painted(image_at("C:/wood.png"))


@fault
def path_outside(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    picture(home.parent / "wood.png")
    painted(image_at("//../wood.png"))


@fault
def path_absolute(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    painted(image_at(str(picture(home / "wood.png"))))


# --- scripts, add-ons, the file


def python_driver() -> None:
    driver = bpy.data.objects["Cube"].driver_add("location", 2).driver
    driver.expression = "[frame / 10 for _ in (1,)][0]"


def registered_text() -> None:
    text = bpy.data.texts.new("startup.py")
    text.write("import bpy\n")
    text.use_module = True


@fault
def freestyle_scripts(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    freestyle = scene.view_layers[0].freestyle_settings
    freestyle.mode = "SCRIPT"
    freestyle.modules.new().script = bpy.data.texts.new("style.py")


@fault
def drivers_off(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    python_driver()
    reopen()


@fault
def text_not_run(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    registered_text()
    reopen()


@fault
def drivers_need_scripts(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    python_driver()


@fault
def text_needs_scripts(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    registered_text()


class ForeignNode(bpy.types.Node):
    bl_idname = "ForeignNode"
    bl_label = "Foreign"


@fault
def node_unknown(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    bpy.utils.register_class(ForeignNode)
    painted(None).id_data.nodes.new("ForeignNode")
    bpy.utils.unregister_class(ForeignNode)


class ForeignGroup(bpy.types.PropertyGroup):
    __annotations__ = {"value": bpy.props.IntProperty()}


@fault
def addon_data(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    register(ForeignGroup)
    pointer = bpy.props.PointerProperty(type=ForeignGroup)
    patch.setattr(bpy.types.Object, "foreign", pointer, raising=False)
    bpy.data.objects["Cube"].foreign.value = 3


@fault
def file_unsaved(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    bpy.ops.wm.read_factory_settings()


@fault
def file_newer(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    """The same file, but for the number in its header."""
    path = Path(bpy.data.filepath)
    bpy.ops.wm.save_mainfile(compress=False)
    make_newer(path)
    bpy.ops.wm.open_mainfile(filepath=str(path))


def has_shading_language() -> bool:
    """Whether this Blender was built with the Open Shading Language; Debian's are not."""
    return bool(importlib.import_module("_cycles").with_osl)


def scripted(scene: Any, home: Path) -> Path:
    """The cube's material has a node with a script beside the .blend; returns that script."""
    scene.cycles.shading_system = True
    source = home / "paint.osl"
    source.write_text("shader paint(output color Out = 0) { Out = color(1, 0, 0); }\n")
    tree = bpy.data.objects["Cube"].active_material.node_tree
    script = tree.nodes.new("ShaderNodeScript")
    script.mode, script.filepath = "EXTERNAL", "//paint.osl"
    return source


@fault
def shader_stale(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    compiled = scripted(scene, home).with_suffix(".oso")
    compiled.write_text("OpenShadingLanguage 1.00\nshader paint\n")


@fault
def library_newer(scene: Any, home: Path, patch: pytest.MonkeyPatch) -> None:
    make_newer(linked(home))
    reopen()


def make_newer(path: Path, by: int = 1) -> None:
    """As if the next Blender had saved it, or, by -1, one before."""
    major, minor, _ = bpy.app.version
    digits = 4 if bpy.app.version >= (5, 0, 0) else 3
    number = 100 * major + minor
    old, new = (f"v{each:0{digits}d}".encode() for each in (number, number + by))
    data = path.read_bytes()
    assert old in data[:20]
    path.write_bytes(data[:20].replace(old, new) + data[20:])
