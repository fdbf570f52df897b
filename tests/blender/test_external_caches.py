"""Caches that Blender itself has baked to disk: all their files, and no others."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import bpy
import pytest
from array_chunk_render.scene.external_files import external_files
from array_chunk_render.scene.files.used_by_render import missing_files
from array_chunk_render.scene.simulations.baked_copy import copy_caches


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of an empty .blend file that is open."""
    folder = tmp_path / "project"
    folder.mkdir()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    return folder


def bake_cloth() -> None:
    bpy.ops.mesh.primitive_plane_add()
    cache = bpy.context.object.modifiers.new("cloth", "CLOTH").point_cache
    cache.use_disk_cache, cache.frame_end = True, 2
    bpy.ops.ptcache.bake_all(bake=True)


def bake_volumes() -> None:
    bake_geometry_nodes(in_volumes=True)
    assert list(Path(bpy.data.filepath).parent.rglob("*.vdb"))


def bake_geometry_nodes(directory: str = "", in_volumes: bool = False) -> None:
    bpy.ops.mesh.primitive_cube_add()
    item = bpy.context.object
    tree = bpy.data.node_groups.new("freeze", "GeometryNodeTree")
    for in_out in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Mesh", in_out=in_out, socket_type="NodeSocketGeometry")
    source, bake, sink = (
        tree.nodes.new(kind) for kind in ("NodeGroupInput", "GeometryNodeBake", "NodeGroupOutput")
    )
    if not bake.bake_items:  # from 5.2 on it begins with none
        bake.bake_items.new("GEOMETRY", "Geometry")
    tree.links.new(source.outputs[0], bake.inputs[0])
    tree.links.new(bake.outputs[0], sink.inputs[0])
    if in_volumes:
        volume = tree.nodes.new("GeometryNodeMeshToVolume")
        tree.links.new(source.outputs[0], volume.inputs[0])
        tree.links.new(volume.outputs[0], bake.inputs[0])
    modifier = item.modifiers.new("freeze", "NODES")
    modifier.node_group = tree
    bpy.context.view_layer.update()
    if directory:
        modifier.bake_directory = directory
    if hasattr(modifier.bakes[0], "bake_target"):
        modifier.bakes[0].bake_target = "DISK"
    modifier.bakes[0].bake_mode = "STILL"
    bpy.ops.object.geometry_node_bake_single(
        session_uid=item.session_uid, modifier_name="freeze", bake_id=modifier.bakes[0].bake_id
    )


@pytest.mark.parametrize("bake", [bake_cloth, bake_geometry_nodes, bake_volumes])
def test_all_files_of_a_cache_that_blender_baked(project: Path, bake: Callable[[], None]) -> None:
    bake()
    on_disk = {path for path in project.glob("blendcache_shot/**/*") if path.is_file()}
    found = external_files()
    assert on_disk
    assert {file.path for file in found} == on_disk
    assert {file.key for file in found} == {str(path.relative_to(project)) for path in on_disk}


@pytest.mark.skipif(not hasattr(bpy.data, "project"), reason="Blender 5.3 brought projects")
def test_a_bake_in_the_folder_of_a_project(tmp_path: Path) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    (tmp_path / "shots").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shots" / "shot.blend"))
    bpy.ops.project.new(name="Show", directory=str(tmp_path))
    bake_geometry_nodes("{project_root}/bakes")
    on_disk = {path for path in tmp_path.glob("bakes/**/*") if path.is_file()}
    keys = {file.key for file in external_files()}
    assert on_disk
    assert keys == {
        "../.blender_project/project.toml",
        *(f"../{path.relative_to(tmp_path)}" for path in on_disk),
    }
    bpy.ops.wm.read_factory_settings()


def test_a_baked_cache_that_is_gone(project: Path) -> None:
    bake_cloth()
    shutil.rmtree(project / "blendcache_shot")
    assert [missing.message for missing in missing_files(bpy.context.scene)] == [
        'modifier "cloth" of object "Plane" wants //blendcache_shot, which is not there'
    ]


def test_other_objects_caches_in_the_same_folder_are_not_taken_for_it(project: Path) -> None:
    bake_cloth()
    (project / "blendcache_shot" / "6F74686572_000001_00.bphys").touch()
    assert len(external_files()) == 2


def test_a_cache_that_is_not_baked_is_no_input(project: Path) -> None:
    item = bpy.data.objects.new("item", bpy.data.meshes.new("mesh"))
    bpy.context.scene.collection.objects.link(item)
    item.modifiers.new("cloth", "CLOTH").point_cache.use_disk_cache = True
    item.modifiers.new("sea", "OCEAN").filepath = "//"
    # Not in the scene: the wheels can't evaluate a fluid domain, and Blender 4.3 crashes later on.
    box = bpy.data.objects.new("box", bpy.data.meshes.new("box"))
    box.modifiers.new("smoke", "FLUID").fluid_type = "DOMAIN"
    (project / "blendcache_shot").mkdir()
    (project / "blendcache_shot" / "6974656D_000001_00.bphys").touch()
    (project / "disp_0001.exr").touch()
    assert external_files() == []
    assert missing_files(bpy.context.scene) == []


def test_caches_are_copied_through_no_link(tmp_path: Path) -> None:
    """Who may write beside the copy may have made links there in the place of caches."""
    old, new = tmp_path / "blendcache_shot", tmp_path / "baked" / "blendcache_shot"
    victim = tmp_path / "mine"
    (old / "deeper").mkdir(parents=True)
    new.mkdir(parents=True)
    victim.mkdir()
    (old / "a.bphys").write_bytes(b"cache")
    (old / "deeper" / "b.bphys").write_bytes(b"deeper")
    (victim / "letter").write_bytes(b"dear")
    (new / "a.bphys").symlink_to(victim / "letter")
    copy_caches(old, new)
    assert (victim / "letter").read_bytes() == b"dear"
    assert not (new / "a.bphys").is_symlink()
    assert (new / "a.bphys").read_bytes() == b"cache"
    assert (new / "deeper" / "b.bphys").read_bytes() == b"deeper"
    shutil.rmtree(new / "deeper")
    (new / "deeper").symlink_to(victim)
    with pytest.raises(OSError, match="is a link"):
        copy_caches(old, new)
    assert [each.name for each in victim.iterdir()] == ["letter"]
