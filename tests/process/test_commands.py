"""The sub-commands beside render, and the log."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from children import (
    Door,
    MakeBlend,
    RunChild,
    array_variables,
    clean_environment,
    frames_in,
    verdicts_of,
)

BLENDER_S_OWN = re.compile(r"^Blender |Read blend")
"""What Blender prints before it runs main.py, in words that its versions write differently."""


@pytest.mark.once
def test_plan_shows_chunks_and_what_is_done(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film"), tmp_path / "out"
    assert run_child(blend, output, **array_variables(3, 0)).code == 0
    ended = run_child(blend, output, "plan", "--size", "3", "--json")
    assert ended.code == 0, ended
    told = json.loads(ended.log[ended.log.index("{") :])
    assert [chunk["frames"] for chunk in told["chunks"]] == ["1,2", "3", "4"]
    assert [chunk["done"] for chunk in told["chunks"]] == [2, 0, 0]
    table = run_child(blend, output, "plan", "--size", "3")
    assert "4 frames in 3 chunks, contiguous; 2 are done" in table.log


@pytest.mark.once
def test_verify_names_what_is_wrong_and_feeds_render(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film"), tmp_path / "out"
    assert run_child(blend, output, "--frames", "1-3").code == 0
    (output / "00002.png").write_bytes(b"half")
    (output / "stranger.png").write_bytes(b"")
    (output / ".array_chunk" / "tmp" / "00001.old-1").mkdir()
    assert run_child(blend, output, "--frames", "7").code == 0
    ended = run_child(blend, output, "verify", "--json")
    assert ended.code == 65, ended
    told = json.loads(ended.log[ended.log.index("{") :])
    assert told["missing"] == "4"
    assert list(told["broken"]) == ["2"]
    assert told["extra_frames"] == "7"
    assert told["extra_files"] == ["stranger.png"]
    assert told["left_overs"] == ["00001.old-1"]
    assert told["render_again"] == "2,4"
    assert run_child(blend, output, "--frames", told["render_again"]).code == 0
    assert run_child(blend, output, "verify", "--deep").code == 0


def test_verify_deep_finds_changed_bytes(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film", end=2), tmp_path / "out"
    assert run_child(blend, output).code == 0
    picture = output / "00001.png"
    there = picture.stat()
    content = bytearray(picture.read_bytes())
    content[len(content) // 2] ^= 1
    picture.write_bytes(content)
    os.utime(picture, ns=(there.st_atime_ns, there.st_mtime_ns))
    assert run_child(blend, output, "verify").code == 0
    ended = run_child(blend, output, "verify", "--deep")
    assert ended.code == 65, ended
    assert "frame 1" in ended.log


def test_run_array_renders_all_chunks(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film"), tmp_path / "out"
    ended = run_child(blend, output, "run-array", "--size", "3", "--jobs", "2", door="named")
    assert ended.code == 0, ended
    assert len(frames_in(output)) == 4
    verdicts = verdicts_of(output)
    assert sorted(verdict["index"] for verdict in verdicts) == [0, 1, 2]
    assert len({verdict["render_id"] for verdict in verdicts}) == 1
    assert "[2] " in ended.log


@pytest.mark.once
def test_run_array_ends_with_the_most_permanent_code(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend = make_blend("no_camera")
    ended = run_child(blend, tmp_path / "out", "run-array", "--size", "2")
    assert ended.code == 65, ended
    assert "child 1 of 2 ended with 65" in ended.log


@pytest.mark.once
def test_run_array_ends_its_children(
    make_blend: MakeBlend, doors: dict[str, Door], repository: Path, tmp_path: Path
) -> None:
    # Frames of some ten seconds, so that the signal strikes inside the first ones.
    blend = make_blend("film", width=640, height=360, samples=2000)
    variables = {"EFS_BLENDER_OUTPUT_FOLDER_PATH": str(tmp_path / "out")}
    words = ("run-array", "--size", "2", "--jobs", "2")
    child = doors["named"].start(repository / "main.py", blend, words, variables)
    assert child.stdout is not None
    for line in child.stdout:
        if "[1] " in line and "threads:" in line:
            break
    child.send_signal(signal.SIGINT)
    log, _ = child.communicate()
    assert child.returncode == 75, log
    assert "ending all children" in log


def test_log_is_one_line_a_frame_and_chatter_goes_to_a_file(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend("film"), tmp_path / "out", **array_variables(2, 1))
    lines = [line for line in ended.log.splitlines() if not BLENDER_S_OWN.search(line)]
    assert lines[0].startswith("AWS Batch: child 1")
    # A line is written when its frame is delivered, and several are on their way at once.
    frames = sorted(line.split(" · ")[0] for line in lines if line.startswith("frame"))
    assert frames == ["frame 3", "frame 4"]
    assert not any(line.startswith(("Fra:", "Saved:")) for line in lines)
    (chatter,) = (tmp_path / "out" / ".array_chunk" / "children").glob("*.log")
    assert "Saved:" in chatter.read_text()


@pytest.mark.once
def test_json_log(make_blend: MakeBlend, run_child: RunChild, tmp_path: Path) -> None:
    ended = run_child(make_blend("film", end=2), tmp_path / "out", "--log", "json")
    assert ended.code == 0
    lines = [json.loads(line) for line in ended.log.splitlines() if line.startswith("{")]
    frames = [line for line in lines if "frame" in line]
    assert [(line["done"], line["total"]) for line in frames] == [(1, 2), (2, 2)]
    assert {line["frame"] for line in frames} == {1, 2}  # one may overtake the other


@pytest.mark.once
def test_brender_variables_are_kept_in_the_verdict(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    variables = {
        "JOB_ACTION_TYPE": "custom_render_python",
        "BUCKET_NAME": "brender-bucket",
        "BUCKET_KEY": "film",
        "EFS_MAIN_SCRIPT_PATH": "/mnt/efs/main.py",
        "USE_GPU": "False",
        "USE_EEVEE": "False",
    }
    assert run_child(make_blend("film", end=1), tmp_path / "out", **variables).code == 0
    (verdict,) = verdicts_of(tmp_path / "out")
    assert verdict["brender"]["BUCKET_KEY"] == "film"


@pytest.mark.once
def test_stage_that_can_t_be_made(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend("film"), tmp_path / "out", "--stage", "/no/such/folder")
    assert ended.code == 74, ended
    assert "/no/such/folder" in ended.log
    assert "Traceback" not in ended.everything


SPOIL_FRAME_2 = """
import bpy

