"""Each kind of file that a .blend depends on: found, expanded, and missed where it is gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.rendering.preparing import prepared
from array_chunk_render.scene.blender_versions.sequencer import strips_of
from array_chunk_render.scene.external_files import ExternalFile, external_files
from array_chunk_render.scene.files import texture_cache
from array_chunk_render.scene.files.used_by_render import missing_files

Maker = Callable[[Path], list[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of an empty .blend file that is open."""
    folder = tmp_path / "project"
    folder.mkdir()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    return folder


def write(folder: Path, *names: str) -> list[str]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"any bytes")
    return list(names)


def shown_object(data: Any) -> Any:
    item = bpy.data.objects.new("item", data)
    bpy.context.scene.collection.objects.link(item)
    return item


def shader_node(kind: str) -> Any:
    """A new node of a material that is seen."""
    material = bpy.data.materials.new("paint")
    if material.node_tree is None:
        material.use_nodes = True
    mesh = bpy.data.meshes.new("mesh")
    mesh.materials.append(material)
    shown_object(mesh)
    return material.node_tree.nodes.new(kind)


def seen_image(path: str, source: str = "FILE") -> Any:
    image = bpy.data.images.new("wood", 4, 4, tiled=source == "TILED")
    image.source = source
    image.filepath = path
    node = shader_node("ShaderNodeTexImage")
    node.image = image
    return node


def image(folder: Path) -> list[str]:
    seen_image("//tex/wood.png")
    return write(folder, "tex/wood.png")


def image_tiles(folder: Path) -> list[str]:
    seen_image("//tex/wood.<UDIM>.png", "TILED").image.tiles.new(1012)
    return write(folder, "tex/wood.1001.png", "tex/wood.1012.png")


def image_sequence(folder: Path) -> list[str]:
    user = seen_image("//tex/wave_001.png", "SEQUENCE").image_user
    user.frame_start, user.frame_duration = 1, 3
    bpy.context.scene.frame_end = 3
    return write(folder, "tex/wave_001.png", "tex/wave_002.png", "tex/wave_003.png")


def font(folder: Path) -> list[str]:
    bundled = Path(bpy.utils.system_resource("DATAFILES")) / "fonts"
    copy = folder / "type.woff2"
    copy.write_bytes(next(bundled.glob("*.woff2")).read_bytes())
    curve = bpy.data.curves.new("words", "FONT")
    curve.font = bpy.data.fonts.load(str(copy))
    bpy.ops.file.make_paths_relative()
    shown_object(curve)
    return [copy.name]


def compositor_node(kind: str) -> Any:
    scene = bpy.context.scene
    if hasattr(scene, "compositing_node_group"):
        scene.compositing_node_group = bpy.data.node_groups.new("look", "CompositorNodeTree")
        return scene.compositing_node_group.nodes.new(kind)
    scene.use_nodes = True
    return scene.node_tree.nodes.new(kind)


def movie_clip(folder: Path) -> list[str]:
    names = write(folder, "take.mp4")
    clip = bpy.data.movieclips.load(str(folder / "take.mp4"))
    clip.filepath = "//take.mp4"
    compositor_node("CompositorNodeMovieClip").clip = clip
    return names


def library(folder: Path) -> list[str]:
    path = folder / "props" / "chair.blend"
    path.parent.mkdir()
    bpy.data.libraries.write(str(path), {bpy.data.objects.new("chair", None)})
    with bpy.data.libraries.load(str(path), link=True, relative=True) as (_, wanted):
        wanted.objects = ["chair"]
    bpy.context.scene.collection.objects.link(wanted.objects[0])
    return ["props/chair.blend"]


def alembic(folder: Path) -> list[str]:
    names = write(folder, "crowd.abc")
    bpy.ops.cachefile.open(filepath=str(folder / "crowd.abc"))
    bpy.data.cache_files[0].filepath = "//crowd.abc"
    item = shown_object(bpy.data.meshes.new("mesh"))
    item.modifiers.new("cache", "MESH_SEQUENCE_CACHE").cache_file = bpy.data.cache_files[0]
    return names


