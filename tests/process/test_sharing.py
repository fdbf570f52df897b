"""Children that help others when their own chunk is complete, and those that don't."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.frames import FrameSet
from children import (
    Door,
    MakeBlend,
    RunChild,
    StartChild,
    array_variables,
    frames_in,
    record_of,
    verdicts_of,
)

pytestmark = pytest.mark.once

HELP = ("--help-others", "on")
CHUNKS = ({1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12})
END, HEAVY = 12, CHUNKS[2]
"""A film of twelve frames, of which the last child of three has those that take longest."""


def names(frames: set[int]) -> list[str]:
    return [f"{frame:05d}.png" for frame in sorted(frames)]


def frames_of(text: str) -> set[int]:
    return set(FrameSet.parse(text)) if text else set()


def verdict_of(output: Path, index: int) -> dict[str, Any]:
    """The only verdict of a child."""
    (verdict,) = (each for each in verdicts_of(output) if each["index"] == index)
    return verdict


def claims_in(output: Path) -> list[str]:
    return sorted(os.listdir(output / ".array_chunk" / "claims"))


@pytest.fixture
def film(make_blend: MakeBlend) -> Path:
    return make_blend("film", end=4)


def test_light_children_help_the_one_with_the_heavy_chunk(
    make_blend: MakeBlend, start_child: StartChild, tmp_path: Path
) -> None:
    blend = make_blend("heavy_end", first=9, heavy_samples=8192, end=END, width=160, height=90)
    output = tmp_path / "out"
    children = [
        start_child(blend, output, *HELP, **array_variables(3, index)) for index in range(3)
    ]
    logs = ["".join(child.communicate()) for child in children]
    assert [child.returncode for child in children] == [0, 0, 0], logs
    assert frames_in(output) == names(set(range(1, END + 1)))
    assert sorted(os.listdir(output / ".array_chunk" / "frames")) == [
        f"{frame:05d}.json" for frame in range(1, END + 1)
    ]
    assert claims_in(output) == []
    assert os.listdir(output / ".array_chunk" / "notes") == []
    rendered = [frames_of(verdict_of(output, index)["rendered"]) for index in range(3)]
    helped = [frames_of(verdict_of(output, index)["helped"]) for index in range(3)]
    assert (helped[0] | helped[1]) & HEAVY, "they were done long before"
    assert helped[2] == set()
    for chunk, own, others in zip(CHUNKS, rendered, helped, strict=True):
        assert own <= chunk
        assert not others & chunk
    assert set().union(*rendered, *helped) == set().union(*CHUNKS)
    for frame in range(1, END + 1):
        child = int(record_of(output, frame)["child"].split()[0])
        assert frame in rendered[child] | helped[child]


def test_a_child_whose_chunk_was_complete_leaves_at_once(
    film: Path, run_child: RunChild, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    assert run_child(film, output, **array_variables(2, 0)).code == 0
    again = run_child(film, output, *HELP, **array_variables(2, 0, attempt=2))
    assert again.code == 0, again
    assert "rendered nothing" in again.log
    assert frames_in(output) == names({1, 2})
    assert [verdict["helped"] for verdict in verdicts_of(output)] == ["", ""]


def test_a_late_child_whose_chunk_others_did_leaves_without_rendering(
    film: Path, run_child: RunChild, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    assert run_child(film, output, *HELP, **array_variables(2, 0)).code == 0
    assert frames_in(output) == names({1, 2, 3, 4})
    assert frames_of(verdict_of(output, 0)["rendered"]) == {1, 2}
    assert frames_of(verdict_of(output, 0)["helped"]) == {3, 4}
    late = run_child(film, output, *HELP, **array_variables(2, 1))
    assert late.code == 0, late
    assert "rendered nothing, there already 3,4" in late.log
    assert claims_in(output) == []


@pytest.mark.parametrize("helps", ["off", "on"])
def test_claims_are_made_only_where_children_help(
    helps: str, film: Path, run_child: RunChild, tmp_path: Path
) -> None:
    """Whatever is made in a folder, or removed from it, changes its time."""
    output = tmp_path / "out"
    claims = output / ".array_chunk" / "claims"
    claims.mkdir(parents=True)
    os.utime(claims, (1000, 1000))
    words = ("--help-others", helps)
    assert run_child(film, output, *words, **array_variables(2, 0)).code == 0
    assert (claims.stat().st_mtime > 1000) == (helps == "on")
    assert claims_in(output) == []
    assert frames_in(output) == names({1, 2} if helps == "off" else {1, 2, 3, 4})


SPOIL = """
import os

