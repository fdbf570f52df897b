"""Going from frame to frame where a simulation isn't baked."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import bpy
import pytest
import simulated_scenes as scenes
from array_chunk_render.rendering.simulations.detecting import unbaked_simulations
from array_chunk_render.rendering.simulations.warming_up import WarmUp, warmed_up

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


KINDS = pytest.mark.parametrize(
    ("make", "name"),
    [
        (scenes.rigid_body, "Cube"),
        (scenes.cloth, "Sheet"),
        (scenes.soft_body, "Jelly"),
        (scenes.geometry_nodes, "Cube"),
    ],
)


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
