"""Scenes that read files of every kind, which they make in the folder of the .blend."""

from __future__ import annotations

import random
import shutil
import struct
import zlib
from pathlib import Path
from typing import Any

import bpy
from compositing import compositing_tree

OSL = "shader paint(output color Color = 0) { Color = color(0.2, 0.5, 0.1); }\n"
IES = "IESNA:LM-63-1995\nTILT=NONE\n1 1000 1 3 1 1 2 0 0 0\n1 1 100\n0 45 90\n0\n1000 500 10\n"
TRIANGLE = "v 0 0 0\nv 2 0 0\nv 0 2 0\nf 1 2 3\n"
STL = "solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\n"
STL += "endfacet\nendsolid a\n"
PLY = "ply\nformat ascii 1.0\nelement vertex 3\n"
PLY += "property float x\nproperty float y\nproperty float z\n"
PLY += "element face 1\nproperty list uchar int vertex_indices\nend_header\n"
PLY += "0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n"
IMPORTED = {"OBJ": TRIANGLE, "STL": STL, "PLY": PLY, "CSV": "x,y\n1,2\n", "Text": "words\n"}


def picture(path: Path) -> Path:
    """A small PNG of noise."""
    noise = random.Random(1)
    rows = b"".join(b"\0" + noise.randbytes(8 * 3) for _ in range(8))
    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in chunks))
    return path


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def image(path: Path, source: str = "FILE") -> Any:
    loaded = bpy.data.images.load(str(path))
    loaded.source = source
    return loaded


def textures(scene: Any, home: Path) -> None:
    """An image, a sequence of images, the tiles of one, and a world's picture."""
    scene.render.engine = "CYCLES"
    images = [image(picture(home / "wood.png"))]
    for number in (1, 2):
        picture(home / f"wave_{number:03}.png")
    images.append(image(home / "wave_001.png", "SEQUENCE"))
    for number in (1001, 1002):
        picture(home / f"skin.{number}.png")
    tiled = image(home / "skin.1001.png", "TILED")
    tiled.filepath = str(home / "skin.<UDIM>.png")
    tiled.tiles.new(1002)
    tree = _painted(bpy.data.objects["Cube"])
    output: Any = None
    for each in (*images, tiled):
        node = tree.nodes.new("ShaderNodeTexImage")
        node.image = each
        node.image_user.frame_duration, node.image_user.use_auto_refresh = 2, True
        output = _mixed(tree, output, node.outputs["Color"])
    tree.links.new(output, tree.nodes["Principled BSDF"].inputs["Base Color"])
    scene.world.use_nodes = True
    sky = scene.world.node_tree.nodes.new("ShaderNodeTexEnvironment")
    sky.image = image(picture(home / "sky.png"))
    background = scene.world.node_tree.nodes["Background"]
    scene.world.node_tree.links.new(sky.outputs[0], background.inputs["Color"])


def _painted(item: Any) -> Any:
    material = bpy.data.materials.new("painted")
    material.use_nodes = True
    item.data.materials.clear()
    item.data.materials.append(material)
    return material.node_tree


def _mixed(tree: Any, first: Any, second: Any) -> Any:
    if first is None:
        return second
    mix = tree.nodes.new("ShaderNodeMixRGB")
    tree.links.new(first, mix.inputs["Color1"])
    tree.links.new(second, mix.inputs["Color2"])
    return mix.outputs[0]


def scripts_of_light(scene: Any, home: Path) -> None:
    """An OSL script and the profile of a lamp."""
    scene.render.engine = "CYCLES"
    scene.cycles.shading_system = True
    (home / "paint.osl").write_text(OSL)
    (home / "lamp.ies").write_text(IES)
    tree = _painted(bpy.data.objects["Cube"])
    script = tree.nodes.new("ShaderNodeScript")
    script.mode, script.filepath = "EXTERNAL", str(home / "paint.osl")
    if script.outputs:
        tree.links.new(script.outputs[0], tree.nodes["Principled BSDF"].inputs["Base Color"])
    light = bpy.data.objects["Light"].data
    light.use_nodes = True
    profile = light.node_tree.nodes.new("ShaderNodeTexIES")
    profile.mode, profile.filepath = "EXTERNAL", str(home / "lamp.ies")
    emission = light.node_tree.nodes["Emission"]
    light.node_tree.links.new(profile.outputs[0], emission.inputs["Strength"])


