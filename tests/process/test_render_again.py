"""What is rendered again, and what is not."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from children import (
    Door,
    Ended,
    MakeBlend,
    RunChild,
    array_variables,
    clean_environment,
    frames_in,
    pixels,
    record_of,
    verdicts_of,
)


@pytest.fixture(scope="module")
def made_project(make_blend: MakeBlend, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder to copy: scene.blend, its texture and its library."""
    home = tmp_path_factory.mktemp("made") / "project"
    home.mkdir()
    write_texture(home / "paint.ppm", red=255)
    make_blend("ball", into=home / "ball.blend")
    make_blend(
        "textured",
        into=home / "scene.blend",
        texture=str(home / "paint.ppm"),
        library=str(home / "ball.blend"),
        end=2,
    )
    return home


@pytest.fixture
def project(made_project: Path, tmp_path: Path) -> Path:
    """A project folder of the test's own, which no test has touched or rendered."""
    return Path(shutil.copytree(made_project, tmp_path / "project"))


def write_texture(path: Path, red: int) -> None:
    path.write_bytes(b"P6 2 2 255\n" + bytes([red, 0, 0] * 4))


def rendered(ended: Ended) -> bool:
    assert ended.code == 0, ended
    return "rendered nothing" not in ended.log


@pytest.fixture(scope="module")
def made_output(
    made_project: Path, run_child: RunChild, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """What a child makes of the project, to copy."""
    home = tmp_path_factory.mktemp("made")
    assert rendered(run_child(made_project / "scene.blend", home / "out"))
    return home / "out"


@pytest.fixture
def output(made_output: Path, tmp_path: Path) -> Path:
    """An output folder of the test's own, with all frames of the project as it was made."""
    return Path(shutil.copytree(made_output, tmp_path / "out"))


def test_nothing_changed(project: Path, output: Path, run_child: RunChild) -> None:
    assert not rendered(run_child(project / "scene.blend", output))


def test_texture_changed(project: Path, output: Path, run_child: RunChild) -> None:
    write_texture(project / "paint.ppm", red=0)
    ended = run_child(project / "scene.blend", output)
    assert rendered(ended)
    assert "paint" in ended.log


def test_library_changed(
    project: Path, output: Path, run_child: RunChild, make_blend: MakeBlend
) -> None:
    make_blend("ball", into=project / "ball.blend", x=-2.0)
    ended = run_child(project / "scene.blend", output)
    assert rendered(ended)
    assert "ball.blend" in ended.log


def test_another_script(
    made_project: Path, blender_executable: Path, repository: Path, tmp_path: Path
) -> None:
    """What it does to objects is seen nowhere but in itself."""
    script = tmp_path / "tweak.py"
    scripts = ["-P", str(script), "-P", str(repository / "main.py")]
    command = [str(blender_executable), "-b", str(made_project / "scene.blend"), *scripts]
    variables = clean_environment(EFS_BLENDER_OUTPUT_FOLDER_PATH=str(tmp_path / "out"))
    said = []
    for move in (1, 1, 2):
        script.write_text(f"import bpy\nfor one in bpy.data.objects: one.location.x += {move}\n")
        ended = subprocess.run(
            command,
            check=False,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )
        assert ended.returncode == 0, ended.stdout
        said.append(ended.stdout)
    assert ["rendered nothing" in each for each in said] == [False, True, False]
    assert "script tweak.py changed" in said[2]


def test_the_name_that_is_burnt_in(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    for scene, is_rendered in (("stamped", True), ("film", False)):
        blend = make_blend(scene)
        output = tmp_path / f"out of {scene}"
        assert rendered(run_child(blend, output, "--frames", "2"))
        other = Path(shutil.copy(blend, tmp_path / f"other {scene}.blend"))
        assert rendered(run_child(other, output, "--frames", "2")) == is_rendered


def test_settings_changed(project: Path, output: Path, run_child: RunChild) -> None:
    assert rendered(run_child(project / "scene.blend", output, "--samples", "2"))


def test_another_format_removes_the_old_files(
    project: Path, output: Path, run_child: RunChild
) -> None:
    assert rendered(run_child(project / "scene.blend", output, "--format", "jpeg"))
    assert frames_in(output) == ["00001.jpg", "00002.jpg"]


@pytest.mark.once
def test_copied_project_with_new_times_is_reused(
    project: Path, output: Path, run_child: RunChild, tmp_path: Path
) -> None:
    shutil.copytree(project, tmp_path / "elsewhere", copy_function=shutil.copy)
    assert not rendered(run_child(tmp_path / "elsewhere" / "scene.blend", output))


@pytest.mark.once
def test_copied_frames_with_new_times_are_reused(
    project: Path, output: Path, run_child: RunChild, tmp_path: Path
) -> None:
    shutil.copytree(output, tmp_path / "copy", copy_function=shutil.copy)
    assert not rendered(run_child(project / "scene.blend", tmp_path / "copy"))


def test_threads_and_partition_don_t_matter(
    project: Path, output: Path, run_child: RunChild
) -> None:
    words = ("--threads", "1", "--partition", "interleaved", "--frames", "2,1")
    assert not rendered(run_child(project / "scene.blend", output, *words))


@pytest.mark.once
def test_swapped_files_of_equal_size_are_found(
    project: Path, run_child: RunChild, tmp_path: Path
) -> None:
    words, output = ("--format", "tiff", "--codec", "none"), tmp_path / "out"
    assert rendered(run_child(project / "scene.blend", output, *words))
    first, second = output / "00001.tif", output / "00002.tif"
    assert first.stat().st_size == second.stat().st_size
    first.rename(output / "aside")
    second.rename(first)
    (output / "aside").rename(second)
    ended = run_child(project / "scene.blend", output, *words)
    assert rendered(ended)
    assert "rendered 1,2" in ended.log


@pytest.mark.once
@pytest.mark.parametrize("damage", ["truncated", "emptied", "gone", "record gone"])
def test_damaged_frame(damage: str, project: Path, output: Path, run_child: RunChild) -> None:
    picture = output / "00002.png"
    was = pixels(picture)
    if damage == "truncated":
        os.truncate(picture, picture.stat().st_size - 12)
    elif damage == "emptied":
        picture.write_bytes(b"")
    elif damage == "gone":
        picture.unlink()
    else:
        (output / ".array_chunk" / "frames" / "00002.json").unlink()
    ended = run_child(project / "scene.blend", output)
    assert rendered(ended)
    assert "1 of 2 frames are done already" in ended.log
    assert pixels(picture) == was


@pytest.mark.once
def test_overwrite_renders_what_another_array_rendered_and_resumes_its_own(
    project: Path, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = project / "scene.blend", tmp_path / "out"
    first, second = array_variables(1, 0, "first"), array_variables(1, 0, "second")
    assert rendered(run_child(blend, output, **first))
    words = ("--existing", "overwrite")
    assert not rendered(run_child(blend, output, *words, **first))
    assert rendered(run_child(blend, output, *words, **second))
    assert not rendered(run_child(blend, output, *words, **second))
    assert record_of(output, 1)["render_id"] == "second"


@pytest.mark.once
def test_keep_adopts_whole_pictures_only(
    project: Path, output: Path, run_child: RunChild, tmp_path: Path
) -> None:
    given = tmp_path / "given"
    given.mkdir()
    shutil.copy(output / "00001.png", given)
    (given / "00002.png").write_bytes((output / "00002.png").read_bytes()[:-1])
    ended = run_child(project / "scene.blend", given, "--existing", "keep")
    assert rendered(ended)
    assert ended.log.count("adopted") == 1
    assert record_of(given, 1)["adopted"] is True
    assert record_of(given, 2)["adopted"] is False
    assert pixels(given / "00002.png") == pixels(output / "00002.png")


def test_changed_in_the_middle_of_an_array(
    project: Path, run_child: RunChild, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    assert run_child(project / "scene.blend", output, **array_variables(2, 0)).code == 0
    write_texture(project / "paint.ppm", red=7)
    words = ("--help-others", "on")  # with a claim, too, on the frame that it was about to begin
    ended = run_child(project / "scene.blend", output, *words, **array_variables(2, 1))
    assert ended.code == 65, ended
    assert "paint" in ended.log
    assert frames_in(output) == ["00001.png"]
    private = output / ".array_chunk"
    assert os.listdir(private / "notes") == os.listdir(private / "claims") == []
    assert {verdict["exit_code"] for verdict in verdicts_of(output)} == {0, 65}


@pytest.mark.once
def test_late_child_of_a_superseded_array(
    project: Path, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = project / "scene.blend", tmp_path / "out"
    assert run_child(blend, output, **array_variables(2, 0, "old")).code == 0
    words = ("--samples", "2")
    newer = run_child(blend, output, *words, **array_variables(2, 0, "new"))
    assert newer.code == 0
    assert newer.log.count("takes the folder over") == 1
    late = run_child(blend, output, **array_variables(2, 1, "old"))
    assert late.code == 65, late
    assert "taken over" in late.log


def test_missing_texture(project: Path, run_child: RunChild, tmp_path: Path) -> None:
    (project / "paint.ppm").unlink()
    blend, output = project / "scene.blend", tmp_path / "out"
    on_array = run_child(blend, output, **array_variables(2, 0))
    assert on_array.code == 65, on_array
    assert on_array.log.count("wants //paint.ppm") == 1
    alone = run_child(blend, output)
    assert alone.code == 0
    assert "paint.ppm" in alone.log
    assert run_child(blend, output, "--missing", "error").code == 65
    words = ("--missing", "warn")
    assert run_child(blend, output, *words, **array_variables(2, 0, "other")).code == 0


def test_missing_library(project: Path, run_child: RunChild, tmp_path: Path) -> None:
    (project / "ball.blend").unlink()
    ended = run_child(project / "scene.blend", tmp_path / "out", **array_variables(2, 0))
    assert ended.code == 65, ended
    assert "ball.blend" in ended.log


TOUCH_BLEND = """
import bpy, os

@bpy.app.handlers.persistent
def touch(*_):
    os.utime(bpy.data.filepath, ns=(0, 0))

bpy.app.handlers.load_post.append(touch)
"""


def test_saved_while_it_is_opened(
    make_blend: MakeBlend, doors: dict[str, Door], repository: Path, tmp_path: Path
) -> None:
    blend = make_blend("film", into=tmp_path / "film.blend")
    script = tmp_path / "touch.py"
    script.write_text(TOUCH_BLEND)
    door = Door("touched", (*doors["named"].before, "-P", str(script)))
    variables = {"EFS_BLENDER_OUTPUT_FOLDER_PATH": str(tmp_path / "out")}
    child = door.start(repository / "main.py", blend, (), variables)
    log, errors = child.communicate()
    assert child.returncode == 65, log + errors
    assert "was saved while this child read it" in log
    assert frames_in(tmp_path / "out") == []
