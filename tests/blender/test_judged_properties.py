"""Every property that could decide pixels is judged, and those that may are in the fingerprint.

The properties are Blender's own lists: a later Blender's new ones fail here by their names.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.scene.identity import fingerprint_of
from array_chunk_render.scene.pixel_preferences import CYCLES_ON_GPU, DRAWN, EVERYWHERE
from array_chunk_render.scene.pixel_variables import WORDS
from array_chunk_render.scene.read_back import settings_of, simple_properties

FILE = Path(__file__).with_name("judged_properties.toml")
JUDGED = {
    struct: {verdict: set(names.split()) for verdict, names in verdicts.items()}
    for struct, verdicts in tomllib.loads(FILE.read_text()).items()
}
PREFERENCES = {"CyclesPreferences", "PreferencesExperimental", "PreferencesSystem"}


def structs() -> dict[str, Any]:
    """Those of the file that this Blender has."""
    scene = bpy.context.scene
    cycles = {
        "CyclesRenderSettings": scene.cycles,
        "CyclesRenderLayerSettings": scene.view_layers[0].cycles,
        "CyclesPreferences": bpy.context.preferences.addons["cycles"].preferences,
    }
    types = {name: getattr(bpy.types, name) for name in JUDGED if hasattr(bpy.types, name)}
    return types | cycles


def names_of(struct: Any) -> set[str]:
    return {each.identifier for each in struct.bl_rna.properties}


def test_every_property_is_judged() -> None:
    unjudged = {
        f"{name}.{each}"
        for name, struct in structs().items()
        for each in names_of(struct) - set().union(*JUDGED[name].values())
    }
    assert unjudged == set(), "judge these in tests/blender/judged_properties.toml"


def test_no_property_is_judged_twice() -> None:
    for struct, verdicts in JUDGED.items():
        names = [name for names in verdicts.values() for name in names]
        assert len(names) == len(set(names)), struct


def test_what_is_judged_to_decide_pixels_is_read() -> None:
    for name, struct in structs().items():
        judged = JUDGED[name].get("read", set()) & names_of(struct)
        if judged and name not in PREFERENCES:
            assert set(simple_properties(struct)) == judged, name


def test_preferences_that_decide_pixels_are_read() -> None:
    read = {path.rpartition(".")[2] for path in (*EVERYWHERE, *DRAWN, *CYCLES_ON_GPU)}
    assert set().union(*(JUDGED[name]["read"] for name in PREFERENCES)) == read


@pytest.fixture
def scene() -> Iterator[Any]:
    bpy.ops.wm.read_factory_settings()
    bpy.context.scene.render.engine = "CYCLES"
    yield bpy.context.scene
    bpy.ops.wm.read_factory_settings()


def changes(scene: Any, owner: Any, name: str, value: Any, device: str = "CPU") -> bool:
    """Whether a property makes another fingerprint."""
    before = parts(scene, device)
    setattr(owner, name, value)
    return parts(scene, device) != before


def parts(scene: Any, device: str) -> dict[str, str]:
    every = fingerprint_of(scene, device, "").parts
    return {name: part for name, part in every.items() if name != "the data in memory"}


def test_settings_beside_the_scene_s_own(scene: Any) -> None:
    image, layer = scene.render.image_settings, scene.view_layers[0]
    assert changes(scene, layer, "use_pass_mist", True)
    assert changes(scene, layer.cycles, "denoising_store_passes", True)
    assert changes(scene, image.stereo_3d_format, "display_mode", "TOPBOTTOM")
    assert changes(scene, scene.sequencer_colorspace_settings, "name", "Non-Color")
    assert not changes(scene, scene.render, "use_persistent_data", True)
    image.file_format, image.color_management = "OPEN_EXR", "OVERRIDE"
    assert settings_of(scene)["scene.render.image_settings.linear_colorspace.name"]


def test_preferences(scene: Any) -> None:
    preferences = bpy.context.preferences
    system = preferences.system
    assert changes(scene, preferences.experimental, "override_auto_resync", True)
    assert not changes(scene, system, "anisotropic_filter", "FILTER_4")
    scene.render.engine = "BLENDER_WORKBENCH"
    assert changes(scene, system, "anisotropic_filter", "FILTER_8", "display")
    cycles = preferences.addons["cycles"].preferences
    assert not changes(scene, cycles, "use_hiprt", not cycles.use_hiprt)
    assert changes(scene, cycles, "use_hiprt", not cycles.use_hiprt, "HIP")


def test_variables(scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = tmp_path / "weights.tza"
    weights.write_bytes(b"some")
    before = parts(scene, "CPU")
    for name in WORDS:
        former = parts(scene, "CPU")
        monkeypatch.setenv(name, "AgX")
        assert parts(scene, "CPU") != former
    views = parts(scene, "CPU")
    monkeypatch.setenv("CYCLES_OIDN_CUSTOM_WEIGHTS", str(weights))
    some = parts(scene, "CPU")
    weights.write_bytes(b"others")
    others = parts(scene, "CPU")
    assert len({str(each) for each in (before, views, some, others)}) == 4
