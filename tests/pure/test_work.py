"""What an engine is to run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import BadSetting
from array_chunk_render.chunking.frames import frames_from
from array_chunk_render.chunking.setting_values import Value
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.engines.engine import ArrayState, State, Work
from array_chunk_render.engines.request import Request, job_name
from hypothesis import given
from hypothesis import strategies as st


def work(
    settings: Settings, frames: str = "1-100", missing: bool = False, **options: Value
) -> Work:
    request = Request(
        blend="/shot/a.blend",
        settings=settings,
        frames=frames_from(frames),
        options={"farm": "local", **options},
        child_settings={"samples": 4},
        is_only_missing=missing,
    )
    made = request.work()
    assert made is not None
    return made


def test_the_farm_sees_the_same_paths_where_no_others_are_named() -> None:
    made = work(Settings(size=20, output="/out"))
    assert (made.name, made.size) == ("a", 20)
    assert made.child_command[:4] == ("blender", "-b", "/shot/a.blend", "-P")
    assert made.film_command == (*made.child_command, "--", "film")
    assert made.environment == {
        "ARRAY_CHUNK_SAMPLES": "4",
        "EFS_BLENDER_FILE_PATH": "/shot/a.blend",
        "EFS_BLENDER_OUTPUT_FOLDER_PATH": "/out",
    }


def test_the_farms_own_paths() -> None:
    paths: dict[str, Value] = {
        "farm_blend": "/mnt/efs/a.blend",
        "farm_output": "/mnt/efs/out",
        "farm_blender": "/opt/blender",
        "farm_main": "/opt/main.py",
        "farm": "slurm",
    }
    made = work(Settings(size=2), **paths)
    assert made.child_command == ("/opt/blender", "-b", "/mnt/efs/a.blend", "-P", "/opt/main.py")
    assert made.output == "/mnt/efs/out"


def test_this_machine_has_no_paths_but_its_own() -> None:
    """What was told for a farm before, or in a studio's environment, is not meant for it."""
    made = work(Settings(output="/out"), farm_blend="/mnt/efs/b.blend", farm_output="/mnt/efs/out")
    assert (made.blend, made.output) == ("/shot/a.blend", "/out")


def test_no_more_children_than_frames() -> None:
    assert work(Settings(size=500, output="/out"), frames="1-3").size == 3


def test_the_film_has_all_frames_where_the_array_renders_some(tmp_path: Path) -> None:
    made = work(Settings(output=str(tmp_path)), missing=True)
    assert made.film_command[-3:] == ("film", "--frames", "1-100")


def test_an_output_folder_is_needed() -> None:
    with pytest.raises(BadSetting, match="No output folder is named"):
        work(Settings())


@given(st.text(max_size=300))
def test_the_name_is_one_that_every_engine_takes(stem: str) -> None:
    # AWS Batch, SubmitJob: up to 128 letters, digits, hyphens and underscores, the first no sign.
    name = job_name(f"/shot/{stem}.blend")
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", name)


def test_a_long_name_is_cut_off() -> None:
    assert job_name(f"/shot/{'a' * 300}.blend") == "a" * 100


def test_an_array_has_failed_only_when_nothing_of_it_goes_on() -> None:
    counts = {State.SUCCEEDED: 3, State.FAILED: 1, State.RUNNING: 1}
    assert ArrayState("1", counts).state is State.RUNNING
    assert ArrayState("1", {**counts, State.RUNNING: 0}).state is State.FAILED
    assert ArrayState("1", {State.SUCCEEDED: 4}).state is State.SUCCEEDED
