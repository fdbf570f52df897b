"""Each kind of finding: a scene that has the fault, and one that has not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import faulty_scenes
import pytest
from array_chunk_render.chunking.plan import Plan
from array_chunk_render.command_line.options import ALL_OPTIONS, variables_of
from array_chunk_render.command_line.window_words import window_line
from array_chunk_render.rendering.farm_check import check_for_farm
from array_chunk_render.rendering.preparing import prepared
from array_chunk_render.scene.chosen_scene import scene_and_settings, scene_frames
from array_chunk_render.scene.preflight import Finding, preflight
from array_chunk_render.scene.preflight.fixes import FIXES
from array_chunk_render.scene.preflight.kinds import (
    ERROR,
    KINDS,
    MISSING,
    WARNING,
)
from faulty_scenes import FAULTS, clean_scene

NO_FIX_HERE = {"save"}
"""It opens the file browser, which the background has not."""


@pytest.fixture(autouse=True)
def after(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave no class and no scene behind."""
    yield
    monkeypatch.undo()
    while faulty_scenes.registered:
        bpy.utils.unregister_class(faulty_scenes.registered.pop())
    bpy.ops.wm.read_factory_settings()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The project's folder; what lies beside it is outside."""
    return tmp_path / "project"


def check(told: dict[str, Any]) -> list[Finding]:
    scene, settings = scene_and_settings(told, bpy.context.scene)
    return check_for_farm(scene, settings, Plan.of(settings, scene_frames(scene)).frames)


def of_child(told: dict[str, Any]) -> list[Finding]:
    scene, settings = scene_and_settings(told, bpy.context.scene)
    frames = Plan.of(settings, scene_frames(scene)).frames
    with prepared(scene, settings):
        return preflight(scene, settings, frames, on_array=False)


def assert_in_words_of_the_window(sentence: str) -> None:
    shown = window_line(sentence)
    assert not re.search(r"--[a-z]|[A-Z]=", shown), shown
    assert not any(variable in shown for variable in variables_of(ALL_OPTIONS)), shown


def test_every_kind_has_its_fault() -> None:
    assert FAULTS.keys() == KINDS.keys()
    assert len(KINDS) >= 30


def test_every_fix_of_the_table_is_there() -> None:
    assert {kind.fix for kind in KINDS.values()} - {""} == FIXES.keys()


def test_a_clean_scene_has_no_finding(home: Path) -> None:
    clean_scene(home)
    assert check({}) == []


@pytest.mark.parametrize("kind", FAULTS)
def test_fault_is_found(kind: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = clean_scene(home)
    told = FAULTS[kind](scene, home, monkeypatch) or {}
    findings = [finding for finding in check(told) if finding.kind == kind]
    assert findings
    finding = findings[0]
    severity = KINDS[kind].severity
    assert finding.severity == (WARNING if severity == MISSING else severity)
    assert finding.message.endswith(".")
    for each in check(told):
        assert_in_words_of_the_window(each.message)
    assert not finding.data.collection or finding.data.find() is not None
    assert finding.fix in {"", KINDS[kind].fix}
    if kind in {"settings-contradict", "gpu-missing"}:
        return  # a child is refused before its checks
    assert (kind in {each.kind for each in of_child(told)}) == KINDS[kind].children


@pytest.mark.parametrize("kind", [kind for kind in FAULTS if KINDS[kind].severity == MISSING])
def test_what_is_missing_is_an_error_on_an_array(
    kind: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FAULTS[kind](clean_scene(home), home, monkeypatch)
    assert {each.severity for each in check({"size": 2}) if each.kind == kind} == {ERROR}
    told = {"size": 2, "missing": "warn"}
    assert {each.severity for each in check(told) if each.kind == kind} == {WARNING}


@pytest.mark.parametrize(
    "kind", [kind for kind in FAULTS if KINDS[kind].fix and KINDS[kind].fix not in NO_FIX_HERE]
)
def test_fix_makes_the_finding_vanish(
    kind: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = clean_scene(home)
    told = FAULTS[kind](scene, home, monkeypatch) or {}
    (finding,) = [each for each in check(told) if each.kind == kind]
    assert finding.fix
    FIXES[finding.fix].apply(bpy.context.scene, finding)
    assert [each for each in check(told) if each.kind == kind] == []


def test_the_checks_leave_the_scene_alone(home: Path) -> None:
    scene = clean_scene(home)
    scene.cycles.device = "GPU"
    check({"format": "jpeg", "percentage": 10, "samples": 7})
    image = scene.render.image_settings
    assert (image.file_format, scene.cycles.device, scene.cycles.samples) == ("PNG", "GPU", 1)
    assert scene.render.resolution_percentage == 100


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("movie-format", {"format": "png"}),
        ("resolution-reduced", {"percentage": 50}),
        ("picture-below-pixel", {"percentage": 100}),
        ("camera-missing", {"camera": "Camera"}),
        ("camera-unsaved", {"camera": "Camera"}),
        ("view-layer-off", {"layers": "ViewLayer"}),
        ("engine-display", {"eevee": True}),
        ("denoiser-missing", {"denoise": "off"}),
        ("seed-animated", {"seed": 3}),
        ("frame-step", {"frames": "1-5"}),
        ("drivers-need-scripts", {"scripts": "off"}),
    ],
)
def test_a_setting_cures(
    kind: str, told: dict[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FAULTS[kind](clean_scene(home), home, monkeypatch)
    assert kind not in {each.kind for each in check(told)}


def test_only_cameras_of_the_chunk_count(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FAULTS["camera-hidden"](clean_scene(home), home, monkeypatch)
    assert check({"frames": "1-4"}) == []


def test_what_is_not_rendered_is_not_missing(home: Path) -> None:
    scene = clean_scene(home)
    faulty_scenes.painted(faulty_scenes.image_at("//gone.png"))
    bpy.data.objects["Cube"].hide_render = True
    assert bpy.context.scene == scene
    assert check({}) == []


def test_an_animated_property_wins_over_its_setting(home: Path) -> None:
    scene = clean_scene(home)
    scene.cycles.keyframe_insert("samples", frame=1)
    (finding,) = check({"samples": 4})
    assert finding.kind == "settings-contradict"
    assert "--samples" in finding.message
    assert check({}) == []


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (1, "is older than"),
        (0, "another Blender has it and this one has not"),
        (-1, "Blender has removed it since"),
    ],
)
def test_why_a_node_is_unknown(
    by: int, words: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = clean_scene(home)
    FAULTS["node-unknown"](scene, home, monkeypatch)
    path = Path(bpy.data.filepath)
    bpy.ops.wm.save_mainfile(compress=False)
    faulty_scenes.make_newer(path, by)
    bpy.ops.wm.open_mainfile(filepath=str(path))
    (finding,) = [each for each in check({}) if each.kind == "node-unknown"]
    assert words in finding.message
    assert "too old" not in finding.message
