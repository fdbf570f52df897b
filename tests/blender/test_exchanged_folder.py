"""What the panel's buttons do with an output folder in which files were exchanged."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from exchanged import assert_text_alone, exchange_all, state_of, turns

LONGEST_SECONDS = 120
"""A hang would be longer, also on a busy machine: it is ended by a signal, and has failed."""
BUTTONS = ("array_chunk_refresh", "array_chunk_verify", "array_chunk_report", "array_chunk_load")


@pytest.fixture
def output(tmp_path: Path) -> Iterator[Path]:
    """The output folder, complete, of a saved file of 4 frames."""
    bpy.ops.wm.read_factory_settings()
    scene: Any = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    scene.frame_end = 4
    scene.array_chunk.size, scene.array_chunk.output = 2, str(tmp_path / "out")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    bpy.ops.render.array_chunk(size=1, output=str(tmp_path / "out"))
    children = tmp_path / "out" / ".array_chunk" / "children"  # as a child of a farm leaves them
    children.mkdir(exist_ok=True)
    for suffix in (".json", ".log"):
        (children / f"0-of-2.1.elsewhere-7{suffix}").touch()
    yield tmp_path / "out"
    bpy.ops.wm.read_factory_settings()


@pytest.fixture
def in_time() -> Iterator[None]:
    def fail(number: int, frame: Any) -> None:
        raise AssertionError("it hangs")

    kept = signal.signal(signal.SIGALRM, fail)
    signal.alarm(LONGEST_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, kept)


@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize("turn", turns())
def test_no_button_hangs_or_breaks(turn: int, output: Path, tmp_path: Path, capfd: Any) -> None:
    exchange_all(output, tmp_path / "outside", turn)
    before = state_of(tmp_path / "outside")
    capfd.readouterr()
    for name in BUTTONS:
        try:
            assert getattr(bpy.ops.render, name)() == {"FINISHED"}, name
        except RuntimeError as error:  # the pin is exchanged, without which nothing counts as done
            assert name == "array_chunk_load"
            assert "No frame is done" in str(error)
        said = capfd.readouterr()
        assert "Traceback" not in said.out + said.err, name
        for line in (said.out + said.err).splitlines():
            if line.startswith(("Info:", "Warning:", "Error:")):
                assert_text_alone(line)
    table: Any = bpy.context.window_manager.array_chunk_table
    assert [row.wanted for row in table.rows] == [2, 2], table.message
    assert state_of(tmp_path / "outside") == before