import bpy

@bpy.app.handlers.persistent
def spoil(scene, *_):
    if str(scene.frame_current) in os.environ["SPOILED"].split():
        path = scene.render.frame_path(frame=scene.frame_current)
        open(path, "r+b").truncate(100)

bpy.app.handlers.render_write.append(spoil)
"""


def run_spoiled(
    frames: str, blend: Path, index: int, doors: dict[str, Door], main: Path, home: Path
) -> tuple[int, str]:
    """Run a child in whose Blender these frames come out broken."""
    (home / "spoil.py").write_text(SPOIL)  # one for all children of the array
    door = Door("spoiled", (*doors["file"].before, str(blend), "-P", str(home / "spoil.py")))
    variables = {"EFS_BLENDER_OUTPUT_FOLDER_PATH": str(home / "out"), "EFS_BLENDER_FILE_PATH": ""}
    variables["SPOILED"] = frames
    child = door.start(main, "", HELP, {**variables, **array_variables(2, index)})
    log, errors = child.communicate()
    assert "Traceback" not in log + errors
    return child.returncode, log + errors


def test_a_frame_that_fails_does_not_make_its_helper_fail(
    film: Path, doors: dict[str, Door], repository: Path, tmp_path: Path
) -> None:
    output, main = tmp_path / "out", repository / "main.py"
    code, log = run_spoiled("2", film, 1, doors, main, tmp_path)
    assert code == 0, log
    assert "Frame 2 of another child failed here" in log
    helper = verdict_of(output, 1)
    assert (helper["rendered"], helper["helped"], helper["failed"]) == ("3,4", "1", {})
    assert frames_in(output) == names({1, 3, 4})
    code, log = run_spoiled("", film, 0, doors, main, tmp_path)
    assert code == 0, log
    assert frames_of(verdict_of(output, 0)["rendered"]) == {2}
    assert frames_in(output) == names({1, 2, 3, 4})
    assert claims_in(output) == []


def test_a_child_with_a_frame_that_failed_helps_nobody(
    film: Path, doors: dict[str, Door], repository: Path, tmp_path: Path
) -> None:
    code, log = run_spoiled("2", film, 0, doors, repository / "main.py", tmp_path)
    assert code == 70, log
    verdict = verdict_of(tmp_path / "out", 0)
    assert (verdict["rendered"], verdict["helped"], list(verdict["failed"])) == ("1", "", ["2"])
    assert frames_in(tmp_path / "out") == names({1})


BREAK_DISK = """
import bpy, os, shutil
def break_disk(scene, *more):
    if scene.frame_current > 2:
        shutil.rmtree({path!r})
        open({path!r}, "w").close()
bpy.app.handlers.render_pre.append(break_disk)
"""


def test_a_disk_that_fails_in_the_first_helped_frame(
    film: Path, run_child: RunChild, tmp_path: Path
) -> None:
    """Not even the verdict can be written then; but the child's own chunk is complete."""
    output, script = tmp_path / "out", tmp_path / "spoil.py"
    script.write_text(BREAK_DISK.format(path=str(output / ".array_chunk" / "tmp")))
    words = (*HELP, "--setup-script", str(script))
    ended = run_child(film, output, *words, **array_variables(2, 0))
    assert ended.code == 0, ended
    assert "Helping others has ended early" in ended.log
    assert "The verdict could not be delivered" in ended.log
    assert frames_in(output) == names({1, 2})


@pytest.mark.parametrize("told", [(), ("--render-id", "of all")])
def test_nobody_helps_who_would_render_what_others_have_just_rendered(
    told: tuple[str, ...], film: Path, run_child: RunChild, tmp_path: Path
) -> None:
    words = (*HELP, "--existing", "overwrite", "--size", "2", *told)
    for index in ("0", "1"):
        ended = run_child(film, tmp_path / "out", *words, "--index", index)
        assert ended.code == 0, ended
        assert ("this child helps nobody" in ended.log) == (not told)
    rendered = [frames_of(verdict["rendered"]) for verdict in verdicts_of(tmp_path / "out")]
    assert sum(map(len, rendered)) == (2 if told else 4)
