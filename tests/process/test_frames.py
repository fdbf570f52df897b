"""Which frames the children deliver, and what they are called."""

from __future__ import annotations

from pathlib import Path

import pytest
from children import Ended, MakeBlend, RunChild, array_variables, frames_in


def run_all(run_child: RunChild, size: int, blend: Path, output: Path, *words: str) -> list[Ended]:
    return [
        run_child(blend, output, *words, **array_variables(size, index)) for index in range(size)
    ]


def test_step_is_kept_across_chunks(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend = make_blend("film", start=3, end=21, step=4)
    ended = run_all(run_child, 3, blend, tmp_path / "out")
    assert [each.code for each in ended] == [0, 0, 0], ended
    assert frames_in(tmp_path / "out") == [f"{frame:05d}.png" for frame in (3, 7, 11, 15, 19)]


def test_negative_frames(make_blend: MakeBlend, run_child: RunChild, tmp_path: Path) -> None:
    words = ("--frames", "-3-5x4")
    ended = run_all(run_child, 2, make_blend("film"), tmp_path / "out", *words)
    assert [each.code for each in ended] == [0, 0], ended
    assert frames_in(tmp_path / "out") == ["-0003.png", "00001.png", "00005.png"]


@pytest.mark.once
def test_more_children_than_frames(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_all(run_child, 10, make_blend("film", start=5, end=5), tmp_path / "out")
    assert [each.code for each in ended] == [0] * 10, ended
    assert frames_in(tmp_path / "out") == ["00005.png"]


def test_second_run_renders_nothing(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film"), tmp_path / "out"
    assert run_child(blend, output).code == 0
    before = {name: (output / name).stat().st_mtime_ns for name in frames_in(output)}
    again = run_child(blend, output)
    assert again.code == 0
    assert "rendered nothing" in again.log
    assert {name: (output / name).stat().st_mtime_ns for name in before} == before


def test_interleaved_with_prefix(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    words = ("--partition", "interleaved", "--prefix", "shot_")
    ended = run_child(make_blend("film"), tmp_path / "out", *words, **array_variables(2, 1))
    assert ended.code == 0, ended
    assert frames_in(tmp_path / "out") == ["shot_00002.png", "shot_00004.png"]


def test_no_array_is_one_chunk(make_blend: MakeBlend, run_child: RunChild, tmp_path: Path) -> None:
    assert run_child(make_blend("film"), tmp_path / "out").code == 0
    assert len(frames_in(tmp_path / "out")) == 4


def test_frame_list_from_a_file(make_blend: MakeBlend, run_child: RunChild, tmp_path: Path) -> None:
    (tmp_path / "frames.txt").write_text("2\n4  # the last\n")
    words = ("--frames", f"@{tmp_path / 'frames.txt'}")
    assert run_child(make_blend("film"), tmp_path / "out", *words).code == 0
    assert frames_in(tmp_path / "out") == ["00002.png", "00004.png"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("variables", "named"),
    [
        pytest.param(
            {"AWS_BATCH_JOB_ARRAY_SIZE": "10"}, ["AWS_BATCH_JOB_ARRAY_INDEX"], id="no index"
        ),
        pytest.param(
            {"AWS_BATCH_JOB_ARRAY_INDEX": "1"}, ["AWS_BATCH_JOB_ARRAY_SIZE"], id="no size"
        ),
        pytest.param(
            array_variables(10, 10), ["AWS_BATCH_JOB_ARRAY_INDEX", "10"], id="index = size"
        ),
        pytest.param(
            array_variables(10, 1) | {"AWS_BATCH_JOB_ARRAY_SIZE": "ten"},
            ["AWS_BATCH_JOB_ARRAY_SIZE", "ten"],
            id="no number",
        ),
        pytest.param(
            array_variables(10, 1) | {"AWS_BATCH_JOB_ARRAY_INDEX": "-1"},
            ["AWS_BATCH_JOB_ARRAY_INDEX", "-1"],
            id="negative",
        ),
        pytest.param(
            array_variables(10, 1) | {"AWS_BATCH_JOB_ARRAY_SIZE": "0"},
            ["AWS_BATCH_JOB_ARRAY_SIZE", "0"],
            id="size 0",
        ),
        pytest.param(
            array_variables(10, 1) | {"ARRAY_CHUNK_SIZE": "5", "ARRAY_CHUNK_INDEX": "1"},
            ["AWS_BATCH_JOB_ARRAY_SIZE", "ARRAY_CHUNK_SIZE"],
            id="two engines",
        ),
        pytest.param({"USE_GPU": "maybe"}, ["USE_GPU", "maybe"], id="no boolean"),
        pytest.param({"USE_EEVEE": ""}, ["USE_EEVEE", "''"], id="empty boolean"),
        pytest.param(
            {"ARRAY_CHUNK_SAMPELS": "4"},
            ["ARRAY_CHUNK_SAMPELS", "ARRAY_CHUNK_SAMPLES"],
            id="misspelt",
        ),
        pytest.param({"ARRAY_CHUNK_FRAMES": "1-"}, ["ARRAY_CHUNK_FRAMES", "'1-'"], id="frame list"),
        pytest.param(
            {"ARRAY_CHUNK_FRAMES": "@/no/such"},
            ["ARRAY_CHUNK_FRAMES", "/no/such"],
            id="no list file",
        ),
        pytest.param(
            {"ARRAY_CHUNK_RESOLUTION": "big"}, ["ARRAY_CHUNK_RESOLUTION", "big"], id="resolution"
        ),
        pytest.param({"ARRAY_CHUNK_FORMAT": "gif"}, ["ARRAY_CHUNK_FORMAT", "gif"], id="format"),
        pytest.param(
            {"EFS_BLENDER_OUTPUT_FOLDER_PATH": ""},
            ["EFS_BLENDER_OUTPUT_FOLDER_PATH"],
            id="no output",
        ),
    ],
)
def test_bad_environment(
    make_blend: MakeBlend,
    run_child: RunChild,
    tmp_path: Path,
    variables: dict[str, str],
    named: list[str],
) -> None:
    ended = run_child(make_blend("film"), tmp_path / "out", **variables)
    assert ended.code == 64, ended
    assert "Traceback" not in ended.everything
    assert not (tmp_path / "out").exists()
    for word in named:
        assert word in ended.log


@pytest.mark.once
@pytest.mark.parametrize(
    ("words", "named"),
    [
        pytest.param(["--sampels", "4"], ["--sampels", "--samples"], id="unknown option"),
        pytest.param(["rendr"], ["rendr", "'render'"], id="unknown sub-command"),
        pytest.param(["--size", "4"], ["--size", "--index"], id="size alone"),
        pytest.param(["--codec", "MP3"], ["--codec", "MP3"], id="codec of no format"),
        pytest.param(["--frames"], ["--frames"], id="no value"),
    ],
)
def test_bad_words(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path, words: list[str], named: list[str]
) -> None:
    ended = run_child(make_blend("film"), tmp_path / "out", *words)
    assert ended.code == 64, ended
    assert "Traceback" not in ended.everything
    assert not (tmp_path / "out").exists()
    for word in named:
        assert word in ended.log