def shapes(scene: Any, home: Path) -> None:
    """Letters of a font, and a cube whose changing shape is in an Alembic file."""
    scene.render.engine = "CYCLES"
    fonts = Path(bpy.utils.system_resource("DATAFILES"), "fonts")
    font = next(path for path in sorted(fonts.iterdir()) if "DejaVu" in path.name)
    bpy.ops.object.text_add()
    letters = bpy.data.fonts.load(str(shutil.copy(font, home / "letters.woff2")))
    bpy.context.object.data.font = letters
    bpy.context.object.data.body = "A"
    cast = bpy.data.objects["Cube"].modifiers.new("Cast", "CAST")
    for frame, cast.factor in ((1, 0.0), (2, 1.0)):
        bpy.data.objects["Cube"].keyframe_insert('modifiers["Cast"].factor', frame=frame)
    scene.frame_end = 2
    bpy.ops.wm.alembic_export(filepath=str(home / "cubes.abc"), start=1, end=2)
    bpy.ops.wm.alembic_import(filepath=str(home / "cubes.abc"))


def library(scene: Any, home: Path) -> None:
    """A ball out of a library, with a picture that the library has beside itself."""
    scene.render.engine = "CYCLES"
    (home / "lib").mkdir()
    bpy.ops.mesh.primitive_uv_sphere_add(location=(2, 0, 0))
    ball = bpy.context.object
    tree = _painted(ball)
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image(picture(home / "lib" / "skin.png"))
    tree.links.new(node.outputs[0], tree.nodes["Principled BSDF"].inputs["Base Color"])
    path = str(home / "lib" / "ball.blend")
    bpy.data.libraries.write(path, {ball}, path_remap="RELATIVE_ALL", fake_user=True)
    bpy.data.objects.remove(ball)
    bpy.data.images.remove(node.image)
    with bpy.data.libraries.load(path, link=True) as (there, wanted):
        wanted.objects = list(there.objects)
    for linked in wanted.objects:
        scene.collection.objects.link(linked)


def imports(scene: Any, home: Path) -> None:
    """Files of each kind that geometry nodes import, by a String node."""
    scene.render.engine = "CYCLES"
    tree: Any = bpy.data.node_groups.new("imports", "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    end, both = tree.nodes.new("NodeGroupOutput"), tree.nodes.new("GeometryNodeJoinGeometry")
    tree.links.new(both.outputs[0], end.inputs[0])
    for kind, text in IMPORTED.items():
        (home / f"imported.{kind.lower()}").write_text(text)
        string = tree.nodes.new("FunctionNodeInputString")
        string.string = f"//imported.{kind.lower()}"
        node = tree.nodes.new(f"GeometryNodeImport{kind}")
        tree.links.new(string.outputs[0], node.inputs["Path"])
        if kind == "Text":
            written = tree.nodes.new("GeometryNodeStringToCurves")
            tree.links.new(node.outputs[0], written.inputs[0])
            node = written
        tree.links.new(node.outputs[0], both.inputs[0])
    bpy.data.objects["Cube"].modifiers.new("imports", "NODES").node_group = tree


def composited(scene: Any, home: Path) -> None:
    """A picture and a movie clip that the compositor lays over the render."""
    scene.render.engine = "CYCLES"
    tree = compositing_tree(scene)
    for number in (1, 2):
        picture(home / f"take_{number:03}.png")
    node = tree.nodes.new("CompositorNodeImage")
    node.image = image(picture(home / "over.png"))
    clip = tree.nodes.new("CompositorNodeMovieClip")
    clip.clip = bpy.data.movieclips.load(str(home / "take_001.png"))
    over = tree.nodes.new("CompositorNodeAlphaOver")
    pictures = [socket for socket in over.inputs if socket.type == "RGBA"]
    tree.links.new(node.outputs[0], pictures[0])
    tree.links.new(clip.outputs[0], pictures[1])
    end = next(each for each in tree.nodes if each.bl_idname in PICTURE_ENDS)
    tree.links.new(over.outputs[0], end.inputs[0])


PICTURE_ENDS = {"CompositorNodeComposite", "NodeGroupOutput"}


def edited(scene: Any, home: Path) -> None:
    """Strips of pictures and of a clip."""
    scene.render.engine = "CYCLES"
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    for number in (1, 2):
        picture(home / f"shot_{number:03}.png")
    shown = strips.new_image("shot", str(home / "shot_001.png"), channel=1, frame_start=1)
    shown.elements.append("shot_002.png")
    picture(home / "clip_001.png")
    clip = bpy.data.movieclips.load(str(home / "clip_001.png"))
    strips.new_clip("clip", clip, channel=2, frame_start=1).blend_type = "ALPHA_OVER"
