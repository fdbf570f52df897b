"""Slots of File Output nodes that Blender wrote no file for."""

from __future__ import annotations

from pathlib import Path

import pytest
from array_chunk_render.child.unwritten_slots import unwritten_slots, unwritten_warning
from array_chunk_render.chunking.errors import RenderFailed
from array_chunk_render.publishing.stage import NodeFolder, Stage


def node(
    *certain: str, possible: tuple[str, ...] = (), own_numbers: bool = False, strip: str = ""
) -> NodeFolder:
    return NodeFolder("passes", own_numbers, "Passes", certain, possible, strip)


def stage_of(folder: Path, *nodes: NodeFolder) -> Stage:
    stage = Stage(folder / "stage", nodes)
    stage.make()
    return stage


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.mark.parametrize(
    ("certain", "written", "own_numbers"),
    [
        pytest.param((), [], False, id="none is certain"),
        pytest.param(("Image", "Z"), ["Image0003.exr", "Z0003.exr"], False, id="each its own"),
        pytest.param(("",), ["0003.exr"], False, id="no name"),
        pytest.param(("a", "a-"), ["a0003.exr", "a-0003.exr"], False, id="nearly one name"),
        pytest.param(("0003",), ["00030003.exr"], False, id="the number"),
        pytest.param(("x_#", "y_#"), ["x_3.exr", "y_3.exr"], True, id="own numbers"),
        pytest.param(("#_x", "#_y"), ["3_x.exr", "3_y.exr"], True, id="own numbers first"),
        pytest.param(("{scene_name}",), ["Scene0003.exr"], False, id="a variable"),
        pytest.param(("a/b",), ["a_b0003.exr"], False, id="a folder that became a name"),
        pytest.param(("A", "a"), ["A0003.exr"], False, id="one name on some disks"),
        pytest.param(("a/b", "a_b"), ["a_b0003.exr"], False, id="one name in some Blenders"),
        pytest.param(("Z",), ["Z0003_L.exr", "Z0003_R.exr"], False, id="stereo"),
        pytest.param(("a", "b"), ["a.exr", "b.exr"], False, id="no number at all"),
    ],
)
def test_slots_that_have_their_files(
    certain: tuple[str, ...], written: list[str], own_numbers: bool, tmp_path: Path
) -> None:
    for one in (
        node(*certain, own_numbers=own_numbers),
        node(possible=certain, own_numbers=own_numbers),
    ):
        stage = stage_of(tmp_path, one)
        write(stage.node(0), *written)
        assert unwritten_slots(stage, 3) == []


@pytest.mark.parametrize(
    ("certain", "written", "missing"),
    [
        pytest.param(("Image",), [], "'Image'", id="the only one"),
        pytest.param(("Image", "Z"), ["Image0003.exr"], "'Z'", id="one of two"),
        pytest.param(("x" * 300,), [], f"'{'x' * 77}...'", id="a long name"),
        pytest.param(("Z", "N"), ["Z0003_L.exr", "Z0003_R.exr"], "'N'", id="stereo"),
        pytest.param(("", "N"), ["N0003.exr"], "''", id="no name"),
    ],
)
def test_a_slot_without_its_file(
    certain: tuple[str, ...], written: list[str], missing: str, tmp_path: Path
) -> None:
    stage = stage_of(tmp_path, node(*certain))
    write(stage.node(0), *written)
    with pytest.raises(RenderFailed) as failed:
        unwritten_slots(stage, 3)
    assert "frame 3 is finished, but its File Output node 'Passes' wrote" in str(failed.value)
    assert f"missing is {missing}:" in str(failed.value)


def test_a_certain_one_among_possible_ones(tmp_path: Path) -> None:
    """However many files the others wrote."""
    stage = stage_of(tmp_path, node("Image", possible=("a", "b")))
    write(stage.node(0), "a0003.exr", "b0003.exr")
    with pytest.raises(RenderFailed, match="missing is 'Image'"):
        unwritten_slots(stage, 3)


@pytest.mark.parametrize(
    ("written", "missing"),
    [
        pytest.param([], ["a", "b"], id="none"),
        pytest.param(["b0003.exr"], ["a"], id="one of two"),
        pytest.param(["b0003.exr", "c0003.exr"], [], id="one under another name"),
    ],
)
def test_possible_slots(written: list[str], missing: list[str], tmp_path: Path) -> None:
    stage = stage_of(tmp_path, node(possible=("a", "b")))
    write(stage.node(0), *written)
    assert unwritten_slots(stage, 3) == [("Passes", name) for name in missing]


@pytest.mark.parametrize("is_expected", [True, False])
def test_a_scene_that_a_strip_should_show(is_expected: bool, tmp_path: Path) -> None:
    """That it was rendered at all is known by its files alone."""
    folder = NodeFolder("", False, "A", ("x",), ("y",), "Other", is_expected)
    stage = stage_of(tmp_path, folder, NodeFolder("", False, "B", ("z",), (), "Other", is_expected))
    wanted = [("A", "x"), ("A", "y"), ("B", "z")] if is_expected else []
    assert unwritten_slots(stage, 3) == wanted
    write(stage.node(1), "z0003.exr")
    with pytest.raises(RenderFailed, match="'A' wrote 0 files .* missing is 'x'"):
        unwritten_slots(stage, 3)


def test_the_warning_names_node_slot_and_frame() -> None:
    warning = unwritten_warning(7, [("Passes", "x" * 300), ("Other", "Z")])
    assert warning.startswith("Blender wrote no file for frame 7: 'xxx")
    assert "...' of 'Passes', 'Z' of 'Other' (" in warning
    assert " and 3 more slots (" in unwritten_warning(7, [("Passes", str(i)) for i in range(8)])


def test_folders_that_variables_name_are_no_part_of_a_name(tmp_path: Path) -> None:
    """Else each file would have an unknown name, and stand for one that is gone."""
    folder = NodeFolder("", False, "Passes", ("a", "b"), levels=2)
    stage = stage_of(tmp_path, folder)
    write(stage.node(0), "passes/Scene/a0001.exr", "passes/Scene/b0001.exr")
    assert unwritten_slots(stage, 1) == []
    (stage.node(0) / "passes/Scene/b0001.exr").unlink()
    with pytest.raises(RenderFailed, match="missing is 'b'"):
        unwritten_slots(stage, 1)
