"""Going from frame to frame where a simulation isn't baked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import bpy
import pytest
import simulated_scenes as scenes
from array_chunk_render.scene.simulations.baking import bake
from array_chunk_render.scene.simulations.detecting import unbaked_simulations
from array_chunk_render.scene.simulations.warming_up import WarmUp, warmed_up, why_not

Maker = Callable[..., None]


def shape(name: str) -> list[float]:
    item = bpy.data.objects[name].evaluated_get(bpy.context.evaluated_depsgraph_get())
    points = [item.matrix_world @ vertex.co for vertex in item.to_mesh().vertices]
    return [round(value, 5) for point in points for value in point]


def shapes(make: Maker, name: str, visits: Iterable[int]) -> list[list[float]]:
    """How it looks in the frames that are gone to; a negative one is the artist's own jump."""
    make()
    warm_up = WarmUp(bpy.context.scene, 1)
    found = []
    for frame in visits:
        if frame < 0:
            bpy.context.scene.frame_set(-frame)
        else:
            warm_up.to(frame)
            found.append(shape(name))
    return found


POINT_CACHES = [
    (scenes.rigid_body, "Cube"),
    (scenes.cloth, "Sheet"),
    (scenes.soft_body, "Jelly"),
]
CACHED = pytest.mark.parametrize(("make", "name"), POINT_CACHES)
KINDS = pytest.mark.parametrize(("make", "name"), [*POINT_CACHES, (scenes.geometry_nodes, "Cube")])


@KINDS
def test_frames_left_out_are_gone_through(make: Maker, name: str) -> None:
    every = shapes(make, name, range(1, 9))
    assert shapes(make, name, [8]) == every[7:]
    assert shapes(make, name, [4, 8]) == [every[3], every[7]]
    assert len({tuple(one) for one in every}) == 8


@KINDS
def test_it_goes_on_where_it_was_though_the_artist_went_elsewhere(make: Maker, name: str) -> None:
    straight = shapes(make, name, [4, 8])
    assert shapes(make, name, [4, -1, 8]) == straight
    assert shapes(make, name, [4, -30, 8]) == straight


@KINDS
def test_an_earlier_frame_begins_again(make: Maker, name: str) -> None:
    every = shapes(make, name, range(1, 9))
    assert shapes(make, name, [8, 4, 6]) == [every[7], every[3], every[5]]


def stretch(old: int, new: int) -> None:
    render = bpy.context.scene.render
    render.frame_map_old, render.frame_map_new = old, new


def baked_shapes(make: Maker, name: str, ratio: tuple[int, int], home: Path) -> list[list[float]]:
    """How it looks in each frame of the film when Blender has baked it."""
    make(end=12)
    stretch(*ratio)
    scene = bpy.context.scene
    bpy.ops.wm.save_as_mainfile(filepath=str(home / "baked.blend"))
    baking = bake(scene, scene.frame_end)
    assert baking.tried and not baking.left
    shown = []
    for frame in range(1, scene.frame_end + 1):
        scene.frame_set(frame)
        shown.append(shape(name))
    return shown


@pytest.mark.parametrize("ratio", [(100, 200), (200, 100), (100, 400)])
@CACHED
def test_in_stretched_time_it_is_as_a_bake_has_it(
    make: Maker, name: str, ratio: tuple[int, int], tmp_path: Path
) -> None:
    baked = baked_shapes(make, name, ratio, tmp_path)
    if ratio == (200, 100):
        assert len({tuple(one) for one in baked}) == 12  # and none beyond the end of the cache
    for chunk in (range(1, 13), range(8, 13), [5, 11]):
        make(end=12)
        stretch(*ratio)
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "played.blend"))
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "played.blend"))
        scene = bpy.context.scene
        shown = []
        with warmed_up(scene, unbaked_simulations(scene)) as go_to:
            for frame in chunk:
                go_to(frame)
                shown.append(shape(name))
        assert shown == [baked[frame - 1] for frame in chunk]


@pytest.mark.parametrize(
    ("make", "ratio", "is_refused"),
    [
        (scenes.rigid_body, (100, 150), True),
        (scenes.rigid_body, (100, 200), False),
        (scenes.geometry_nodes, (100, 200), True),
        (scenes.geometry_nodes, (7, 7), False),
    ],
)
def test_what_stretched_time_makes_inexact_is_refused(
    make: Maker, ratio: tuple[int, int], is_refused: bool
) -> None:
    make()
    stretch(*ratio)
    (one,) = unbaked_simulations(bpy.context.scene)
    reason = why_not(one, bpy.context.scene)
    assert ("time is stretched" in reason) is is_refused


def test_the_frame_is_put_back() -> None:
    scenes.cloth()
    scene = bpy.context.scene
    scene.frame_set(3, subframe=0.5)
    with warmed_up(scene, unbaked_simulations(scene)) as go_to:
        go_to(7)
        assert scene.frame_current == 7
    assert (scene.frame_current, scene.frame_subframe) == (3, 0.5)
    with warmed_up(scene, []) as go_to:
        go_to(7)
        assert scene.frame_current == 3