def volume_sequence(folder: Path) -> list[str]:
    volume = bpy.data.volumes.new("smoke")
    volume.filepath = "//smoke/smoke_07.vdb"
    volume.is_sequence = True
    volume.frame_start, volume.frame_duration, volume.frame_offset = 1, 3, 6
    bpy.context.scene.frame_end = 3
    shown_object(volume)
    return write(folder, "smoke/smoke_07.vdb", "smoke/smoke_08.vdb", "smoke/smoke_09.vdb")


def light_profile(folder: Path) -> list[str]:
    light = bpy.data.lights.new("lamp", "POINT")
    light.use_nodes = True
    node = light.node_tree.nodes.new("ShaderNodeTexIES")
    node.mode, node.filepath = "EXTERNAL", "//lamp.ies"
    shown_object(light)
    return write(folder, "lamp.ies")


def shader_script(folder: Path) -> list[str]:
    node = shader_node("ShaderNodeScript")
    node.mode, node.filepath = "EXTERNAL", "//noise.osl"
    return write(folder, "noise.osl")


def mesh_cache(folder: Path) -> list[str]:
    item = shown_object(bpy.data.meshes.new("mesh"))
    item.modifiers.new("cache", "MESH_CACHE").filepath = "//cloth.pc2"
    return write(folder, "cloth.pc2")


def external_point_cache(folder: Path) -> list[str]:
    item = shown_object(bpy.data.meshes.new("mesh"))
    cache = item.modifiers.new("cloth", "CLOTH").point_cache
    cache.name, cache.use_external, cache.filepath = "cape", True, "//sim"
    return write(folder, "sim/cape_000001_00.bphys")


def strips() -> Any:
    return strips_of(bpy.context.scene.sequence_editor_create())


def image_strip(folder: Path) -> list[str]:
    names = [f"edit/take{number}.png" for number in range(1, 41)]
    write(folder, *names)
    strip = strips().new_image("take", str(folder / names[0]), 1, 1)
    for name in names[1:]:
        strip.elements.append(Path(name).name)
    strip.directory = "//edit/"
    return names


def movie_strip(folder: Path) -> list[str]:
    names = write(folder, "edit/take.mp4")
    strips().new_movie("take", str(folder / names[0]), 1, 1).filepath = "//edit/take.mp4"
    return names


PICTURED: list[tuple[Maker, str]] = [
    (image, 'image "wood" wants //tex/wood.png'),
    (image_tiles, 'image "wood" wants //tex/wood.1012.png'),
    (image_sequence, 'image "wood" wants //tex/wave_003.png'),
    (font, "wants //type.woff2"),
    (movie_clip, 'movie clip "take.mp4" wants //take.mp4'),
    (library, 'library "chair.blend" wants //props/chair.blend'),
    (alembic, 'cache file "crowd.abc" wants //crowd.abc'),
    (volume_sequence, 'volume "smoke" wants //smoke/smoke_09.vdb'),
    (light_profile, 'node "IES Texture" of point light "lamp" wants //lamp.ies'),
    (shader_script, 'node "Script" of material "paint" wants //noise.osl'),
    (mesh_cache, 'modifier "cache" of object "item" wants //cloth.pc2'),
    (external_point_cache, 'modifier "cloth" of object "item" wants //sim'),
    (image_strip, 'strip "take" of scene "Scene" wants //edit/take40.png'),
    (movie_strip, 'strip "take" of scene "Scene" wants //edit/take.mp4'),
]
KINDS = [pytest.param(*row, id=row[0].__name__.replace("_", " ")) for row in PICTURED]


def by_key() -> dict[str, ExternalFile]:
    return {file.key: file for file in external_files()}


def messages() -> list[str]:
    return [missing.message for missing in missing_files(bpy.context.scene)]


