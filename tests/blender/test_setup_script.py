"""A set-up script and the operator in one process that lives on: the scene stays the script's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest
from array_chunk_render.child.session import session_of_process
from array_chunk_render.child.setup_script import run_setup_script
from scene_snapshot import whole_scene

SCRIPT = """
import os
import bpy
scene = bpy.context.scene
scene.frame_end = int(os.environ["STUDIO_LAST_FRAME"])
scene.cycles.samples, scene.cycles.device = 2, "GPU"
scene.render.filepath = "//by_script/"
scene.render.use_overwrite = False
bpy.data.lights[0].energy = 5
"""


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[bpy.types.Scene]:
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    yield scene
    bpy.ops.wm.read_factory_settings()


def test_scene_stays_as_the_script_left_it(
    scene: bpy.types.Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, output, verdict = (tmp_path / name for name in ("set_up.py", "out", "verdict.json"))
    script.write_text(SCRIPT)
    monkeypatch.setenv("STUDIO_LAST_FRAME", "2")
    set_up = run_setup_script(str(script), "--setup-script", (), ())
    monkeypatch.setattr(session_of_process(), "set_up", set_up)
    before = whole_scene(scene)
    bpy.ops.render.array_chunk(output=str(output), verdict=str(verdict), resolution="16x16")
    assert whole_scene(scene) == before
    assert before["scene.render.filepath"] == "//by_script/"
    told = json.loads(verdict.read_text())
    assert (told["exit_code"], told["rendered"]) == (0, "1,2")
    parts = json.loads((output / ".array_chunk" / "render.json").read_text())["parts"]
    assert {name for name in parts if name.startswith("set-up")} == {
        "set-up script",
        "set-up variable STUDIO_LAST_FRAME",
    }
    assert parts["scene.cycles.samples"] == "2"
