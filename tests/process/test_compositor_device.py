"""What is drawn on the GPU, on a machine that has none and no EGL."""

from __future__ import annotations

from pathlib import Path

import pytest
from children import MakeBlend, RunChild, frames_in

NO_EGL = {"__EGL_VENDOR_LIBRARY_FILENAMES": "/no/driver.json"}


def test_it_works_on_the_cpu(make_blend: MakeBlend, run_child: RunChild, tmp_path: Path) -> None:
    """Blender alone would end with 134 or 139."""
    ended = run_child(make_blend("gpu_compositor", end=2), tmp_path / "out", **NO_EGL)
    assert ended.code == 0, ended
    assert frames_in(tmp_path / "out") == ["00001.png", "00002.png"]
    assert "compositor of the scene 'Scene' asks for the GPU; it works on the CPU" in ended.log


def test_where_it_may_use_a_gpu_the_missing_egl_is_said(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    """By an engine that draws: --gpu is refused before, on a machine without a GPU."""
    blend = make_blend("eevee", end=1)
    ended = run_child(blend, tmp_path / "out", USE_EEVEE="True", **NO_EGL)
    assert ended.code == 65, ended
    assert "has no EGL to draw by" in ended.everything
    assert frames_in(tmp_path / "out") == []


@pytest.mark.parametrize("is_hidden", [False, True], ids=["shown", "hidden"])
def test_grease_pencil_in_a_picture_by_cycles(
    is_hidden: bool, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    """Blender draws it itself, and would end with 134 or 139."""
    blend = make_blend("grease_pencil", is_hidden=is_hidden, end=1)
    ended = run_child(blend, tmp_path / "out", **NO_EGL)
    assert ended.code == (0 if is_hidden else 65), ended
    assert ("has no EGL to draw by" in ended.everything) == (not is_hidden)
    assert frames_in(tmp_path / "out") == (["00001.png"] if is_hidden else [])
