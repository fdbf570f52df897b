"""What Blender says while it renders: it fails the child, or is said by it, and none is lost."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from children import Ended, MakeBlend, RunChild, clean_environment, frames_in, verdicts_of


@pytest.mark.parametrize("kind", ["broken_picture", "short_mesh_cache"])
def test_what_can_not_be_read(
    kind: str, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend = make_blend(f"word_scenes.{kind}", into=tmp_path / "a.blend", folder=str(tmp_path))
    ended = run_child(blend, tmp_path / "out", "--missing", "error")
    assert ended.code == 65, ended
    assert "Blender could not read something that frame" in ended.log
    assert "00003.png" not in frames_in(tmp_path / "out")
    ended = run_child(blend, tmp_path / "warned", "--missing", "warn")
    assert ended.code == 0, ended
    (verdict,) = verdicts_of(tmp_path / "warned")
    assert any("could not read something" in each for each in verdict["warnings"])


def test_a_lane_hears_too(make_blend: MakeBlend, run_child: RunChild, tmp_path: Path) -> None:
    blend = make_blend(
        "word_scenes.broken_picture", into=tmp_path / "a.blend", folder=str(tmp_path), end=12
    )
    ended = run_child(blend, tmp_path / "out", "--missing", "error", "--lanes", "2")
    assert ended.code == 65, ended
    assert frames_in(tmp_path / "out") == []


def run_with_scripts(
    statement: str, blender: Path, repository: Path, make_blend: MakeBlend, output: Path
) -> Ended:
    blend = make_blend("word_scenes.handler", statement=statement, end=2)
    child = subprocess.run(
        [str(blender), "-b", "--enable-autoexec", str(blend), "-P", str(repository / "main.py")]
        + ["--", "--output", str(output)],
        capture_output=True,
        text=True,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Ended(child.returncode, child.stdout, child.stderr)


def test_a_script_that_fails_in_each_frame_is_said_once(
    blender_executable: Path, repository: Path, make_blend: MakeBlend, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    statement = "raise ValueError('oh no')"
    ended = run_with_scripts(statement, blender_executable, repository, make_blend, output)
    assert ended.code == 0, ended
    (verdict,) = verdicts_of(output)
    said = [each for each in verdict["warnings"] if "oh no" in each]
    assert len(said) == 1
    assert "while it rendered frame 1" in said[0]
    assert ended.errors.count("ValueError: oh no") == 2  # and comes out where it did


def test_the_last_words_of_a_crash_come_out(
    blender_executable: Path, repository: Path, make_blend: MakeBlend, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    statement = "os.write(2, b'last words' + bytes([10])); os.abort()"
    ended = run_with_scripts(statement, blender_executable, repository, make_blend, output)
    assert ended.code not in (0, 70), ended
    assert "last words\n" in ended.errors
