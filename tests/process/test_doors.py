"""Every door renders the same pixels, and so does Blender by itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from children import Door, MakeBlend, RunChild, clean_environment, frames_in, pixels


@pytest.fixture(scope="module")
def by_blender(
    make_blend: MakeBlend, blender_executable: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The film's frames, each rendered by Blender's own command line."""
    output = tmp_path_factory.mktemp("by_blender")
    for frame in range(1, 5):
        subprocess.run(
            [str(blender_executable), "-b", str(make_blend("film")), "-o", f"{output}/#####"]
            + ["-f", str(frame)],
            check=True,
            env=clean_environment(),
            stdout=subprocess.DEVNULL,
        )
    return output


@pytest.mark.parametrize("door", ["file", "named", pytest.param("python", marks=pytest.mark.wheel)])
def test_pixels_are_those_of_blender(
    door: str, make_blend: MakeBlend, run_child: RunChild, by_blender: Path, tmp_path: Path
) -> None:
    ended = run_child(make_blend("film"), tmp_path / "out", door=door)
    assert ended.code == 0, ended
    ours = {name: pixels(tmp_path / "out" / name) for name in frames_in(tmp_path / "out")}
    theirs = {name: pixels(by_blender / name) for name in frames_in(by_blender)}
    assert ours == theirs
    # Neighbours differ, so a picture under a neighbour's number would have shown.
    assert len(set(ours.values())) == 4


def test_camera_of_a_marker_wins_and_can_be_set_aside(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend = make_blend("bound_camera")
    for name, words in {"own": (), "set": ("--camera", "Camera")}.items():
        ended = run_child(blend, tmp_path / name, "--frames", "2", *words)
        assert ended.code == 0, ended
    plain = run_child(make_blend("film"), tmp_path / "plain", "--frames", "2")
    assert plain.code == 0
    pictures = {name: pixels(tmp_path / name / "00002.png") for name in ("own", "set", "plain")}
    assert pictures["set"] == pictures["plain"] != pictures["own"]


def test_driver_sees_the_artists_frame_range(
    make_blend: MakeBlend, run_child: RunChild, blender_executable: Path, tmp_path: Path
) -> None:
    blend = make_blend("range_driver")
    assert run_child(blend, tmp_path / "ours", "--frames", "2").code == 0
    subprocess.run(
        [str(blender_executable), "-b", str(blend), "-o", f"{tmp_path}/#####", "-f", "2"],
        check=True,
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
    )
    # Blender's -f narrows the range as well: it is the whole scene that the driver must see.
    wide = run_child(make_blend("film"), tmp_path / "wide", "--frames", "2")
    assert wide.code == 0
    ours = pixels(tmp_path / "ours" / "00002.png")
    assert ours != pixels(tmp_path / "wide" / "00002.png")


def test_named_file_loses_to_the_open_one(
    make_blend: MakeBlend, doors: dict[str, Door], repository: Path, tmp_path: Path
) -> None:
    variables = {
        "EFS_BLENDER_FILE_PATH": "/no/such.blend",
        "EFS_BLENDER_OUTPUT_FOLDER_PATH": str(tmp_path / "out"),
    }
    child = doors["file"].start(repository / "main.py", make_blend("film"), (), variables)
    child.communicate()
    assert child.returncode == 0


@pytest.mark.parametrize("door", ["named", pytest.param("python", marks=pytest.mark.wheel)])
def test_missing_blend(door: str, run_child: RunChild, tmp_path: Path) -> None:
    ended = run_child("/no/such.blend", tmp_path / "out", door=door)
    assert ended.code == 66, ended
    assert "/no/such.blend" in ended.log
    assert "Traceback" not in ended.everything


@pytest.mark.parametrize("kept", [0, 5, 1000, 0.5, -40])
def test_cut_off_blend(
    kept: float, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    whole = make_blend("film").read_bytes()
    length = int(len(whole) * kept) if isinstance(kept, float) else kept
    (tmp_path / "cut.blend").write_bytes(whole[:length])
    ended = run_child(tmp_path / "cut.blend", tmp_path / "out", door="named")
    assert ended.code == 66, ended
    assert "cut.blend" in ended.log
    assert "Traceback" not in ended.everything


@pytest.mark.parametrize("door", ["file", "named"])
def test_blend_of_the_next_blender(
    door: str, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend = tmp_path / "newer.blend"
    whole = make_blend("film", compress=False).read_bytes()
    header = re.match(rb"(BLENDER.*?v)([0-9]+)", whole)
    assert header is not None
    newer = int(header[2]) + 1
    blend.write_bytes(header[1] + f"{newer:0{len(header[2])}d}".encode() + whole[header.end() :])
    ended = run_child(blend, tmp_path / "out", door=door)
    assert ended.code == 66, ended
    assert f"by Blender {newer // 100}.{newer % 100}, and this is Blender " in ended.log
    assert "Traceback" not in ended.everything
    assert not (tmp_path / "out").exists() or frames_in(tmp_path / "out") == []


def test_blend_that_this_blender_cannot_read_at_all(run_child: RunChild, tmp_path: Path) -> None:
    """Its header is of another format, as that of Blender 5 is to Blender 4.2."""
    blend = tmp_path / "newer.blend"
    blend.write_bytes(b"BLENDER99-02v9907REND" + bytes(99))
    ended = run_child(blend, tmp_path / "out", door="named")
    assert ended.code == 66, ended
    assert "by Blender 99.7, and this is Blender " in ended.log


def test_help_lists_every_option(run_child: RunChild, tmp_path: Path) -> None:
    ended = run_child("", None, "--help", door="named")
    assert ended.code == 0
    for word in ("run-array", "--frames", "ARRAY_CHUNK_FRAMES", "USE_GPU", "Exit codes"):
        assert word in ended.log
