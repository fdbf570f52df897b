"""Where a chunk writes, as the system sees it: in the output folder and its own temporary one.

And what it reads: beside Blender itself only what its fingerprint reads too.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import every_scene
import pytest
from children import MakeBlend, frames_in
from traced_files import TracedChild, traced_child

TINY = {"width": 16, "height": 9, "end": 1}
TraceChild = Callable[..., TracedChild]

SCENES: list[Any] = [
    pytest.param("file_outputs", {}, id="file output"),
    pytest.param("grouped_output", {}, id="in a group"),
    pytest.param("scene_strip", {}, id="scene strip"),
    pytest.param("strip_in_strip", {}, id="strip in a strip"),
    pytest.param("effect_stack", {}, id="stack of effects"),
    pytest.param("strip_modifier", {}, id="strip modifier"),
    pytest.param("result_kept", {}, id="cache result"),
    pytest.param("other_layers", {}, id="layers of another scene"),
]

ALL_OF_THEM = os.environ.get("WRITES_OF") == "every scene"
CHOSEN = 8
SEED = int(os.environ.get("WRITES_SEED", "1"))
"""As many of the other scenes are tried, and which, unless WRITES_OF="every scene" is set."""

KEEPS_FILES = ("dynamic_paint", "fluid", "all_kinds")
"""Simulations that Blender keeps in files of their own: they are rendered where they are baked."""

BY_OPENING = re.compile(r"/blendcache_shot(/[^/]*\.bphys)?$")
"""What Blender writes of those as soon as it opens the file, with nobody's script."""
BY_READING = re.compile(r"/meta/\d+_\d+\.json$")
"""What Blender opens for writing, too, and reads: a baked frame's description."""

ANYWAY = "--frames 1 --missing warn --engine cycles --denoise off --unbaked".split()


pytestmark = [
    # A real Blender's wrapper gives it another root, and strace sees its folders by other names.
    pytest.mark.wheel,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]


@pytest.fixture
def trace_child(blender_executable: Path, repository: Path, tmp_path: Path) -> TraceChild:
    """Render a .blend under strace: `trace_child(blend, *words, home=…)`."""

    def trace(blend: Path, *words: str, home: Path = tmp_path) -> TracedChild:
        return traced_child(blend, blender_executable, repository, home, *words)

    return trace


@pytest.mark.parametrize(("scene", "settings"), SCENES)
def test_writes_nowhere_else(
    scene: str,
    settings: dict[str, Any],
    make_blend: MakeBlend,
    trace_child: TraceChild,
    tmp_path: Path,
) -> None:
    blend = make_blend(scene, into=tmp_path / "shot" / f"{scene}.blend", **settings, **TINY)
    assert_rendered(trace_child(blend), tmp_path)


def assert_rendered(ended: TracedChild, home: Path) -> None:
    assert ended.code == 0, ended.log
    assert "00001.png" in frames_in(home / "out")
    assert (ended.elsewhere, ended.unaccounted) == ([], [])


@pytest.mark.parametrize("scene", every_scene.makers_in("reading_scenes"))
def test_what_it_reads_is_in_its_fingerprint(
    scene: str, blender_executable: Path, trace_child: TraceChild, tmp_path: Path
) -> None:
    made = every_scene.saved([f"reading_scenes.{scene}"], blender_executable, tmp_path / "shots")
    if not made:
        pytest.skip("this Blender has no such nodes")
    ended = trace_child(made[0], *ANYWAY, "refuse")
    assert_rendered(ended, tmp_path)
    there = (path for path in made[0].parent.rglob("*") if path.is_file())
    files = {str(path) for path in there if path.suffix not in {".blend1", ".oso"}}
    assert files <= set(ended.digested)


def test_makes_no_texture_cache(
    make_blend: MakeBlend, trace_child: TraceChild, tmp_path: Path
) -> None:
    blend = make_blend("film", into=tmp_path / "plain" / "film.blend", **TINY)
    assert_rendered(trace_child(blend, home=tmp_path / "plain"), tmp_path / "plain")
    shot = tmp_path / "shot"
    shot.mkdir()
    texture = shutil.copy(tmp_path / "plain" / "out" / "00001.png", shot)
    blend = make_blend("texture_cached", into=shot / "cached.blend", texture=str(texture), **TINY)
    assert_rendered(trace_child(blend), tmp_path)


@pytest.mark.parametrize("scene", ["names_in_slots", "paths_in_slots"])
def test_names_that_lead_elsewhere(
    scene: str, make_blend: MakeBlend, trace_child: TraceChild, tmp_path: Path
) -> None:
    blend = make_blend(f"escaping_scenes.{scene}", into=tmp_path / "shot" / "shot.blend", **TINY)
    assert_rendered(trace_child(blend), tmp_path)


@pytest.mark.parametrize("scene", ["view_suffix", "view_suffixes"])
def test_suffixes_of_views_that_lead_elsewhere(
    scene: str, make_blend: MakeBlend, trace_child: TraceChild, tmp_path: Path
) -> None:
    blend = make_blend(f"escaping_scenes.{scene}", into=tmp_path / "shot" / "shot.blend", **TINY)
    ended = trace_child(blend)
    assert (ended.code, ended.elsewhere) == (65, [])
    assert "Write the suffix without '..'" in ended.log


def test_style_modules_of_freestyle_do_not_run(
    make_blend: MakeBlend, trace_child: TraceChild, tmp_path: Path
) -> None:
    """They are Python of the file, and Blender runs them though scripts are off (4.2, 5.0)."""
    shot = tmp_path / "shot"
    blend = make_blend("escaping_scenes.freestyle_script", into=shot / "shot.blend", **TINY)
    ended = trace_child(blend)
    assert (ended.code, ended.elsewhere) == (65, [])
    assert "--enable-autoexec" in ended.log
    allowed = trace_child(blend, "--enable-autoexec", home=tmp_path / "plain")
    assert allowed.code == 0, allowed.log


def test_every_scene_of_the_tests(
    blender_executable: Path, trace_child: TraceChild, tmp_path: Path
) -> None:
    """Whether it is rendered or refused."""
    chance = random.Random(SEED)
    scenes = every_scene.every_scene()
    if not ALL_OF_THEM:
        scenes = chance.sample(scenes, CHOSEN)
    made = every_scene.saved(scenes, blender_executable, tmp_path / "shots")
    assert len(made) > 0.9 * len(scenes) - 2
    elsewhere, unaccounted = {}, {}
    for blend in made:
        scene = blend.parent.name
        home = tmp_path / scene
        home.mkdir()
        unbaked = "refuse" if scene.endswith(KEEPS_FILES) else "allow"
        ended = trace_child(blend, *ANYWAY, unbaked, home=home)
        assert ended.code in {0, 64, 65, 70}, (scene, ended.log)
        is_kept = scene.endswith(KEEPS_FILES)
        written = [each for each in ended.elsewhere if not BY_READING.search(each)]
        written = [each for each in written if not (is_kept and BY_OPENING.search(each))]
        if written:
            elsewhere[scene] = written
        if ended.unaccounted and frames_in(home / "out"):  # one that is refused has no fingerprint
            unaccounted[scene] = ended.unaccounted
        shutil.rmtree(home)
    assert (elsewhere, unaccounted) == ({}, {})
