"""Simulations that aren't baked are found, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
import simulated_scenes as scenes
from array_chunk_render.scene.simulations.detecting import unbaked_simulations
from array_chunk_render.scene.simulations.packed_bakes import packed_bake_ids

Maker = Callable[..., None]


def names() -> list[str]:
    return [one.name for one in unbaked_simulations(bpy.context.scene)]


def bake_caches() -> None:
    bpy.ops.ptcache.bake_all(bake=True)


def bake_nodes(target: str) -> None:
    item = scenes.cube()
    modifier = item.modifiers["Nodes"]
    for bake in modifier.bakes:
        if hasattr(bake, "bake_target"):
            bake.bake_target = target
        bpy.ops.object.geometry_node_bake_single(
            session_uid=item.session_uid, modifier_name=modifier.name, bake_id=bake.bake_id
        )


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (scenes.rigid_body, 'the rigid body world of scene "Scene"'),
        (scenes.cloth, 'the cloth "Cloth" of object "Sheet"'),
        (scenes.soft_body, 'the soft body "Softbody" of object "Jelly"'),
        (scenes.boids, 'the particle system "ParticleSystem" of object "Emitter"'),
        (scenes.fluid_particles, 'the particle system "ParticleSystem" of object "Emitter"'),
        (scenes.brownian, 'the particle system "ParticleSystem" of object "Emitter"'),
        (scenes.turbulent, 'the particle system "ParticleSystem" of object "Emitter"'),
        (scenes.bouncing, 'the particle system "ParticleSystem" of object "Emitter"'),
        (scenes.flying, 'the particle system "ParticleSystem" of object "Emitter"'),
        (scenes.hair, 'the hair dynamics "ParticleSystem" of object "Head"'),
        (scenes.dynamic_paint, 'the dynamic paint surface "Surface" of object "Pond"'),
        (
            scenes.geometry_nodes,
            'the simulation zone in geometry nodes "Nodes" of object "Cube"',
        ),
        (scenes.nested_nodes, 'the simulation zone in geometry nodes "Nodes" of object "Cube"'),
        (scenes.fluid, 'the fluid "Fluid" of object "Cube"'),
    ],
)
def test_unbaked_is_found(make: Maker, name: str) -> None:
    make()
    assert names() == [name]


@pytest.mark.parametrize("make", scenes.BY_CACHE)
def test_baked_is_not_found(make: Maker, tmp_path: Path) -> None:
    make()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    bake_caches()
    assert names() == []


@pytest.mark.parametrize("target", ["DISK", "PACKED"])
@pytest.mark.parametrize("make", scenes.BY_NODES)
def test_baked_nodes_are_not_found(make: Maker, target: str, tmp_path: Path) -> None:
    make()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    bake_nodes(target)
    assert names() == []


def test_only_zones_that_are_packed_count_as_baked(tmp_path: Path) -> None:
    scenes.geometry_nodes()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"), compress=False)
    assert packed_bake_ids(tmp_path / "film.blend") == frozenset()
    other: Any = scenes.cube().copy()
    bpy.context.scene.collection.objects.link(other)
    bpy.context.view_layer.update()
    bake_nodes("PACKED")
    assert names() == ['the simulation zone in geometry nodes "Nodes" of object "Cube.001"']


def falls_without_bend() -> None:
    scenes.falling()


def test_what_only_falls_writes_its_cache_on_disk(tmp_path: Path) -> None:
    """Each child would write it anew beside the .blend, and remove what is there."""
    scenes.falling()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    assert names() == []
    (emitter,) = (item for item in bpy.data.objects if item.particle_systems)
    emitter.particle_systems[0].point_cache.use_disk_cache = True
    assert names() == [f'the particle system "ParticleSystem" of object "{emitter.name}"']


def empty_world() -> None:
    scenes.base()
    bpy.ops.rigidbody.world_add()


def passive_world() -> None:
    scenes.rigid_body()
    scenes.cube().rigid_body.type = "PASSIVE"


def world_switched_off() -> None:
    scenes.rigid_body()
    bpy.context.scene.rigidbody_world.enabled = False


def modifier_off() -> None:
    scenes.cloth()
    bpy.data.objects["Sheet"].modifiers["Cloth"].show_render = False


def zone_off() -> None:
    scenes.geometry_nodes()
    scenes.cube().modifiers["Nodes"].show_render = False


def zone_muted() -> None:
    scenes.nested_nodes()
    (group,) = (
        each
        for each in bpy.data.node_groups["Outer"].nodes
        if each.bl_idname == "GeometryNodeGroup"
    )
    group.mute = True


def hidden() -> None:
    scenes.cloth()
    bpy.data.objects["Sheet"].hide_render = True


def hidden_body() -> None:
    scenes.rigid_body()
    scenes.cube().hide_render = True


def in_another_scene() -> None:
    scenes.cloth()
    other = bpy.data.scenes.new("Other")
    sheet = bpy.data.objects["Sheet"]
    sheet.users_collection[0].objects.unlink(sheet)
    other.collection.objects.link(sheet)


def disk_cache_there() -> None:
    scenes.cloth()
    cache = bpy.data.objects["Sheet"].modifiers["Cloth"].point_cache
    cache.use_disk_cache, cache.frame_end = True, 3
    bake_caches()


@pytest.mark.parametrize(
    "make",
    [
        scenes.base,
        falls_without_bend,
        empty_world,
        passive_world,
        world_switched_off,
        modifier_off,
        zone_off,
        zone_muted,
        hidden,
        hidden_body,
        in_another_scene,
        disk_cache_there,
    ],
)
def test_no_false_alarm(make: Maker, tmp_path: Path) -> None:
    bpy.ops.wm.read_factory_settings()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    make()
    assert names() == []


def test_world_of_another_scene_is_no_matter() -> None:
    scenes.rigid_body()
    other = bpy.data.scenes.new("Other")
    assert unbaked_simulations(other) == []


def test_what_is_hidden_and_shapes_what_renders_is_found() -> None:
    scenes.cloth()
    sheet = bpy.data.objects["Sheet"]
    sheet.hide_render = True
    modifier = scenes.cube().modifiers.new("Follow", "SHRINKWRAP")
    modifier.target = sheet
    assert names() == ['the cloth "Cloth" of object "Sheet"']


def test_first_frames() -> None:
    scenes.geometry_nodes(start=5, end=20)
    assert [one.first_frame for one in unbaked_simulations(bpy.context.scene)] == [5]
    scenes.cloth()
    bpy.data.objects["Sheet"].modifiers["Cloth"].point_cache.frame_start = -3
    assert [one.first_frame for one in unbaked_simulations(bpy.context.scene)] == [-3]
