"""`main.py -- bake`: the copy renders right from any frame, and the original is left alone."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from children import Ended, MakeBlend, RunChild, array_variables, pixels

pytestmark = pytest.mark.simulation

KINDS = [
    "rigid_body",
    "cloth",
    "soft_body",
    "geometry_nodes",
    "nested_nodes",
    "boids",
    "dynamic_paint",
]
FRAMES = range(1, 13)
MIDDLE = range(7, 10)
"""The frames of the third of four children."""


def pictures(out: Path, frames: range = MIDDLE) -> list[bytes]:
    return [pixels(out / f"{frame:05d}.png") for frame in frames]


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def project(make_blend: MakeBlend, folder: Path, kind: str, **frames: int) -> Path:
    """A .blend alone in a folder of its own."""
    folder.mkdir(parents=True)
    made = make_blend("simulated", kind=kind, **frames)
    return Path(shutil.copy(made, folder / "shot.blend"))


def bake(run_child: RunChild, blend: Path, *words: str, **variables: str) -> Ended:
    ended: Ended = run_child(blend, None, "bake", *words, **variables)
    return ended


@pytest.mark.parametrize("kind", KINDS)
def test_a_chunk_from_the_middle_of_the_copy(
    kind: str, run_child: RunChild, make_blend: MakeBlend, tmp_path: Path
) -> None:
    blend = project(make_blend, tmp_path / "project", kind, end=FRAMES[-1])
    before = blend.read_bytes()
    baked = bake(run_child, blend)
    copy = blend.with_name("shot_baked.blend")
    assert baked.code == 0, baked.everything
    assert f"baked copy: {copy}" in baked.log
    assert "baked: the " in baked.log
    assert blend.read_bytes() == before
    child = array_variables(4, 2)
    whole, chunk, frozen = tmp_path / "whole", tmp_path / "chunk", tmp_path / "frozen"
    assert run_child(copy, whole).code == 0
    assert run_child(copy, chunk, **child).code == 0
    assert run_child(blend, frozen, "--unbaked", "allow", **child).code == 0
    assert pictures(chunk) == pictures(whole)
    assert pictures(chunk) != pictures(frozen)
    assert len(set(pictures(whole, FRAMES))) > 6


@pytest.mark.parametrize("kind", ["cloth", "geometry_nodes", "dynamic_paint"])
def test_the_copy_may_be_elsewhere_and_moved(
    kind: str, run_child: RunChild, make_blend: MakeBlend, tmp_path: Path
) -> None:
    blend = project(make_blend, tmp_path / "project", kind, end=4)
    farm = tmp_path / "farm"
    assert bake(run_child, blend, "--bake-file", str(farm / "for farm.blend")).code == 0
    beside = set(digests(tmp_path / "project")) - {"shot.blend"}
    # Blender itself writes the first frame of a dynamic paint when it opens the file.
    assert len(beside) <= (kind == "dynamic_paint")
    assert run_child(farm / "for farm.blend", tmp_path / "whole").code == 0
    moved = farm.rename(tmp_path / "moved")
    ended = run_child(moved / "for farm.blend", tmp_path / "out", **array_variables(4, 3))
    assert ended.code == 0, ended.log
    assert pictures(tmp_path / "out", range(4, 5)) == pictures(tmp_path / "whole", range(4, 5))


def test_what_was_baked_before_stays_baked_in_another_folder(
    run_child: RunChild, make_blend: MakeBlend, tmp_path: Path
) -> None:
    """The disk caches of the original lie in a folder that is called after it."""
    blend = project(make_blend, tmp_path / "project", "geometry_nodes", end=4)
    first = tmp_path / "first" / "one.blend"
    second = tmp_path / "second" / "two.blend"
    assert bake(run_child, blend, "--bake-file", str(first)).code == 0
    again = bake(run_child, first, "--bake-file", str(second))
    assert (again.code, "nothing to bake" in again.log) == (0, True)
    shutil.rmtree(first.parent)
    assert run_child(second, tmp_path / "out", **array_variables(4, 3)).code == 0
    assert run_child(blend, tmp_path / "warm", "--unbaked", "warm-up").code == 0
    assert pictures(tmp_path / "out", range(4, 5)) == pictures(tmp_path / "warm", range(4, 5))


@pytest.mark.once
def test_relative_paths_lead_to_the_same_files(
    run_child: RunChild, make_blend: MakeBlend, tmp_path: Path
) -> None:
    (tmp_path / "project").mkdir()
    picture = run_child(make_blend("film", end=1), tmp_path / "red")
    assert picture.code == 0
    texture = shutil.copy(tmp_path / "red" / "00001.png", tmp_path / "project" / "red.png")
    blend = make_blend("textured", into=tmp_path / "project" / "shot.blend", texture=str(texture))
    copy = tmp_path / "elsewhere" / "deep" / "copy.blend"
    assert bake(run_child, blend, "--bake-file", str(copy)).code == 0
    ended = run_child(copy, tmp_path / "out", "--frames", "1", "--missing", "error")
    assert ended.code == 0, ended.log


def test_what_blender_cannot_bake_is_named_and_the_rest_is_baked(
    run_child: RunChild, make_blend: MakeBlend, tmp_path: Path
) -> None:
    blend = project(make_blend, tmp_path / "project", "all_kinds", end=4)
    baked = bake(run_child, blend)
    assert baked.code == 65
    assert 'Not baked: the fluid "Fluid" of object "Pool": fluids can\'t be baked' in baked.log
    assert 'baked: the cloth "Cloth" of object "Sheet"' in baked.log
    copy = blend.with_name("shot_baked.blend")
    refused = run_child(copy, tmp_path / "out")
    assert refused.code == 65
    assert "Cloth" not in refused.log
    assert 'The fluid "Fluid" of object "Pool" is not baked' in refused.log


@pytest.mark.parametrize("kind", ["geometry_nodes", "short_cloth"])
def test_the_bake_reaches_the_last_frame(
    kind: str, run_child: RunChild, make_blend: MakeBlend, tmp_path: Path
) -> None:
    """By themselves nodes end with the scene, and a cache at its own end."""
    blend = project(make_blend, tmp_path / "project", kind, end=5)
    assert bake(run_child, blend, "--frames", "1-9").code == 0
    copy = blend.with_name("shot_baked.blend")
    assert run_child(copy, tmp_path / "out", "--frames", "8,9").code == 0
    earlier, later = pictures(tmp_path / "out", range(8, 10))
    assert earlier != later


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        pytest.param("shot.blend", 64, "the file itself", id="the original"),
        pytest.param("shot.txt", 64, "write the name of a .blend", id="no .blend"),
        pytest.param("file/baked.blend", 74, "--bake-file", id="below a file"),
    ],
)
def test_a_bake_file_that_cannot_be(
    name: str,
    code: int,
    words: str,
    run_child: RunChild,
    make_blend: MakeBlend,
    tmp_path: Path,
) -> None:
    blend = project(make_blend, tmp_path / "project", "cloth", end=2)
    (blend.parent / "file").write_text("in the way")
    before = digests(blend.parent)
    ended = bake(run_child, blend, "--bake-file", str(blend.parent / name))
    assert (ended.code, words in ended.log) == (code, True), ended.log
    assert digests(blend.parent) == before
