"""Each kind of finding: a scene that has the fault, and one that has not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import faulty_scenes
import moving_scenes
import pytest
from array_chunk_render.child.session import Session
from array_chunk_render.chunking.plan import Plan
from array_chunk_render.command_line.options import all_options, variables_of
from array_chunk_render.command_line.window_words import window_line
from array_chunk_render.rendering.farm_check import check_for_farm
from array_chunk_render.rendering.preparing import prepared
from array_chunk_render.scene.chosen_scene import scene_and_settings, scene_frames
from array_chunk_render.scene.preflight import Finding, preflight
from array_chunk_render.scene.preflight.fixes import FIXES
from array_chunk_render.scene.preflight.kinds import ERROR, KINDS, MISSING, WARNING
from faulty_scenes import FAULTS, clean_scene, has_shading_language

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
    frames = Plan.of(settings, scene_frames(scene)).frames
    return check_for_farm(scene, settings, frames, Session())


def of_child(told: dict[str, Any]) -> list[Finding]:
    scene, settings = scene_and_settings(told, bpy.context.scene)
    frames = Plan.of(settings, scene_frames(scene)).frames
    with prepared(scene, settings):
        return preflight(scene, settings, frames, on_array=False)


def assert_in_words_of_the_window(sentence: str) -> None:
    shown = window_line(sentence)
    assert not re.search(r"--[a-z]|[A-Z]=", shown), shown
    assert not any(variable in shown for variable in variables_of(all_options())), shown


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
    if kind == "shader-stale" and not has_shading_language():
        pytest.skip("this Blender was built without the Open Shading Language")
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


def strip_of(scene: bpy.types.Scene, name: str, value: int) -> Any:
    """A strip of the scene's NLA editor that keeps this property of Cycles at the value."""
    setattr(scene.cycles, name, value)
    scene.cycles.keyframe_insert(name, frame=1)
    animation = scene.animation_data
    strip = animation.nla_tracks.new().strips.new(name, 1, animation.action)
    animation.action = None
    return strip


@pytest.mark.parametrize(
    ("name", "option", "kind"),
    [
        pytest.param("samples", {"samples": 4}, "settings-contradict", id="samples"),
        pytest.param("seed", {"seed": 4}, "settings-contradict", id="seed"),
        pytest.param("seed", {}, "seed-animated", id="seed by itself"),
    ],
)
def test_a_strip_of_keyframes_is_an_animation(
    name: str, option: dict[str, Any], kind: str, home: Path
) -> None:
    scene = clean_scene(home)
    strip_of(scene, name, 3)
    setattr(scene.cycles, name, 4)
    scene.frame_set(2)
    assert getattr(scene.cycles, name) == 3
    assert [each.kind for each in check(option)] == [kind]


def test_strips_in_a_meta_strip_are_an_animation(home: Path) -> None:
    scene = clean_scene(home)
    strip_of(scene, "samples", 3).select = True
    (track,) = scene.animation_data.nla_tracks
    moving_scenes.pack_strips()
    assert [(strip.type, strip.action) for strip in track.strips] == [("META", None)]
    assert [each.kind for each in check({"samples": 4})] == ["settings-contradict"]


def mute_the_strip(animation: Any) -> None:
    animation.nla_tracks[0].strips[0].mute = True


def mute_the_track(animation: Any) -> None:
    animation.nla_tracks[0].mute = True


def play_another_track_alone(animation: Any) -> None:
    animation.nla_tracks.new().is_solo = True


def switch_all_strips_off(animation: Any) -> None:
    animation.use_nla = False


@pytest.mark.parametrize(
    ("change", "is_lost"),
    [
        (mute_the_strip, True),  # Blender sets the property to its default
        (mute_the_track, False),
        (play_another_track_alone, False),
        (switch_all_strips_off, False),
    ],
)
def test_strips_of_keyframes_count_as_blender_plays_them(
    change: Callable[[Any], None], is_lost: bool, home: Path
) -> None:
    scene = clean_scene(home)
    strip_of(scene, "samples", 3)
    change(scene.animation_data)
    scene.cycles.samples = 4
    scene.frame_set(2)
    assert (scene.cycles.samples != 4) == is_lost
    assert [each.kind for each in check({"samples": 4})] == ["settings-contradict"] * is_lost


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
