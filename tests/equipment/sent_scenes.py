"""Scenes of which nearly every file lies elsewhere, in the folder `stock`, by absolute paths.

Their makers take that folder as a text, and save what they need to.
"""

from __future__ import annotations

import array
import itertools
import random
import struct
from pathlib import Path
from typing import Any

import bpy
import reading_scenes
from reading_scenes import _mixed, _painted, image, picture


def ready(stock: str) -> tuple[Any, Path]:
    """The scene, small and quick, and the folder, made."""
    scene: Any = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 4, False
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    scene.render.resolution_percentage = 100
    scene.frame_end = 2
    home = Path(stock)
    home.mkdir(parents=True, exist_ok=True)
    return scene, home


def read_elsewhere(kind: str, stock: str) -> None:
    """One of the scenes of reading_scenes.py."""
    getattr(reading_scenes, kind)(*ready(stock))


def relative_and_up(stock: str, blend: str) -> None:
    """A texture by a path that leads out of the .blend's folder, and one below it that is kept."""
    _, home = ready(stock)
    Path(blend).parent.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=blend)
    below = Path(blend).parent / "maps"
    below.mkdir()
    tree = _painted(bpy.data.objects["Cube"])
    output: Any = None
    for folder in (home, below):
        node = tree.nodes.new("ShaderNodeTexImage")
        node.image = image(picture(folder / f"wood {folder.name}.png"))
        node.image.filepath = bpy.path.relpath(node.image.filepath)
        output = _mixed(tree, output, node.outputs["Color"])
    tree.links.new(output, tree.nodes["Principled BSDF"].inputs["Base Color"])


def movie(stock: str) -> None:
    """A texture that is a film."""
    scene, home = ready(stock)
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "VIDEO"
    settings.file_format, scene.render.ffmpeg.format = "FFMPEG", "MPEG4"
    scene.render.filepath = str(home / "take_")
    bpy.ops.render.render(animation=True)
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format = "PNG"
    (film,) = home.glob("take_*.mp4")
    tree = _painted(bpy.data.objects["Cube"])
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image(film, "MOVIE")
    node.image_user.frame_duration, node.image_user.use_auto_refresh = 2, True
    tree.links.new(node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])


def libraries(stock: str) -> None:
    """A ball out of a library, with the mesh of another one, both elsewhere and linked absolutely.

    Nothing in them has a user, as where a library was written for others to link.
    """
    _, home = ready(stock)
    deep, middle = home / "deep" / "mesh.blend", home / "middle" / "ball.blend"
    deep.parent.mkdir()
    middle.parent.mkdir()
    bpy.ops.mesh.primitive_uv_sphere_add(location=(2, 0, 0))
    ball = bpy.context.object
    tree = _painted(ball)
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image(picture(home / "skin.png"))
    tree.links.new(node.outputs[0], tree.nodes["Principled BSDF"].inputs["Base Color"])
    bpy.data.libraries.write(str(deep), {ball.data}, path_remap="ABSOLUTE")
    old = ball.data
    ball.data = _linked("meshes", old.name, deep)
    bpy.data.meshes.remove(old)
    bpy.data.libraries.write(str(middle), {ball}, path_remap="ABSOLUTE")
    name = ball.name
    bpy.data.objects.remove(ball)
    bpy.ops.outliner.orphans_purge(do_recursive=True)
    bpy.context.scene.collection.objects.link(_linked("objects", name, middle))


def _linked(kind: str, name: str, library: Path) -> Any:
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        setattr(wanted, kind, [name])
    return getattr(wanted, kind)[0]


def caches(stock: str, blend: str) -> None:
    """Baked caches: of cloth beside the .blend and elsewhere, of a mesh, of nodes, and an ocean."""
    _, home = ready(stock)
    Path(blend).parent.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=blend)
    _cloth(home)
    _mesh_cache(home)
    _node_bake(home)
    _ocean(home)


def _cloth(home: Path) -> None:
    for name in ("Sheet", "Sail"):
        bpy.ops.mesh.primitive_grid_add(x_subdivisions=4, y_subdivisions=4, location=(2, 0, 1))
        bpy.context.object.name = name
        cache = bpy.context.object.modifiers.new("Cloth", "CLOTH").point_cache
        cache.use_disk_cache, cache.frame_end, cache.name = True, 2, name
    bpy.ops.ptcache.bake_all(bake=True)
    own = Path(bpy.data.filepath).parent / f"blendcache_{Path(bpy.data.filepath).stem}"
    (home / "sails").mkdir()
    for file in own.glob("Sail_*"):
        file.rename(home / "sails" / file.name)
    cache = bpy.data.objects["Sail"].modifiers["Cloth"].point_cache
    cache.use_external = True
    cache.filepath = str(home / "sails")


