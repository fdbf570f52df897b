"""Where the folder of the stages may lie, and that it is always a new one of our own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import BadSetting, OutputFailed
from array_chunk_render.publishing.stage_folder import refuse_stage, stage_folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Here `link` leads to `out`, and `away` out of it."""
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to("out")
    (tmp_path / "out" / "away").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    return tmp_path


INSIDE = ["out", "out/", "out/a/b", "elsewhere/../out", "link", "link/a", "link/away/../out"]
OUTSIDE = ["elsewhere", ".", "out2", "out/away", "out/..", "outer/out", "link/../elsewhere"]


@pytest.mark.parametrize("is_there", [True, False], ids=["there", "not yet there"])
@pytest.mark.parametrize("output", ["out", "link", "./elsewhere/../out"])
@pytest.mark.parametrize("stage", INSIDE)
def test_in_the_output_is_refused(stage: str, output: str, is_there: bool, home: Path) -> None:
    if not is_there:
        (home / "out" / "away").unlink()
        (home / "out").rmdir()
    if stage.startswith("out/away") and not is_there:
        pytest.skip("it leads away only where it is there")
    with pytest.raises(BadSetting, match="is in the output folder"):
        refuse_stage(f"{home}/{stage}", Path(f"{home}/{output}"))


@pytest.mark.parametrize("output", ["out", "link"])
@pytest.mark.parametrize("stage", OUTSIDE)
def test_beside_the_output_is_taken(stage: str, output: str, home: Path) -> None:
    refuse_stage(f"{home}/{stage}", Path(f"{home}/{output}"))


def test_the_systems_folder_in_the_output(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(home / "out"))
    with pytest.raises(BadSetting, match="--stage"):
        refuse_stage("", home / "out")


def test_a_path_that_blender_cuts_off(home: Path) -> None:
    with pytest.raises(BadSetting, match="cuts paths off"):
        refuse_stage("/" + "ä" * 300, home / "out")


@pytest.mark.parametrize("name", ["{shot}", "{{shot}}", "a{", "}a", "{shot}/b"])
def test_a_variable_of_blender(name: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for parent in (f"{home}/{name}", ""):
        monkeypatch.setattr("tempfile.tempdir", f"{home}/{name}")
        with pytest.raises(BadSetting, match="variable: name another one by --stage") as caught:
            refuse_stage(parent, home / "out")
        assert caught.value.exit_code == 64
    refuse_stage(f"{home}/elsewhere", home / "{out}")


def test_a_stage_is_new_and_goes_alone(home: Path) -> None:
    stage = home / "elsewhere"
    (stage / "array_chunk-mine").mkdir()
    (stage / "array_chunk-link").symlink_to(home / "out")
    with stage_folder(str(stage)) as first, stage_folder(str(stage)) as second:
        assert first != second
        assert os.stat(first).st_mode & 0o077 == 0
        (first / "frame1").mkdir()
    assert sorted(os.listdir(stage)) == ["array_chunk-link", "array_chunk-mine"]
    assert (home / "out" / "away").is_symlink()


def test_a_folder_put_into_the_place_of_a_stage_stays(home: Path) -> None:
    (home / "out" / "precious").write_text("")
    with stage_folder(str(home / "elsewhere")) as stage:
        stage.rmdir()
        stage.symlink_to(home / "out")
    assert (home / "out" / "precious").exists()


def test_no_place_for_a_stage(home: Path) -> None:
    with pytest.raises(OutputFailed, match="--stage"), stage_folder(str(home / "none")):
        pass
