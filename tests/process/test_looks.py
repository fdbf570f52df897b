"""What decides the pixels beside the .blend: cached textures, colors, the project's variables.

Pictures are compared with those that the same Blender renders by itself.
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from children import (
    Ended,
    MakeBlend,
    RunChild,
    array_variables,
    clean_environment,
    frames_in,
    pixels,
)
from color_configs import color_config

SMALL = {"width": 48, "height": 27, "end": 2}
RenderPlainly = Callable[..., Path]


@pytest.fixture
def render_plainly(blender_executable: Path, tmp_path: Path) -> RenderPlainly:
    """Blender's own picture of frame 1: `render_plainly(blend, "name", line of Python)`."""

    def render(blend: Path, name: str, line: str = "") -> Path:
        path = tmp_path / f"{name}.png"
        expression = (
            "import bpy; scene = bpy.context.scene; render = scene.render; scene.frame_set(1); "
            f"render.filepath = {str(path)!r}; {line or 'pass'}; "
            "bpy.ops.render.render(write_still=True)"
        )
        subprocess.run(
            [str(blender_executable), "-b", str(blend), "--python-expr", expression],
            env=clean_environment(),
            capture_output=True,
            check=True,
        )
        return path

    return render


@pytest.fixture
def painted(make_blend: MakeBlend, tmp_path: Path) -> Path:
    """A .blend with a texture of noise: a cached tile of it, of less resolution, looks smoother."""
    folder = tmp_path / "shot"
    folder.mkdir()
    noise = random.Random(1).randbytes(256 * 256 * 3)
    (folder / "noise.ppm").write_bytes(b"P6 256 256 255\n" + noise)
    return make_blend(
        "textured", into=folder / "shot.blend", texture=str(folder / "noise.ppm"), **SMALL
    )


@pytest.fixture
def cached(painted: Path, render_plainly: RenderPlainly) -> Path:
    """The picture with the cache that Blender made beside the texture."""
    picture = render_plainly(
        painted,
        "cached",
        "render.use_auto_generate_texture_cache = hasattr(render, 'use_texture_cache')",
    )
    if not (painted.parent / "blender_tx").is_dir():
        pytest.skip("this Blender has no texture cache")
    return picture


def test_texture_cache_is_left_alone(
    painted: Path,
    cached: Path,
    render_plainly: RenderPlainly,
    run_child: RunChild,
    tmp_path: Path,
) -> None:
    plain = render_plainly(painted, "plain", "render.use_texture_cache = False")
    assert pixels(plain) != pixels(cached)
    assert run_child(painted, tmp_path / "out", "--frames", "1").code == 0
    assert pixels(tmp_path / "out" / "00001.png") == pixels(plain)


