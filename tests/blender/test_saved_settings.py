"""Settings that are saved in a .blend: what the file's maker may not decide by them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.chunking.errors import BadSetting
from array_chunk_render.scene.chosen_scene import scene_and_settings

SECRET = "qzjkwvxq"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Any]:
    """A scene with a frame list that names a file of the worker."""
    bpy.ops.wm.read_factory_settings()
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "list").write_text("7")
    scene: Any = bpy.context.scene
    scene.render.engine = "CYCLES"
    yield scene
    bpy.ops.wm.read_factory_settings()


@pytest.mark.parametrize("before", ["", " ", "\n\t"])
@pytest.mark.parametrize("name", ["secret", "list", "none"])
def test_a_file_names_no_file_to_read(name: str, before: str, scene: Any, tmp_path: Path) -> None:
    scene.array_chunk.frames = f"{before}@{tmp_path}/{name}"
    with pytest.raises(BadSetting, match="--frames") as refused:
        scene_and_settings({}, scene)
    assert SECRET not in str(refused.value)
    with pytest.raises(RuntimeError, match="saved as the name of a file") as failed:
        bpy.ops.render.array_chunk(output=str(tmp_path / "out"))
    assert SECRET not in str(failed.value)
    assert not (tmp_path / "out").exists()


def test_what_is_told_may_name_one(scene: Any, tmp_path: Path) -> None:
    scene.array_chunk.frames = f"@{tmp_path}/secret"
    told = f"@{tmp_path}/list"
    assert scene_and_settings({"frames": told}, scene)[1].frames == told


def save(scene: Any, name: str, value: Any) -> None:
    """Write what no panel would: where Blender keeps the values of add-ons' properties."""
    if bpy.app.version >= (5, 0, 0):
        scene.bl_system_properties_get(do_create=True)[name] = value
    else:
        scene[name] = value


@pytest.mark.parametrize(
    "value",
    [5, 0.5, "text", "@/etc/passwd", b"\xff\x00", [1, 2], [{"size": 2}], {"size": {"size": 2}}],
    ids=ascii,
)
def test_settings_that_are_no_group_of_them(value: Any, scene: Any) -> None:
    save(scene, "array_chunk", value)
    assert scene_and_settings({}, scene)[1] == scene_and_settings({}, bpy.data.scenes.new("a"))[1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("size", 2**31 - 1, id="a size beyond its limit"),
        pytest.param("size", float("nan"), id="no number"),
        pytest.param("size", "many", id="a text for a number"),
        pytest.param("percentage", -(2**31), id="far below its limit"),
        pytest.param("format", 9999, id="a choice that there is not"),
        pytest.param("frames", "1-1000000," * 2000, id="frames without end"),
        pytest.param("resolution", "9" * 1000, id="a resolution without end"),
        pytest.param("prefix", "../../x", id="a prefix that leads elsewhere"),
        pytest.param("prefix", "\x1b]52;c;eA==\x07", id="a prefix for the terminal"),
    ],
)
def test_what_no_panel_would_save(name: str, value: Any, scene: Any, tmp_path: Path) -> None:
    """Refused, or taken for something within the property's limits: never a traceback."""
    save(scene, "array_chunk", {name: value})
    try:
        settings = scene_and_settings({}, scene)[1]
    except BadSetting as refused:
        assert len(str(refused)) < 1000
    else:
        assert 1 <= settings.size <= 10_000
        assert 0 <= settings.percentage <= 32767
        assert settings.prefix == ""