@bpy.app.handlers.persistent
def spoil(scene, *_):
    if scene.frame_current == 2:
        path = scene.render.frame_path(frame=2)
        open(path, "r+b").truncate(100)

bpy.app.handlers.render_write.append(spoil)
"""


def test_a_frame_that_fails_costs_no_other(
    make_blend: MakeBlend, doors: dict[str, Door], repository: Path, tmp_path: Path
) -> None:
    script = tmp_path / "spoil.py"
    script.write_text(SPOIL_FRAME_2)
    door = Door("spoiled", (*doors["file"].before, str(make_blend("film")), "-P", str(script)))
    variables = {"EFS_BLENDER_OUTPUT_FOLDER_PATH": str(tmp_path / "out")}
    child = door.start(repository / "main.py", "", (), {**variables, "EFS_BLENDER_FILE_PATH": ""})
    log, errors = child.communicate()
    assert child.returncode == 70, log + errors
    assert frames_in(tmp_path / "out") == ["00001.png", "00003.png", "00004.png"]
    assert "frame 2 failed" in log
    assert re.search(r"^blender: .*Saved", log, re.MULTILINE)
    (verdict,) = verdicts_of(tmp_path / "out")
    assert list(verdict["failed"]) == ["2"]
    assert "Traceback" not in log + errors


def test_verify_deep_suspects_black_frames(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("dark", end=2), tmp_path / "out"
    assert run_child(blend, output).code == 0
    ended = run_child(blend, output, "verify", "--deep")
    assert ended.code == 0, ended
    assert "suspicious: frame 1: 00001.png is all black" in ended.log


def test_one_rule_for_the_scene_and_its_settings(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    """The file is opened in a scene whose settings name another one, which has its own."""
    blend, output = make_blend("two_scenes"), tmp_path / "out"
    assert run_child(blend, output).code == 0
    assert frames_in(output) == ["00005.png", "00006.png"]
    assert "2 of 2 frames are done" in run_child(blend, output, "verify").log
    named = run_child(blend, tmp_path / "first", "--scene", "Scene")
    assert named.code == 0, named
    assert frames_in(tmp_path / "first") == ["00001.png", "00002.png"]
    first = run_child(blend, tmp_path / "first", "verify", "--scene", "Scene")
    assert "2 of 2 frames are done" in first.log


@pytest.mark.once
def test_output_beside_the_blend_is_the_same_for_every_command(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend = make_blend("film", into=tmp_path / "film.blend", end=2)
    words = ("--output", "//frames")
    assert run_child(blend, None, *words).code == 0
    assert len(frames_in(tmp_path / "frames")) == 2
    assert run_child(blend, None, "verify", *words).code == 0
    assert "2 are done" in run_child(blend, None, "plan", *words).log


@pytest.mark.once
def test_verify_deep_without_a_blender_accuses_no_frame(
    make_blend: MakeBlend, run_child: RunChild, repository: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    assert run_child(make_blend("film"), output).code == 0
    words = ("verify", "--deep", "--frames", "1-4", "--output", str(output))
    environ = clean_environment()
    environ.pop("BLENDER_EXECUTABLE", None)
    plain = subprocess.run(
        [sys.executable, str(repository / "main.py"), *words],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert plain.returncode == 64, plain
    assert "broken" not in plain.stdout


@pytest.mark.once
@pytest.mark.parametrize(
    "words",
    [("run-array",), ("run-array", "--size", "2", "--index", "1")],
    ids=["no size", "index"],
)
def test_run_array_refuses_what_it_would_ignore(
    words: tuple[str, ...], make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    assert run_child(make_blend("film"), tmp_path / "out", *words).code == 64
    assert not (tmp_path / "out").exists()


@pytest.mark.once
def test_run_array_logs_json_of_its_children(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    words = ("run-array", "--size", "2", "--log", "json", "--render-id", "mine")
    ended = run_child(make_blend("film"), tmp_path / "out", *words)
    assert ended.code == 0, ended
    lines = [json.loads(line) for line in ended.log.splitlines() if line.startswith("{")]
    assert {(line["index"], line["frame"]) for line in lines if "frame" in line} == {
        (0, 1),
        (0, 2),
        (1, 3),
        (1, 4),
    }
    assert {verdict["render_id"] for verdict in verdicts_of(tmp_path / "out")} == {"mine"}
