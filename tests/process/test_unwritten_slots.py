"""A File Output node's slot that Blender wrote nothing for: its frame has failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from children import Ended, MakeBlend, RunChild, frames_in, verdicts_of


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("x" * 300, id="a name too long"),
        pytest.param("d" * 300 + "/Image", id="a folder that can't be made"),
    ],
)
@pytest.mark.parametrize("others", [[], ["Fine"]], ids=["alone", "beside another"])
def test_a_slot_without_its_file(
    name: str, others: list[str], make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend("output_slots", names=[*others, name], end=1), tmp_path / "out")
    assert ended.code == 70, ended
    assert "frame 1" in ended.everything
    assert f"missing is '{name[:77]}...'" in ended.everything
    assert "'File Output'" in ended.everything
    assert "shorter name" in ended.everything
    assert frames_in(tmp_path / "out") == []


@pytest.mark.parametrize("name", ["{scene_name}", "{no_such_variable}"])
def test_variables_that_blender_knows_or_not(
    name: str, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    """Which of them it knows, or that braces are only braces, depends on the version."""
    ended = run_child(make_blend("output_slots", names=["Fine", name], end=1), tmp_path / "out")
    passes = [file for file in frames_in(tmp_path / "out") if file.startswith("compositor")]
    assert (ended.code, len(passes)) in {(0, 2), (70, 0), (65, 0)}, ended
    assert (f"missing is {name!r}" in ended.everything) == (ended.code == 70)
    assert ("Blender can't make out" in ended.everything) == (ended.code == 65)


def test_slots_that_have_nothing_to_write(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend("silent_outputs", end=1), tmp_path / "out")
    assert ended.code == 0, ended
    passes = {file for file in frames_in(tmp_path / "out") if "passes" in file}
    assert passes == {f"compositor/passes/Image00001_{view}.exr" for view in "LR"}


def test_a_layer_that_keyframes_switch_off(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend("switched_layer", end=2), tmp_path / "out")
    assert ended.code == 0, ended
    passes = [file for file in frames_in(tmp_path / "out") if "passes" in file]
    assert passes == ["compositor/passes/Second00001.exr"]


BEHIND = ["blur", "mix", "behind a group", "in a group"]


@pytest.mark.parametrize("kind", BEHIND)
def test_a_slot_behind_other_nodes(
    kind: str, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend = make_blend("slot_scenes.slots_behind", kind=kind, end=1)
    assert files_of(run_child(blend, tmp_path / "good"), tmp_path / "good") == {"Fine", "Image"}
    blend = make_blend("slot_scenes.slots_behind", kind=kind, name="x" * 300, end=1)
    ended = run_child(blend, tmp_path / "out")
    assert ended.code == 70, ended
    assert f"missing is '{'x' * 77}...'" in ended.everything


def test_a_slot_whose_picture_is_not_there(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    """It may be so by intention: one warning, for all frames."""
    blend = make_blend("slot_scenes.slots_behind", kind="no image", end=3)
    ended = run_child(blend, tmp_path / "out", "--missing", "warn")
    assert files_of(ended, tmp_path / "out") == {"Fine"}
    (warning,) = unwritten(ended, tmp_path / "out")
    assert "no file for frame 1: 'Image' of 'File Output.001' (" in warning


def test_a_value_alone_is_no_news(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend("slot_scenes.slots_behind", kind="value", end=1), tmp_path / "out")
    assert files_of(ended, tmp_path / "out") == {"Fine"}
    assert unwritten(ended, tmp_path / "out") == []


@pytest.mark.parametrize("alone", [False, True], ids=["beside another", "alone"])
def test_a_slot_of_a_scene_in_a_strip(
    alone: bool, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    """Whether a strip shows is not sure; that its scene was rendered is, where another wrote.

    Blender's own word, that it could not write the file, fails the frame either way.
    """
    blend = make_blend("slot_scenes.slots_in_strip", alone=alone, end=2)
    ended = run_child(blend, tmp_path / "good")
    assert files_of(ended, tmp_path / "good") == ({"Image"} if alone else {"Fine", "Image"})
    assert unwritten(ended, tmp_path / "good") == []
    blend = make_blend("slot_scenes.slots_in_strip", alone=alone, name="x" * 300, end=2)
    ended = run_child(blend, tmp_path / "out")
    assert ended.code == 70, ended
    assert len(unwritten(ended, tmp_path / "out")) == alone
    assert ("missing is 'xxx" in ended.everything) == (not alone)
    assert "00002.png" in frames_in(tmp_path / "out")


def test_a_strip_that_keyframes_unmute(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    """Its node was out of reach when the chunk began; its files have their place all the same."""
    ended = run_child(make_blend("slot_scenes.strip_unmuted", end=3), tmp_path / "out")
    assert ended.code == 0, ended
    passes = [file for file in frames_in(tmp_path / "out") if file.startswith("compositor")]
    assert passes == [f"compositor/passes/Late0000{frame}.exr" for frame in (2, 3)]


def files_of(ended: Ended, output: Path) -> set[str]:
    """The slots that have a file of the first frame."""
    assert ended.code == 0, ended
    passes = [Path(file).name for file in frames_in(output) if file.startswith("compositor")]
    return {name.removesuffix("00001.exr") for name in passes if name.endswith("00001.exr")}


def unwritten(ended: Ended, output: Path) -> list[str]:
    (verdict,) = verdicts_of(output)
    return [each for each in verdict["warnings"] if each.startswith("Blender wrote no file for")]
