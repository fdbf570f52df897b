"""Paths of images as they may be stored, and what of all that is no file of the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.scene.blender_versions.sequencer import strips_of
from array_chunk_render.scene.external_files import ExternalFile, external_files
from array_chunk_render.scene.files.used_by_render import missing_files


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of an empty .blend file that is open."""
    folder = tmp_path / "project"
    folder.mkdir()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    return folder


def shader_node(kind: str) -> Any:
    """A new node of a material that is seen."""
    material = bpy.data.materials.new("paint")
    if material.node_tree is None:
        material.use_nodes = True
    mesh = bpy.data.meshes.new("mesh")
    mesh.materials.append(material)
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("item", mesh))
    return material.node_tree.nodes.new(kind)


def seen_image(path: str) -> Any:
    """A shader node with an image that has this path."""
    image = bpy.data.images.new("wood", 4, 4)
    image.source = "FILE"
    image.filepath = path
    node = shader_node("ShaderNodeTexImage")
    node.image = image
    return node


def by_key() -> dict[str, ExternalFile]:
    return {file.key: file for file in external_files()}


def messages() -> list[str]:
    return [missing.message for missing in missing_files(bpy.context.scene)]


def test_packed_and_generated_images_are_left_out(project: Path) -> None:
    packed = seen_image("//packed.png").image
    packed.pack(data=b"any bytes", data_len=9)
    assert packed.source == "FILE"
    bpy.data.images.new("generated", 4, 4).filepath = "//generated.png"
    assert external_files() == []
    assert messages() == []


def test_what_blender_ships_is_left_out(project: Path) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=False)
    words = bpy.data.objects.new("words", bpy.data.curves.new("words", "FONT"))
    bpy.context.scene.collection.objects.link(words)
    assert external_files() == []


def test_unused_images_and_texts_are_files_but_not_missing(project: Path) -> None:
    seen_image("//unused.png").image = None
    bpy.data.images["wood"].use_fake_user = True
    text = bpy.data.texts.new("notes")
    text.filepath = "//notes.osl"
    shader_node("ShaderNodeScript").script = text
    assert sorted(by_key()) == ["notes.osl", "unused.png"]
    assert messages() == []


def test_a_key_is_the_shortest_way(project: Path) -> None:
    (project.parent / "wood.png").touch()
    seen_image("//tex/../../wood.png")
    assert [(file.key, file.exists) for file in external_files()] == [("../wood.png", True)]


def test_an_absolute_path_is_its_own_key(project: Path, tmp_path: Path) -> None:
    (tmp_path / "shared.png").touch()
    seen_image(str(tmp_path / "shared.png"))
    assert list(by_key()) == [str(tmp_path / "shared.png")]
    assert messages() == []


def test_a_drive_of_another_system_is_missing(project: Path) -> None:
    seen_image("C:/tex/wood.png")
    assert [(file.key, file.exists) for file in external_files()] == [("C:/tex/wood.png", False)]
    (missing,) = missing_files(bpy.context.scene)
    assert missing.message == 'image "wood" wants C:/tex/wood.png, which is not there'
    assert missing.resolved == Path("C:/tex/wood.png")


def test_a_path_that_blender_alone_knows_of(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were a later Blender to store paths in new places, they would still be listed."""
    seen_image("//wood.png")
    monkeypatch.setattr("array_chunk_render.scene.files.data_block_paths._images", lambda: ())
    assert list(by_key()) == ["wood.png"]


@pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this Blender has no sound")
def test_a_sound_is_a_file_but_never_missing(project: Path) -> None:
    (project / "voice.wav").touch()
    bpy.data.sounds.load(str(project / "voice.wav")).filepath = "//voice.wav"
    (project / "voice.wav").unlink()
    assert [(file.key, file.exists) for file in external_files()] == [("voice.wav", False)]
    assert messages() == []


def test_the_files_of_other_views(project: Path) -> None:
    """Blender reads them in the place of the one that is stored."""
    (project / "a_L.png").touch()
    image = seen_image("//a_L.png").image
    assert sorted(by_key()) == ["a_L.png"]
    image.use_multiview, image.views_format = True, "INDIVIDUAL"
    assert sorted(by_key()) == ["a_L.png", "a_R.png"]
    assert messages() == ['image "wood" wants //a_R.png, which is not there']
    bpy.context.scene.render.views.new("Far").file_suffix = "_far"
    assert sorted(by_key()) == ["a_L.png", "a_R.png", "a_far.png"]
    image.filepath = "//plain.png"
    assert sorted(by_key()) == ["plain.png"]


@pytest.mark.parametrize("kind", ["IMAGE", "MOVIE"])
def test_the_files_of_other_views_in_the_sequencer(project: Path, kind: str) -> None:
    (project / "00_L.png").touch()
    (project / "01_L.png").touch()
    strips: Any = strips_of(bpy.context.scene.sequence_editor_create())
    if kind == "IMAGE":
        strip = strips.new_image("strip", str(project / "00_L.png"), 1, 1)
        strip.elements.append("01_L.png")
    else:
        strip = strips.new_movie("strip", str(project / "00_L.png"), 1, 1)
    strip.use_multiview, strip.views_format = True, "INDIVIDUAL"
    if kind == "IMAGE":
        strip.directory = "//"
    else:
        strip.filepath = "//00_L.png"
    wanted = ["00_L.png", "00_R.png"] + (["01_L.png", "01_R.png"] if kind == "IMAGE" else [])
    assert sorted(by_key()) == wanted
