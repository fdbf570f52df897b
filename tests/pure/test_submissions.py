"""What was submitted is found again, and nothing that is broken passes for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import BadSetting, OutputFailed
from array_chunk_render.engines.submissions import Submission, last, recall, remember, state_folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def test_it_is_found_by_its_id_and_as_the_last_one() -> None:
    first = Submission("slurm", "12", "13", "shot", 20, settings={"samples": 4})
    second = Submission("aws_batch", "arn:aws:batch:eu-west-1:1:job/ab/c", size=2)
    for time, each in enumerate((first, second)):
        os.utime(remember(each), (time, time))
    assert recall("12") == first
    assert recall(second.job) == last() == second
    os.utime(remember(first), (9, 9))
    assert last() == first


def test_the_last_one_of_a_file() -> None:
    mine = Submission("local", "local-1", blend="/shot/mine.blend")
    other = Submission("local", "local-2", blend="/shot/other.blend")
    for time, each in enumerate((mine, other)):
        os.utime(remember(each), (time, time))
    assert last(mine.blend) == mine
    assert last() == other
    with pytest.raises(BadSetting, match=r"Nothing of '/new.blend' was submitted"):
        last("/new.blend")


def test_what_nobody_submitted_is_not_known() -> None:
    assert recall("12") is None
    with pytest.raises(BadSetting, match="Nothing was submitted"):
        last()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"farm": "local"}', '{"of": "another version"}'])
def test_a_broken_note_is_passed_over(text: str) -> None:
    whole = Submission("local", "local-1")
    remember(whole)
    remember(Submission("local", "local-2")).write_text(text)
    assert recall("local-2") is None
    assert last() == whole


def test_an_id_names_no_file_elsewhere(home: Path) -> None:
    path = remember(Submission("local", "../../../evil"))
    assert path.parent == home / "array_chunk_render" / "submissions"


def test_a_note_that_can_t_be_written_tells_the_id(home: Path) -> None:
    (home / "array_chunk_render").write_text("no folder")
    with pytest.raises(OutputFailed, match="submitted, but .* note its id, local-1"):
        remember(Submission("local", "local-1"))


def test_relative_folders_don_t_count(tmp_path: Path) -> None:
    assert state_folder({"XDG_STATE_HOME": "state"}) == state_folder({})
    assert state_folder({"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "array_chunk_render"
