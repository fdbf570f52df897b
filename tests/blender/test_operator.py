"""RENDER_OT_array_chunk, called as a script or a menu calls it, and the scene that it leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.command_line.window_words import window_line
from compositing import compositing_tree, file_output
from scene_snapshot import snapshot, whole_scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[bpy.types.Scene]:
    """A small film, saved, with much that the operator has to set aside and put back."""
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    render = scene.render
    render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.device = 1, "GPU"
    scene.cycles.use_denoising = False
    render.resolution_x, render.resolution_y, render.resolution_percentage = 32, 18, 100
    render.filepath = "M:/Film/out_"
    render.use_file_extension = False
    render.use_overwrite = False
    render.use_placeholder = True
    render.threads_mode = "AUTO"
    scene.frame_start, scene.frame_end, scene.frame_step = 3, 9, 2
    scene.frame_set(5)
    add_marker(scene)
    add_file_output(scene)
    scene.view_layers.new("Second")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    yield scene
    bpy.ops.wm.read_factory_settings()


def add_marker(scene: bpy.types.Scene) -> None:
    other = bpy.data.objects.new("Other", bpy.data.cameras.new("Other"))
    scene.collection.objects.link(other)
    scene.timeline_markers.new("cut", frame=1).camera = other


def add_file_output(scene: bpy.types.Scene) -> None:
    tree = compositing_tree(scene)
    node = file_output(tree, "//passes", "Image", "PNG")
    tree.links.new(tree.nodes["Layers"].outputs["Image"], node.inputs[0])


def call(tmp_path: Path, **settings: Any) -> dict[str, Any]:
    """Call the operator; return its verdict."""
    path = tmp_path / "verdict.json"
    path.unlink(missing_ok=True)
    try:
        bpy.ops.render.array_chunk(output=str(tmp_path / "out"), verdict=str(path), **settings)
    except RuntimeError as error:
        # Blender makes one of every error that an operator reports, in the window's words.
        assert window_line(json.loads(path.read_text())["message"]) in str(error)
    return dict(json.loads(path.read_text()))


CHANGES: dict[str, Any] = {
    "camera": "Camera",
    "layers": "Second",
    "resolution": "16x16",
    "percentage": 50,
    "format": "OPEN_EXR_MULTILAYER",
    "samples": 2,
    "seed": 7,
    "denoise": "OFF",
    "simplify": "ON",
    "threads": 1,
}


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        pytest.param({}, 0, id="as it is"),
        pytest.param(CHANGES, 0, id="everything changed"),
        pytest.param({"format": "JPEG", "quality": 3}, 0, id="another format"),
        pytest.param({"frames": "-3"}, 0, id="negative frame"),
        pytest.param({**CHANGES, "scene": "no such"}, 65, id="refused"),
        pytest.param({**CHANGES, "codec": "no such"}, 64, id="bad setting"),
        pytest.param({"stage": "/no/such"}, 74, id="no stage"),
    ],
)
def test_the_scene_is_left_as_it_was(
    scene: bpy.types.Scene, tmp_path: Path, settings: dict[str, Any], code: int
) -> None:
    before = whole_scene(scene)
    assert len(before) > 300
    verdict = call(tmp_path, **settings)
    assert verdict["exit_code"] == code, verdict
    after = whole_scene(scene)
    assert {name: after.get(name) for name in before if after.get(name) != before[name]} == {}
    assert after.keys() == before.keys()


PAIRS = [
    ("PNG", "RGBA", "8", {"format": "JPEG"}),
    ("PNG", "RGBA", "8", {"format": "OPEN_EXR"}),
    ("PNG", "RGB", "16", {"format": "OPEN_EXR_MULTILAYER"}),
    ("OPEN_EXR", "RGBA", "32", {"format": "TIFF"}),
    ("OPEN_EXR", "RGBA", "32", {"format": "PNG", "depth": "16"}),
    ("OPEN_EXR", "RGB", "32", {"format": "OPEN_EXR_MULTILAYER", "depth": "32"}),
    ("OPEN_EXR_MULTILAYER", "RGBA", "32", {"format": "PNG"}),
]


@pytest.mark.parametrize(("own", "mode", "depth", "settings"), PAIRS)
def test_mode_and_depth_come_back_with_the_format(
    scene: bpy.types.Scene,
    tmp_path: Path,
    own: str,
    mode: str,
    depth: str,
    settings: dict[str, Any],
) -> None:
    image: Any = scene.render.image_settings
    if hasattr(image, "media_type"):
        image.media_type = "MULTI_LAYER_IMAGE" if own.endswith("MULTILAYER") else "IMAGE"
    image.file_format, image.color_mode, image.color_depth = own, mode, depth
    before = snapshot(image, "image")
    assert call(tmp_path, frames="3", **settings)["exit_code"] == 0
    after = snapshot(image, "image")
    assert {name: after.get(name) for name in before if after.get(name) != before[name]} == {}


def test_movie_format_comes_back(scene: bpy.types.Scene, tmp_path: Path) -> None:
    image: Any = scene.render.image_settings
    if hasattr(image, "media_type"):
        image.media_type = "VIDEO"
    image.file_format = "FFMPEG"
    assert call(tmp_path)["exit_code"] == 65
    assert call(tmp_path, format="PNG")["exit_code"] == 0
    assert image.file_format == "FFMPEG"


def test_it_renders_its_chunk_and_says_so(scene: bpy.types.Scene, tmp_path: Path) -> None:
    verdict = call(tmp_path, size=2, index=1)
    assert (verdict["wanted"], verdict["rendered"]) == ("7,9", "7,9")
    names = sorted(path.name for path in (tmp_path / "out").glob("*.png"))
    assert names == ["00007.png", "00009.png"]


def test_settings_of_the_file_count_where_none_are_given(
    scene: bpy.types.Scene, tmp_path: Path
) -> None:
    scene.array_chunk.prefix = "shot_"
    scene.array_chunk.frames = "4"
    scene.array_chunk.size = 3
    assert call(tmp_path, size=1)["rendered"] == "4"
    assert (tmp_path / "out" / "shot_00004.png").exists()
    assert call(tmp_path, size=1, frames="5")["rendered"] == "5"


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        pytest.param({"frames": "1-"}, "1-", id="frame list"),
        pytest.param({"resolution": "big"}, "big", id="resolution"),
        pytest.param({"prefix": "a/b"}, "a/b", id="prefix"),
        pytest.param({"size": 2, "index": 2}, "0 to 1", id="index"),
    ],
)
def test_bad_setting(
    scene: bpy.types.Scene, tmp_path: Path, settings: dict[str, Any], word: str
) -> None:
    verdict = call(tmp_path, **settings)
    assert verdict["exit_code"] == 64
    assert word in verdict["message"]
    assert not (tmp_path / "out").exists()


def test_every_setting_is_a_property_with_a_tooltip() -> None:
    from array_chunk_render.chunking.settings import SETTINGS

    properties = bpy.ops.render.array_chunk.get_rna_type().properties
    for name, setting in SETTINGS.items():
        assert properties[name].name == setting.label
        assert properties[name].description == setting.help


def test_unsaved_file_goes_to_a_folder_of_its_own(tmp_path: Path) -> None:
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.cycles.use_denoising = False
    scene.render.resolution_x = scene.render.resolution_y = 16
    first = call(tmp_path, frames="1")
    second = call(tmp_path, frames="1")
    assert (tmp_path / "out" / "array_chunk_test" / "00001.png").exists()
    assert (first["rendered"], second["rendered"]) == ("1", "1")
    assert first["fingerprint"] != second["fingerprint"]
    assert second["warnings"] == []
