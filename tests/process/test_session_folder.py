"""Blender's folder for temporary files at a child's end: what it made goes, what others have stays.

Where Blender can make no folder of its own, it says that the folder for everybody's is its own.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from children import Door, MakeBlend, array_variables, clean_environment, frames_in
from private_tmp import Outcome, Trial, run

LONG = {"width": 640, "height": 360, "samples": 4096, "end": 2}
PREFER = """
import bpy
bpy.context.preferences.filepaths.temporary_directory = "/tmp/base"
bpy.ops.wm.save_userpref()
"""
SAY_FOLDER = """
import bpy, pathlib
pathlib.Path(bpy.data.filepath).with_name("said").write_text(bpy.app.tempdir)
"""
MAKE_OTHER_FOLDERS = """
import os, pathlib, tempfile
for name in ("blender_new123", "blender_", "array_chunk-mine", "blender_a"):
    pathlib.Path(os.environ["TMPDIR"], name).mkdir()
"""


class Tried:
    """Trials of one Blender; the commands are main.py's."""

    def __init__(self, doors: dict[str, Door], main: Path, home: Path) -> None:
        self._doors, self._main, self.home = doors, main, home
        self.output = home / "out"

    def __call__(
        self, blend: Path, *words: str, door: str = "file", base: str = "base",
        is_full: bool = True, sigterm_at: str = "", tmpdir: str = "", **variables: str
    ) -> Outcome:  # fmt: skip
        environ = clean_environment(
            EFS_BLENDER_OUTPUT_FOLDER_PATH=str(self.output),
            EFS_BLENDER_FILE_PATH=str(blend),
            **variables,
        )
        how = self._doors[door]
        file = [str(blend)] if how.takes_file else []
        script = ["-P"] if "-b" in how.before else []
        command = [*how.before, *file, *script, str(self._main), "--", *words]
        outcome = run(Trial(command, str(self.home), base, is_full, environ, sigterm_at, tmpdir))
        assert outcome.missing == [], outcome
        assert "Traceback" not in outcome.said, outcome.said
        return outcome


@pytest.fixture
def tried(doors: dict[str, Door], repository: Path, tmp_path: Path) -> Tried:
    return Tried(doors, repository / "main.py", tmp_path)


@pytest.fixture
def film(make_blend: MakeBlend, tmp_path: Path) -> Path:
    """In the test's own home, which is there in its private /tmp too."""
    return make_blend("film", into=tmp_path / "film.blend", end=2)


@pytest.mark.parametrize("words", [(), ("check",), ("plan",), ("--lanes", "2")], ids=" ".join)
def test_foreign_files_of_a_full_base_stay(
    words: tuple[str, ...], film: Path, tried: Tried
) -> None:
    outcome = tried(film, *words)
    assert outcome.code == 0, outcome.said
    assert outcome.left == []
    assert len(frames_in(tried.output)) == (0 if words and words[0].isalpha() else 2)


@pytest.mark.parametrize("words", [(), ("check",)], ids=" ".join)
@pytest.mark.parametrize("door", ["named", pytest.param("python", marks=pytest.mark.wheel)])
def test_foreign_files_stay_at_every_door(
    door: str, words: tuple[str, ...], film: Path, tried: Tried, doors: dict[str, Door],
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    if door == "python":
        doors = {"python": Door("python", (str(request.getfixturevalue("bpy_python")),))}
        tried = Tried(doors, tried._main, tried.home)
    assert tried(film, *words, door=door).code == 0


def test_foreign_files_stay_at_sigterm(make_blend: MakeBlend, tried: Tried, tmp_path: Path) -> None:
    blend = make_blend("film", into=tmp_path / "long.blend", **LONG)
    outcome = tried(blend, "--grace", "5", sigterm_at="threads:")
    assert outcome.code == 75, outcome.said
    assert outcome.left == []


@pytest.mark.parametrize(
    "words", [("check",), (), ("--stage", "stage")], ids=["check", "render", "other stage"]
)
def test_base_too_long_for_a_session(
    words: tuple[str, ...], film: Path, tried: Tried, tmp_path: Path
) -> None:
    (tmp_path / "stage").mkdir()
    words = tuple(word.replace("stage", str(tmp_path / "stage")) if word == "stage" else word
                  for word in words)  # fmt: skip
    outcome = tried(film, *words, base="/".join(["long" * 50] * 5), is_full=False)
    assert outcome.code == (0 if words else 64), outcome.said
    assert outcome.left == []


def test_base_with_the_name_of_a_session(film: Path, tried: Tried) -> None:
    assert tried(film, base="blender_aB3dE9").code == 0


@pytest.mark.parametrize("is_full", [True, False], ids=["full", "with room"])
def test_preferred_base(
    is_full: bool, film: Path, tried: Tried, blender_executable: Path, tmp_path: Path
) -> None:
    variables = {"BLENDER_USER_RESOURCES": str(tmp_path / "user")}
    prefer = [str(blender_executable), "-b", "--factory-startup", "--python-expr", PREFER]
    (tmp_path / "user").mkdir()
    subprocess.run(prefer, env=clean_environment(**variables), check=True, timeout=120)
    script = tmp_path / "say.py"
    script.write_text(SAY_FOLDER)
    words = ("--setup-script", str(script))
    outcome = tried(film, *words, is_full=is_full, tmpdir="/tmp", **variables)
    assert outcome.code == 0, outcome.said
    if not (tmp_path / "said").read_text().startswith("/tmp/base/"):
        pytest.skip("a wheel reads no preferences")
    assert not [path for path in outcome.left if "blender_" in path]


@pytest.mark.parametrize("tmpdir", ["", "/nowhere"], ids=["TMPDIR", "none that is there"])
def test_what_blender_made_is_removed_and_nothing_else(
    tmpdir: str, film: Path, tried: Tried, tmp_path: Path
) -> None:
    script = tmp_path / "make.py"
    script.write_text(MAKE_OTHER_FOLDERS if not tmpdir else "")
    outcome = tried(film, "--setup-script", str(script), is_full=False, tmpdir=tmpdir,
                    **array_variables(1, 0))  # fmt: skip
    assert outcome.code == 0, outcome.said
    made = ["array_chunk-mine", "blender_", "blender_a", "blender_new123"]
    assert outcome.left == ([] if tmpdir else [f"/tmp/base/{name}" for name in made])
