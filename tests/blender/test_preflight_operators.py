"""Check for Farm and its two buttons, as the panel calls them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from faulty_scenes import FAULTS, clean_scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Any]:
    yield clean_scene(tmp_path / "project")
    bpy.ops.wm.read_factory_settings()


def checked() -> list[str]:
    assert bpy.ops.render.array_chunk_check() == {"FINISHED"}
    return [finding.kind for finding in bpy.context.window_manager.array_chunk_findings]


def test_a_clean_scene_has_an_empty_list(scene: Any) -> None:
    assert checked() == []


def test_errors_come_first(scene: Any) -> None:
    scene.cycles.time_limit = 3
    scene.camera = None
    scene.cycles.device = "GPU"
    assert checked() == ["camera-missing", "device-gpu", "time-limit"]
    assert scene.cycles.device == "GPU"


def test_the_scene_s_own_settings_count(scene: Any) -> None:
    scene.render.resolution_percentage = 50
    assert checked() == ["resolution-reduced"]
    scene.array_chunk.percentage = 50
    assert checked() == []


def test_fix_puts_right_and_checks_again(scene: Any) -> None:
    scene.cycles.time_limit = 3
    scene.cycles.device = "GPU"
    assert checked() == ["device-gpu", "time-limit"]
    assert bpy.ops.render.array_chunk_fix(index=0) == {"FINISHED"}
    kept = bpy.context.window_manager.array_chunk_findings
    assert [finding.kind for finding in kept] == ["time-limit"]
    assert scene.cycles.device == "CPU"


@pytest.mark.parametrize("index", [0, 7])
def test_no_fix_is_said(scene: Any, index: int) -> None:
    scene.camera = None
    bpy.data.objects.remove(bpy.data.objects["Camera"])
    assert checked() == ["camera-missing"]
    with pytest.raises(RuntimeError, match="check again"):
        bpy.ops.render.array_chunk_fix(index=index)


def test_a_data_block_that_is_gone_is_said(
    scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FAULTS["camera-hidden"](scene, tmp_path / "project", monkeypatch)
    assert checked() == ["camera-hidden"]
    bpy.data.objects.remove(bpy.data.objects["Other"])
    with pytest.raises(RuntimeError, match="gone"):
        bpy.ops.render.array_chunk_fix(index=0)
    assert bpy.ops.render.array_chunk_select(index=0) == {"CANCELLED"}


def test_select_makes_the_object_active(
    scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FAULTS["camera-hidden"](scene, tmp_path / "project", monkeypatch)
    assert checked() == ["camera-hidden"]
    assert bpy.ops.render.array_chunk_select(index=0) == {"FINISHED"}
    layer = bpy.context.view_layer
    assert layer.objects.active.name == "Other"
    assert [each.name for each in layer.objects if each.select_get()] == ["Other"]


@pytest.mark.parametrize("kind", ["image-missing", "view-layer-off", "simulation-missing"])
def test_select_of_everything_else(
    kind: str, scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FAULTS[kind](scene, tmp_path / "project", monkeypatch)
    assert checked() == [kind]
    assert bpy.ops.render.array_chunk_select(index=0) == {"FINISHED"}


def test_findings_are_not_saved(scene: Any) -> None:
    scene.cycles.time_limit = 3
    assert checked() == ["time-limit"]
    path = bpy.data.filepath
    bpy.ops.wm.save_mainfile()
    assert b"time-limit" not in Path(path).read_bytes()