def test_texture_cache_that_is_asked_for(
    painted: Path, cached: Path, run_child: RunChild, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    words = ("--texture-cache", "true")
    assert run_child(painted, output, *words, **array_variables(2, 0)).code == 0
    assert pixels(output / "00001.png") == pixels(cached)
    for tile in (painted.parent / "blender_tx").iterdir():
        tile.unlink()
    ended = run_child(painted, output, *words, **array_variables(2, 1))
    assert ended.code == 65, ended
    assert 'texture cache of image "noise.ppm"' in ended.log
    assert frames_in(output) == ["00001.png"]


def test_other_colors_never_join_the_film(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film", **{**SMALL, "end": 4}), tmp_path / "out"
    one = color_config(tmp_path / "one", 0.5)

    def child(index: int, config: Path | None) -> Ended:
        variables = array_variables(4, index)
        if config is not None:
            variables["OCIO"] = str(config)
        return run_child(blend, output, **variables)

    assert child(0, one).code == 0
    # The same colors elsewhere are the same colors.
    assert child(1, color_config(tmp_path / "copy", 0.5)).code == 0
    others = (
        color_config(tmp_path / "gamma", 0.7),
        color_config(tmp_path / "table", 0.5, table_gamma=1.5),
        None,
    )
    for config in others:
        ended = child(2, config)
        assert ended.code == 65, ended
        assert "color configuration (OpenColorIO) changed" in ended.log
    ended = child(2, tmp_path / "none.ocio")
    if ended.code != -signal.SIGABRT:  # Debian's 4.3 ends by itself, before main.py is read
        assert ended.code == 65, ended
        assert "none.ocio', which the variable OCIO names, is not there" in ended.log
    assert "Traceback" not in ended.everything
    assert frames_in(output) == ["00001.png", "00002.png"]


def test_colors_show_in_the_pictures(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    """What the test above takes for other colors are other colors to Blender."""
    blend = make_blend("film", **{**SMALL, "end": 4})
    looks = {"one": (0.5, 1.0), "gamma": (0.7, 1.0), "table": (0.5, 1.5)}
    pictures = set()
    for name, gammas in looks.items():
        config = color_config(tmp_path / name / "colors", *gammas)
        ended = run_child(blend, tmp_path / name, "--frames", "1", OCIO=str(config))
        assert ended.code == 0, ended
        pictures.add(pixels(tmp_path / name / "00001.png"))
    assert len(pictures) == 3


@pytest.mark.parametrize("variable", ["BLENDER_USER_DATAFILES", "BLENDER_SYSTEM_DATAFILES"])
def test_data_files_in_the_place_of_blender_s(
    variable: str, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    """As a user has them in the folder of the configuration, or a studio for all."""
    blend, output = make_blend("film", **SMALL), tmp_path / "out"
    assert run_child(blend, output, **array_variables(2, 0)).code == 0
    colors = tmp_path / "data" / "colormanagement"
    color_config(colors, 0.7).rename(colors / "config.ocio")
    (tmp_path / "data" / "fonts").mkdir()
    (tmp_path / "data" / "fonts" / "letters.woff2").touch()
    ended = run_child(blend, output, **{variable: str(tmp_path / "data")}, **array_variables(2, 1))
    assert ended.code == 65, ended
    assert "color configuration (OpenColorIO) changed" in ended.log
    assert "data files of Blender: fonts is new" in ended.log
    assert frames_in(output) == ["00001.png"]


@pytest.fixture
def project(make_blend: MakeBlend, has_projects: None, tmp_path: Path) -> Path:
    """The root of a project; its .blend lies in `shots`, and its colors are its own."""
    root = tmp_path / "show"
    color_config(root, 0.5)
    config = "{project_root}/colors.ocio"
    blend = root / "shots" / "shot.blend"
    make_blend("in_project", into=blend, root=str(root), config=config, **{**SMALL, "end": 4})
    return root


@pytest.fixture(scope="session")
def has_projects(blender_executable: Path) -> None:
    expression = "import bpy; print('projects:', hasattr(bpy.data, 'project'))"
    command = [str(blender_executable), "-b", "--factory-startup", "--python-expr", expression]
    if "projects: True" not in subprocess.check_output(command, text=True):
        pytest.skip("this Blender has no projects")


def test_the_project_s_variables(project: Path, run_child: RunChild, tmp_path: Path) -> None:
    output = tmp_path / "out"
    blend = project / "shots" / "shot.blend"
    assert run_child(blend, output, **array_variables(4, 0)).code == 0
    assert frames_in(output) == ["00001.png", "compositor/passes/sh010_00001.exr"]
    moved = project.rename(tmp_path / "moved")
    blend = moved / "shots" / "shot.blend"
    assert run_child(blend, output, **array_variables(4, 1)).code == 0
    settings = moved / ".blender_project" / "project.toml"
    settings.write_text(settings.read_text().replace("sh010", "sh020"))
    ended = run_child(blend, output, **array_variables(4, 2))
    assert ended.code == 65, ended
    assert 'project "Show" changed' in ended.log


def test_the_project_s_colors(project: Path, run_child: RunChild, tmp_path: Path) -> None:
    output = tmp_path / "out"
    blend = project / "shots" / "shot.blend"
    assert run_child(blend, output, **array_variables(4, 0)).code == 0
    color_config(tmp_path / "other", 0.7).replace(project / "colors.ocio")
    ended = run_child(blend, output, **array_variables(4, 1))
    assert ended.code == 65, ended
    assert "color configuration (OpenColorIO) changed" in ended.log
    (project / "colors.ocio").unlink()
    ended = run_child(blend, output, **array_variables(4, 1))
    assert ended.code == 65, ended
    assert "which the project 'Show' names, is not there" in ended.log
    assert frames_in(output) == ["00001.png", "compositor/passes/sh010_00001.exr"]


def test_a_file_copied_away_from_its_project(
    project: Path, run_child: RunChild, tmp_path: Path
) -> None:
    away = shutil.copy(project / "shots" / "shot.blend", tmp_path / "away.blend")
    for code, words in ((65, ("check",)), (65, ())):
        ended = run_child(away, tmp_path / "out", *words)
        assert ended.code == code, ended
        said = " ".join(ended.log.split())
        assert "Unknown variable referenced in template expression '{shot}'" in said
        assert "Traceback" not in ended.everything
    assert frames_in(tmp_path / "out") == []