def _mesh_cache(home: Path) -> None:
    """In the format of Lightwave and others: a head, then each sample's points."""
    mesh = bpy.data.objects["Cube"].data
    points = array.array("f", (value for each in mesh.vertices for value in each.co))
    samples = [array.array("f", (value * scale for value in points)) for scale in (1.0, 1.5, 2.0)]
    head = struct.pack("<12siiffi", b"POINTCACHE2\0", 1, len(mesh.vertices), 0.0, 1.0, len(samples))
    (home / "cube.pc2").write_bytes(head + b"".join(each.tobytes() for each in samples))
    modifier = bpy.data.objects["Cube"].modifiers.new("Cache", "MESH_CACHE")
    modifier.cache_format, modifier.filepath = "PC2", str(home / "cube.pc2")


def _node_bake(home: Path) -> None:
    """A volume, which such a bake keeps in a file of its own; it is also one by itself."""
    bpy.ops.mesh.primitive_cube_add(location=(-2, 0, 0))
    item = bpy.context.object
    tree: Any = bpy.data.node_groups.new("freeze", "GeometryNodeTree")
    for in_out in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Mesh", in_out=in_out, socket_type="NodeSocketGeometry")
    kinds = ("NodeGroupInput", "GeometryNodeMeshToVolume", "GeometryNodeBake", "NodeGroupOutput")
    nodes = [tree.nodes.new(kind) for kind in kinds]
    if not nodes[2].bake_items:  # from 5.2 on it begins with none
        nodes[2].bake_items.new("GEOMETRY", "Geometry")
    for first, second in itertools.pairwise(nodes):
        tree.links.new(first.outputs[0], second.inputs[0])
    modifier = item.modifiers.new("freeze", "NODES")
    modifier.node_group = tree
    bpy.context.view_layer.update()
    modifier.bake_directory = str(home / "bakes")
    bake = modifier.bakes[0]
    if hasattr(bake, "bake_target"):
        bake.bake_target = "DISK"
    bake.bake_mode = "STILL"
    bpy.ops.object.geometry_node_bake_single(
        session_uid=item.session_uid, modifier_name="freeze", bake_id=bake.bake_id
    )
    (smoke,) = home.glob("bakes/*/blobs/*.vdb")
    (home / "smoke_0001.vdb").write_bytes(smoke.read_bytes())
    volume = bpy.data.volumes.new("smoke")
    volume.filepath = str(home / "smoke_0001.vdb")
    shown = bpy.data.objects.new("smoke", volume)
    shown.location = (0, 2, 0)
    bpy.context.scene.collection.objects.link(shown)


def _ocean(home: Path) -> None:
    bpy.ops.mesh.primitive_plane_add(location=(0, 0, -1))
    sea = bpy.context.object.modifiers.new("Sea", "OCEAN")
    sea.resolution, sea.frame_end, sea.filepath = 2, 2, str(home / "sea")
    bpy.ops.object.ocean_bake(modifier="Sea")


def imports(stock: str) -> None:
    """Triangles by paths of a text, of a socket, of a modifier's input, and put together."""
    scene, home = ready(stock)
    for number, way in enumerate(("text", "socket", "input", "joined")):
        (home / f"{way}.obj").write_text(reading_scenes.TRIANGLE)
        item = bpy.data.objects.new(way, bpy.data.meshes.new(way))
        item.location = (number - 2, 0, 1)
        scene.collection.objects.link(item)
        _import(item, way, home)


