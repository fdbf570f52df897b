"""Where a child's stage may lie."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from children import MakeBlend, RunChild, frames_in


@pytest.mark.once
@pytest.mark.parametrize("is_there", [True, False], ids=["there", "not yet there"])
@pytest.mark.parametrize("stage", ["out", "out/stage", "other/../out/x", "link/stage"])
def test_a_stage_in_the_output_folder(
    stage: str, is_there: bool, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to("out")
    if is_there:
        (output / "stage").mkdir(parents=True)
        (output / "stage" / "notes.txt").write_text("a person's")
    relative = os.path.relpath(tmp_path)
    for named in (f"{relative}/{stage}", f"{tmp_path}/{stage}"):
        ended = run_child(make_blend("film"), output, "--stage", named)
        assert ended.code == 64, ended
        assert "is in the output folder" in ended.log
        assert "--stage" in ended.log
    assert frames_in(output) == (["stage/notes.txt"] if is_there else [])
    assert output.exists() == is_there


@pytest.mark.once
def test_a_stage_that_holds_a_persons_files(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    kept = ["array_chunk-1/x", "beauty/x", "frame1/beauty/x", "nodes/0/n/n/x"]
    for name in kept:
        (tmp_path / "stage" / name).parent.mkdir(parents=True)
        (tmp_path / "stage" / name).write_text("")
    ended = run_child(make_blend("film"), tmp_path / "out", "--stage", str(tmp_path / "stage"))
    assert ended.code == 0, ended
    assert frames_in(tmp_path / "stage") == kept
