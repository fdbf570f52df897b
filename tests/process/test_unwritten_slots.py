"""A File Output node's slot that Blender wrote nothing for: its frame has failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from children import MakeBlend, RunChild, frames_in


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
    assert (ended.code, len(passes)) in {(0, 2), (70, 0)}, ended
    assert (f"missing is {name!r}" in ended.everything) == (ended.code == 70)


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
