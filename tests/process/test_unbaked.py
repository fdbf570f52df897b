"""Simulations that aren't baked: refused, warmed up, or rendered as they are, by their pixels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from children import Ended, MakeBlend, RunChild, array_variables, frames_in, pixels, record_of

pytestmark = pytest.mark.simulation

KINDS = ["rigid_body", "cloth", "soft_body", "geometry_nodes", "brownian", "boids"]
FRAMES = range(1, 13)
MIDDLE = range(7, 10)
"""The frames of the third of four children."""
KEEPS_NOTHING = (
    "persistent data: off: (simulations that are not baked go on|the particles .* show objects)"
)
"""Particles are known by a rule of their own."""


def render(run_child: RunChild, blend: Path, out: Path, *words: str, index: int = -1) -> Ended:
    variables = array_variables(4, index) if index >= 0 else {}
    ended: Ended = run_child(blend, out, *words, **variables)
    return ended


def pictures(out: Path, frames: range = MIDDLE) -> list[bytes]:
    return [pixels(out / f"{frame:05d}.png") for frame in frames]


@pytest.mark.parametrize("kind", KINDS)
def test_a_chunk_from_the_middle_is_warmed_up(
    kind: str, run_child: RunChild, make_blend: MakeBlend, tmp_path: Path
) -> None:
    blend = make_blend("simulated", kind=kind, end=FRAMES[-1])
    warm = ("--unbaked", "warm-up")
    whole = render(run_child, blend, tmp_path / "whole", *warm)
    chunk = render(run_child, blend, tmp_path / "chunk", *warm, index=2)
    frozen = render(run_child, blend, tmp_path / "frozen", "--unbaked", "allow", index=2)
    assert (whole.code, chunk.code, frozen.code) == (0, 0, 0), chunk.everything
    assert "evaluates 6 frames, from 1 on, before frame 7" in chunk.log
    for each in (chunk, frozen):
        assert re.search(KEEPS_NOTHING, each.log), each.log
    assert pictures(tmp_path / "chunk") == pictures(tmp_path / "whole")
    assert pictures(tmp_path / "chunk") != pictures(tmp_path / "frozen")
    assert len(set(pictures(tmp_path / "whole", FRAMES))) > 6


def test_refused_by_name(run_child: RunChild, make_blend: MakeBlend, tmp_path: Path) -> None:
    refused = render(run_child, make_blend("simulated", kind="all_kinds"), tmp_path / "out")
    assert refused.code == 65
    for part in (
        'The rigid body world of scene "Scene" is not baked',
        'The cloth "Cloth" of object "Sheet" is not baked',
        'The simulation zone in geometry nodes "Nodes" of object "Drifter" is not baked',
        'The fluid "Fluid" of object "Pool" is not baked. Bake it by hand',
        "main.py -- bake",
        "--unbaked warm-up or --unbaked allow",
    ):
        assert part in refused.log
    assert frames_in(tmp_path / "out") == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("all_kinds", 'The fluid "Fluid" of object "Pool"'),
        ("dynamic_paint", 'The dynamic paint surface "Surface" of object "Pond"'),
    ],
)
def test_what_keeps_files_is_not_warmed_up(
    kind: str, name: str, run_child: RunChild, make_blend: MakeBlend, tmp_path: Path
) -> None:
    blend = make_blend("simulated", kind=kind)
    refused = render(run_child, blend, tmp_path / "out", "--unbaked", "warm-up")
    assert refused.code == 65
    assert (
        f"{name} is not baked. It can't be warmed up: it keeps its frames in files" in refused.log
    )


@pytest.mark.parametrize("switch", ["modifier", "object", "layer", "scene"])
def test_what_does_not_move_in_the_viewport_is_not_warmed_up(
    switch: str, run_child: RunChild, make_blend: MakeBlend, tmp_path: Path
) -> None:
    blend = make_blend("simulated", kind="hidden_cloth", switch=switch)
    refused = render(run_child, blend, tmp_path / "out", "--unbaked", "warm-up")
    assert refused.code == 65
    reason = "it is in another scene, 'Other'" if switch == "scene" else "hidden in the viewport"
    assert 'The cloth "Cloth" of object "Sheet" is not baked. It can' in refused.log
    assert reason in refused.log


def test_frames_out_of_order(run_child: RunChild, make_blend: MakeBlend, tmp_path: Path) -> None:
    blend = make_blend("simulated", kind="cloth", end=6)
    warm = ("--unbaked", "warm-up", "--frames")
    assert render(run_child, blend, tmp_path / "up", *warm, "4-6").code == 0
    down = render(run_child, blend, tmp_path / "down", *warm, "6,4,5")
    assert down.code == 0
    assert "before frame 6" in down.log
    frames = range(4, 7)
    assert pictures(tmp_path / "up", frames) == pictures(tmp_path / "down", frames)


@pytest.mark.parametrize("kind", ["geometry_nodes", "brownian"])
def test_stills(kind: str, run_child: RunChild, make_blend: MakeBlend, tmp_path: Path) -> None:
    """Before Blender 5.0 a driver that reads the range has each frame rendered as a still.

    After each of them the scene goes back to where it was.
    """
    warm = ("--unbaked", "warm-up")
    for name, reads_range in (("fast", False), ("still", True)):
        blend = make_blend("simulated", kind=kind, end=6, reads_range=reads_range)
        assert render(run_child, blend, tmp_path / name, *warm).code == 0
    frames = range(1, 7)
    assert pictures(tmp_path / "fast", frames) == pictures(tmp_path / "still", frames)


@pytest.mark.once
def test_what_is_allowed_is_not_taken_for_warmed_up(
    run_child: RunChild, make_blend: MakeBlend, tmp_path: Path
) -> None:
    blend = make_blend("simulated", kind="cloth", end=3)
    fingerprints = []
    for word in ("allow", "warm-up"):
        assert render(run_child, blend, tmp_path / "out", "--unbaked", word).code == 0
        fingerprints.append(record_of(tmp_path / "out", 2)["fingerprint"])
    assert fingerprints[0] != fingerprints[1]


@pytest.mark.once
def test_the_setting_is_nothing_to_a_scene_without_simulations(
    run_child: RunChild, make_blend: MakeBlend, tmp_path: Path
) -> None:
    blend = make_blend("film", end=1)
    for word in ("refuse", "warm-up"):
        ended = render(run_child, blend, tmp_path / word, "--unbaked", word)
        assert (ended.code, "evaluates" in ended.log) == (0, False)
    fingerprints = {record_of(tmp_path / word, 1)["fingerprint"] for word in ("refuse", "warm-up")}
    assert len(fingerprints) == 1
