"""Caches and sequences with a hole: the frames that read it lack a file, and no others do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
import simulated_scenes
from array_chunk_render.scene.blender_versions.geometry_nodes import bake_to_disk
from array_chunk_render.scene.files.used_by_render import missing_files
from compositing import compositing_tree

LAST = 5
HOLE = 3
Maker = Callable[[], None]


def on_disk(cache: Any) -> None:
    cache.use_disk_cache, cache.frame_end = True, LAST


def cloth() -> None:
    simulated_scenes.cloth(end=LAST)
    on_disk(bpy.data.objects["Sheet"].modifiers["Cloth"].point_cache)
    bpy.ops.ptcache.bake_all(bake=True)


def soft_body() -> None:
    simulated_scenes.soft_body(end=LAST)
    on_disk(bpy.data.objects["Jelly"].modifiers["Softbody"].point_cache)
    bpy.ops.ptcache.bake_all(bake=True)


def particles() -> None:
    simulated_scenes.falling(end=LAST)
    on_disk(bpy.data.objects["Emitter"].particle_systems[0].point_cache)
    bpy.ops.ptcache.bake_all(bake=True)


def dynamic_paint() -> None:
    simulated_scenes.dynamic_paint(end=LAST)
    for item in bpy.data.objects:
        for modifier in (each for each in item.modifiers if each.type == "DYNAMIC_PAINT"):
            for surface in getattr(modifier.canvas_settings, "canvas_surfaces", ()):
                surface.frame_end = LAST
                on_disk(surface.point_cache)
    bpy.ops.ptcache.bake_all(bake=True)


def geometry_nodes() -> None:
    simulated_scenes.geometry_nodes(end=LAST)
    item: Any = simulated_scenes.cube()
    modifier = item.modifiers["Nodes"]
    (bake,) = modifier.bakes
    bake_to_disk(bake)
    bpy.ops.object.geometry_node_bake_single(
        session_uid=item.session_uid, modifier_name=modifier.name, bake_id=bake.bake_id
    )


def ocean() -> None:
    simulated_scenes.base(end=LAST)
    item: Any = simulated_scenes.select(simulated_scenes.grid("Sea"))
    modifier = item.modifiers.new("Ocean", "OCEAN")
    modifier.resolution, modifier.frame_end, modifier.filepath = 4, LAST, "//sea"
    bpy.ops.object.ocean_bake(modifier="Ocean")
    if not modifier.is_cached or not Path(bpy.path.abspath("//sea")).exists():
        pytest.skip("this Blender bakes no ocean without a window")


BAKED: list[Maker] = [cloth, soft_body, particles, dynamic_paint, geometry_nodes, ocean]


def write(*numbers: int, name: str = "a{:04d}.png") -> str:
    """Pictures with these numbers beside the .blend; returns the first one's path."""
    image = bpy.data.images.new("picture", 4, 4)
    for number in numbers:
        image.filepath_raw = bpy.path.abspath(f"//{name.format(number)}")
        image.file_format = "PNG"
        image.save()
    bpy.data.images.remove(image)
    return f"//{name.format(numbers[0])}"


def shown(node: Any, scene: Any) -> None:
    tree = scene.compositing_node_group if hasattr(scene, "compositing_node_group") else None
    tree = tree or scene.node_tree
    output = next(each for each in tree.nodes if "Output" in each.name or "Composite" in each.name)
    tree.links.new(node.outputs[0], output.inputs[0])


def movie_clip() -> None:
    """Frame 1 shows the file 11, two frames later it is 13."""
    scene = simulated_scenes.base(end=LAST)
    path = write(*range(10, 16))
    node = compositing_tree(scene).nodes.new("CompositorNodeMovieClip")
    node.clip = bpy.data.movieclips.load(bpy.path.abspath(path))
    node.clip.frame_start, node.clip.frame_offset = 1, 1
    shown(node, scene)


def alembic() -> None:
    """Files that are not read: what a sequence lacks is known by its names."""
    simulated_scenes.base(end=LAST)
    for number in range(1, LAST + 1):
        Path(bpy.path.abspath(f"//a{number:04d}.abc")).touch()
    bpy.ops.cachefile.open(filepath=bpy.path.abspath("//a0001.abc"))
    (cache,) = bpy.data.cache_files
    cache.is_sequence = True
    modifier = simulated_scenes.cube().modifiers.new("Cache", "MESH_SEQUENCE_CACHE")
    modifier.cache_file = cache


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    bpy.ops.wm.read_factory_settings()
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    return folder


@pytest.fixture(autouse=True)
def keep_the_path(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scenes begin with the factory's file: have it be saved at its place at once."""
    read = simulated_scenes.base

    def base(**frames: int) -> Any:
        scene = read(**frames)
        bpy.ops.wm.save_as_mainfile(filepath=str(project / "shot.blend"))
        return bpy.context.scene or scene

    monkeypatch.setattr(simulated_scenes, "base", base)


def files_of_frame(project: Path, number: int) -> list[Path]:
    """By the number that stands in their names, of whatever width."""
    digits = {f"{number:0{width}d}" for width in (4, 5, 6)}
    return [
        path
        for path in project.rglob("*")
        if path.is_file()
        and path.suffix not in {".blend", ".blob", ".blend1"}
        and any(
            part in digits for part in path.name.replace(".", "_").replace("a", "a_").split("_")
        )
    ]


@pytest.mark.parametrize("make", BAKED, ids=lambda make: make.__name__)
def test_a_bake_with_a_hole(make: Maker, project: Path) -> None:
    make()
    assert missing_files(bpy.context.scene) == []
    gone = files_of_frame(project, HOLE)
    assert gone, sorted(project.rglob("*"))
    for path in gone:
        path.unlink()
    assert len(missing_files(bpy.context.scene, [HOLE])) == 1
    assert missing_files(bpy.context.scene, [HOLE - 1, HOLE + 1]) == []


@pytest.mark.parametrize(
    ("make", "number"), [(movie_clip, 13), (alembic, HOLE)], ids=["movie clip", "alembic"]
)
def test_a_sequence_with_a_hole(make: Maker, number: int, project: Path) -> None:
    make()
    assert missing_files(bpy.context.scene) == []
    (gone,) = files_of_frame(project, number)
    gone.unlink()
    (lacking,) = missing_files(bpy.context.scene, [HOLE])
    assert lacking.resolved == gone
    assert missing_files(bpy.context.scene, [HOLE - 1, HOLE + 1, 1000]) == []