def test_what_a_script_includes(project: Path) -> None:
    shader_script(project)
    write(project, "lib/colors.h", "deep.h")
    (project / "noise.osl").write_text('#include "lib/colors.h"\n#include "gone.h"\n')
    (project / "lib" / "colors.h").write_text('#include "../deep.h"\n#include "colors.h"\n')
    assert sorted(by_key()) == ["deep.h", "lib/colors.h", "noise.osl"]
    assert {file.owner for file in by_key().values()} == {'node "Script" of material "paint"'}
    assert messages() == []


def test_the_layers_of_a_usd_file(project: Path) -> None:
    alembic(project)
    bpy.data.cache_files[0].filepath = "//set/crowd.usda"
    write(project, "set/crowd.usda", "base.usda")
    (project / "set" / "crowd.usda").write_text("#usda 1.0\n( subLayers = [ @../base.usda@ ] )\n")
    assert sorted(by_key()) == ["base.usda", "set/crowd.usda"]
    (project / "base.usda").unlink()
    assert sorted(by_key()) == ["set/crowd.usda"]


@pytest.mark.parametrize(("make", "message"), KINDS)
def test_a_file_that_is_there(project: Path, make: Maker, message: str) -> None:
    wanted = make(project)
    found = by_key()
    assert sorted(found) == sorted(wanted)
    assert all(file.exists and file.path == project / file.key for file in found.values())
    assert messages() == []


@pytest.mark.parametrize(("make", "message"), KINDS)
def test_a_file_that_is_gone(project: Path, make: Maker, message: str) -> None:
    gone = make(project)[-1]
    (project / gone).unlink()
    found = by_key()
    assert gone not in found or not found[gone].exists
    (said,) = messages()
    assert f"{message}, which is not there" in said


def test_keys_stay_when_the_project_moves(project: Path, tmp_path: Path) -> None:
    wanted = [name for make, _ in PICTURED for name in make(project)]
    bpy.ops.wm.save_mainfile()
    moved = project.rename(tmp_path / "elsewhere")
    bpy.ops.wm.open_mainfile(filepath=str(moved / "shot.blend"))
    found = by_key()
    assert sorted(found) == sorted(wanted)
    assert all(file.exists and moved in file.path.parents for file in found.values())


def test_a_gap_in_an_image_sequence(project: Path) -> None:
    names = image_sequence(project)
    (project / names[1]).unlink()
    assert messages() == ['image "wood" wants //tex/wave_002.png, which is not there']


def test_only_the_rendered_frames_of_a_sequence_are_wanted(project: Path) -> None:
    gone = volume_sequence(project)[-1]
    (project / gone).unlink()
    assert missing_files(bpy.context.scene, [1, 2]) == []
    assert [one.resolved for one in missing_files(bpy.context.scene, [3])] == [project / gone]


def test_of_a_sequence_that_is_gone_the_stored_file_is_named(project: Path) -> None:
    for name in image_sequence(project):
        (project / name).unlink()
    assert [file.key for file in external_files() if not file.exists] == ["tex/wave_001.png"]
    assert messages() == ['image "wood" wants //tex/wave_001.png, which is not there']


@pytest.mark.skipif(not texture_cache.is_known(), reason="Blender 5.2 brought the texture cache")
@pytest.mark.parametrize("make", [image, image_tiles, image_sequence])
def test_the_texture_cache_of_an_image(project: Path, make: Maker) -> None:
    textures = make(project)
    cached = [f"tex/blender_tx/{Path(name).name}.0-12AB.tx" for name in textures]
    write(project, *cached, "tex/blender_tx/stone.png.0-12AB.tx", "tex/blender_tx/wood.txt")
    render = bpy.context.scene.render
    with prepared(bpy.context.scene, Settings()):
        assert sorted(by_key()) == sorted(textures)
    with prepared(bpy.context.scene, Settings(texture_cache=True)):
        assert render.use_texture_cache
        assert sorted(by_key()) == sorted(textures + cached)
        assert messages() == []
    render.use_texture_cache = False
    with prepared(bpy.context.scene, Settings(texture_cache=True)):
        assert render.use_texture_cache
    assert not render.use_texture_cache