def _import(item: Any, way: str, home: Path) -> None:
    tree: Any = bpy.data.node_groups.new(way, "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    given = tree.interface.new_socket("Path", in_out="INPUT", socket_type="NodeSocketString")
    start, end = tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")
    node = tree.nodes.new("GeometryNodeImportOBJ")
    tree.links.new(node.outputs[0], end.inputs[0])
    modifier = item.modifiers.new("import", "NODES")
    modifier.node_group = tree
    path = str(home / f"{way}.obj")
    match way:
        case "text":
            tree.links.new(_text(tree, path), node.inputs["Path"])
        case "socket":
            node.inputs["Path"].default_value = path
        case "input":
            tree.links.new(start.outputs["Path"], node.inputs["Path"])
            if hasattr(modifier, "properties"):
                getattr(modifier.properties.inputs, given.identifier).value = path
            else:
                modifier[given.identifier] = path
        case "joined":
            joined = tree.nodes.new("GeometryNodeStringJoin")
            for part in ("joined.obj", f"{home}/"):  # the newest link is the first part
                tree.links.new(_text(tree, part), joined.inputs[1])
            tree.links.new(joined.outputs[0], node.inputs["Path"])


def _text(tree: Any, text: str) -> Any:
    node = tree.nodes.new("FunctionNodeInputString")
    node.string = text
    return node.outputs[0]


def path_of_no_part(stock: str) -> None:
    """A path that no text of the nodes begins with: its slashes are put into it one by one."""
    scene, home = ready(stock)
    (home / "a.obj").write_text(reading_scenes.TRIANGLE)
    item = bpy.data.objects.new("item", bpy.data.meshes.new("item"))
    scene.collection.objects.link(item)
    _import(item, "text", home)
    tree = bpy.data.node_groups["text"]
    replaced = tree.nodes.new("FunctionNodeReplaceString")
    texts = (f"{home}/a.obj".replace("/", "@"), "@", "/")
    for socket, text in zip(replaced.inputs[:3], texts, strict=True):
        socket.default_value = text
    node = next(each for each in tree.nodes if each.bl_idname == "GeometryNodeImportOBJ")
    tree.links.new(replaced.outputs[0], node.inputs["Path"])


def edited(stock: str) -> None:
    """Strips of pictures, of a clip and, where this Blender knows any, of a sound."""
    scene, home = ready(stock)
    reading_scenes.edited(scene, home)
    editor = scene.sequence_editor
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    if not bpy.app.build_options.audaspace:
        return
    (home / "music.wav").write_bytes(_sound())
    strips.new_sound("music", str(home / "music.wav"), channel=4, frame_start=1)


def _sound() -> bytes:
    rate, data = 8000, bytes(16000)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate, 1, 8)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def usd(stock: str) -> None:
    """A cube whose changing shape is in a USD file."""
    _, home = ready(stock)
    cube = bpy.data.objects["Cube"]
    cube.shape_key_add(name="Basis")
    key = cube.shape_key_add(name="High")
    for point in key.data:
        point.co.z *= 2
    for frame, key.value in ((1, 0.0), (2, 1.0)):
        key.keyframe_insert("value", frame=frame)
    path = str(home / "cube.usdc")
    bpy.ops.wm.usd_export(filepath=path, export_animation=True, export_shapekeys=False)
    bpy.data.objects.remove(cube)
    bpy.ops.wm.usd_import(filepath=path)
    assert bpy.data.cache_files, "nothing in it moves"


class Kept(bpy.types.PropertyGroup):
    """Properties of an add-on, which is not there when the file is sent."""

    number: bpy.props.IntProperty()  # type: ignore[valid-type]


def register_kept() -> None:
    bpy.utils.register_class(Kept)
    bpy.types.Scene.kept_by_an_add_on = bpy.props.PointerProperty(type=Kept)


def with_properties(stock: str) -> None:
    """Properties of the user's, of an add-on that is not there, and a scene of another name."""
    scene, home = ready(stock)
    reading_scenes.textures(scene, home)
    register_kept()
    scene.name = "A scene of its own"
    scene.kept_by_an_add_on.number = 7
    scene["note"], bpy.data.objects["Cube"]["some"] = "kept", [1, 2]


def look() -> None:
    """Say what of that is in the open file."""
    register_kept()
    scene: Any = bpy.context.scene
    some = list(bpy.data.objects["Cube"]["some"])
    print("looked:", scene["note"], scene.kept_by_an_add_on.number, some, scene.name)


def named_by_files(stock: str) -> None:
    """An OSL script that includes another file, and a USD file with a layer."""
    scene, home = ready(stock)
    reading_scenes.scripts_of_light(scene, home)
    usd(stock)
    (home / "parts").mkdir()
    (home / "cube.usdc").rename(home / "parts" / "cube.usdc")
    (home / "parts" / "green.h").write_text("#define GREEN color(0.1, 0.6, 0.2)\n")
    script = reading_scenes.OSL.replace("color(0.2, 0.5, 0.1)", "GREEN")
    (home / "paint.oso").unlink(missing_ok=True)  # of the text before, and of the same second
    (home / "paint.osl").write_text(f'#include "parts/green.h"\n{script}')
    layers = "(\n    subLayers = [ @./parts/cube.usdc@ ]\n)\n"
    (home / "cube.usda").write_text(f"#usda 1.0\n{layers}")
    bpy.data.cache_files[0].filepath = str(home / "cube.usda")
    painted = bpy.data.materials["painted"]
    for item in bpy.data.objects:
        if item.type == "MESH":
            item.data.materials.clear()
            item.data.materials.append(painted)


def texture_cache(stock: str) -> None:
    """A texture with Blender's cache of it, which looks smoother where it is far away."""
    scene, home = ready(stock)
    scene.render.use_texture_cache = scene.render.use_auto_generate_texture_cache = True
    noise = random.Random(1).randbytes(256 * 256 * 3)
    (home / "noise.ppm").write_bytes(b"P6 256 256 255\n" + noise)
    tree = _painted(bpy.data.objects["Cube"])
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image(home / "noise.ppm")
    tree.links.new(node.outputs[0], tree.nodes["Principled BSDF"].inputs["Base Color"])
    scene.render.filepath = str(home.parent / "first.png")
    bpy.ops.render.render(write_still=True)
    scene.render.use_auto_generate_texture_cache = False


def two_scenes(stock: str) -> None:
    """Another scene than the file's first one by name was open when it was saved."""
    scene, home = ready(stock)
    reading_scenes.textures(scene, home)
    bpy.data.scenes.new("A first one by its name").render.engine = "CYCLES"
