"""What decides the pixels beside the .blend: cached textures, colors, the project's variables.

Pictures are compared with those that the same Blender renders by itself.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from children import MakeBlend, RunChild, array_variables, clean_environment, frames_in, pixels

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
