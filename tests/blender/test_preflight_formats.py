"""What a scene's pictures are written as: all that is not known here is named before a sample."""

from __future__ import annotations

import contextlib
import ctypes
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.chunking.errors import SceneRefused
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.publishing.formats import still_formats
from array_chunk_render.publishing.formats.still_formats import STILL_FORMATS, StillFormat
from array_chunk_render.rendering.preparing import prepared
from array_chunk_render.scene import restoring
from array_chunk_render.scene.blender_versions.compositing import scene_trees
from array_chunk_render.scene.preflight import Finding, preflight
from array_chunk_render.scene.preflight.pictures import movie_format
from compositing import compositing_tree
from faulty_scenes import clean_scene, file_output

OFFERED = bpy.types.ImageFormatSettings.bl_rna.properties["file_format"].enum_items.keys()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Any]:
    """A clean scene with one File Output node, which writes PNG."""
    clean = clean_scene(tmp_path)
    file_output(compositing_tree(clean), "//passes/")
    yield clean
    bpy.ops.wm.read_factory_settings()


def node_of(scene: Any) -> Any:
    (tree,) = scene_trees(scene)
    (node,) = (each for each in tree.nodes if each.bl_idname == "CompositorNodeOutputFile")
    return node


def choose(image: Any, file_format: str, **more: str) -> None:
    if hasattr(image, "media_type"):
        layered = file_format == "OPEN_EXR_MULTILAYER"
        image.media_type = "MULTI_LAYER_IMAGE" if layered else "IMAGE"
    image.file_format = file_format
    for name, value in more.items():
        setattr(image, name, value)


def overridden(node: Any) -> Any:
    """The format of the node's slot, which is another than the node's from here on."""
    if hasattr(node, "file_slots"):
        node.file_slots[0].use_node_format = False
        return node.file_slots[0].format
    node.file_output_items[0].override_node_format = True
    return node.file_output_items[0].format


def forget(patch: pytest.MonkeyPatch, file_format: str, known: StillFormat | None = None) -> None:
    """Have a format, or a codec of it, be one of a newer Blender."""
    table = {**STILL_FORMATS, file_format: known}
    patch.setattr(still_formats, "STILL_FORMATS", {k: each for k, each in table.items() if each})


def findings_of(scene: Any) -> list[Finding]:
    with prepared(scene, Settings()):
        findings = preflight(scene, Settings(), FrameSet.parse("1-3"), on_array=False)
    return [each for each in findings if each.kind.startswith("format-")]


def message_of(scene: Any) -> str:
    (finding,) = findings_of(scene)
    assert finding.kind == "format-unknown"
    return finding.message


def test_known_formats_are_no_finding(scene: Any) -> None:
    assert findings_of(scene) == []


def test_an_unknown_codec_of_the_scene(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(scene.render.image_settings, "OPEN_EXR", exr_codec="DWAB")
    codecs = STILL_FORMATS["OPEN_EXR"].codecs - {"DWAB"}
    forget(monkeypatch, "OPEN_EXR", StillFormat("OPEN_EXR", "exr_codec", codecs))
    assert message_of(scene).startswith("The scene 'Scene' writes the codec 'DWAB' of OPEN_EXR, ")


def test_an_unknown_depth_of_the_scene(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(scene.render.image_settings, "DPX", color_depth="12")
    monkeypatch.setattr(still_formats, "DEPTHS", still_formats.DEPTHS - {"12"})
    assert message_of(scene).startswith("The scene 'Scene' writes the depth '12' of DPX, ")


def test_an_unknown_format_of_a_node(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(node_of(scene).format, "BMP")
    forget(monkeypatch, "BMP")
    message = message_of(scene)
    assert message.startswith("The File Output node 'File Output' of ")
    assert " writes the format 'BMP', " in message


def test_an_unknown_codec_of_a_multilayer_node(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(node_of(scene).format, "OPEN_EXR_MULTILAYER", exr_codec="DWAB")
    codecs = STILL_FORMATS["OPEN_EXR"].codecs - {"DWAB"}
    forget(monkeypatch, "OPEN_EXR_MULTILAYER", StillFormat("OPEN_EXR", "exr_codec", codecs))
    if hasattr(node_of(scene), "layer_slots"):
        (tree,) = scene_trees(scene)
        tree.links.new(tree.nodes["Layers"].outputs[0], node_of(scene).inputs[0])
    assert " writes the codec 'DWAB' of OPEN_EXR_MULTILAYER, " in message_of(scene)


def test_an_unknown_format_of_a_slot(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts where the slot has a format of its own; the node's counts no more then."""
    node = node_of(scene)
    choose(node.format, "BMP")
    forget(monkeypatch, "BMP")
    choose(overridden(node), "PNG")
    assert findings_of(scene) == []
    choose(overridden(node), "BMP")
    choose(node.format, "PNG")
    assert " writes the format 'BMP', " in message_of(scene)


def make_nameless(image: Any, name: str, one: str, other: str, number: int = 120) -> None:
    """Have a choice be one that a file of another Blender holds: a number without a name.

    It is a byte among the first of the settings, found by choosing `one` and the `other`.
    """
    there = (ctypes.c_ubyte * 32).from_address(image.as_pointer())
    states = []
    for value in (one, other):
        setattr(image, name, value)
        states.append(bytes(there))
    (place,) = (at for at, pair in enumerate(zip(*states, strict=True)) if len({*pair}) > 1)
    there[place] = number
    assert getattr(image, name) == ""


@contextlib.contextmanager
def said_of_restoring(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    logger = logging.getLogger(restoring.__name__)
    logger.addHandler(caplog.handler)
    try:
        yield
    finally:
        logger.removeHandler(caplog.handler)


@pytest.mark.parametrize(
    ("name", "choices"),
    [("color_mode", ("BW", "RGB")), ("color_depth", ("8", "16"))],
)
def test_a_stored_choice_without_a_name_is_no_news(
    name: str, choices: tuple[str, str], scene: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Files of Blender 2.7x have some."""
    make_nameless(scene.render.image_settings, name, *choices)
    with said_of_restoring(caplog), prepared(scene, Settings(format="tiff", compression=3)):
        assert scene.render.image_settings.file_format == "TIFF"
    assert scene.render.image_settings.file_format == "PNG"
    assert caplog.text == ""


def test_a_movie_format_of_a_former_blender(scene: Any) -> None:
    image = scene.render.image_settings
    for number in range(256):
        try:
            make_nameless(image, "file_format", "BMP", "TARGA", number)
        except AssertionError:
            continue
        if scene.render.is_movie_format:
            break
    else:
        pytest.skip("this Blender has no movie format without a name")
    (finding,) = movie_format(scene, Settings())
    assert "writes a movie (of a former Blender's format), which" in finding.message


def test_a_format_of_a_newer_blender(scene: Any, caplog: pytest.LogCaptureFixture) -> None:
    make_nameless(scene.render.image_settings, "file_format", "BMP", "TARGA")
    with said_of_restoring(caplog):
        message = message_of(scene)
    assert message.startswith(
        "The scene 'Scene' writes a format that this Blender has no name for, and "
    )
    assert scene.render.image_settings.file_format == ""
    assert caplog.text == ""


def test_a_codec_of_a_newer_blender(scene: Any) -> None:
    choose(scene.render.image_settings, "OPEN_EXR")
    make_nameless(scene.render.image_settings, "exr_codec", "ZIP", "RLE")
    assert message_of(scene).startswith(
        "The scene 'Scene' writes a codec of OPEN_EXR that this Blender has no name for, and "
    )


def test_a_node_that_writes_nothing(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(node_of(scene).format, "BMP")
    forget(monkeypatch, "BMP")
    node_of(scene).mute = True
    assert findings_of(scene) == []


def test_a_size_that_blender_can_t_save(scene: Any) -> None:
    choose(scene.render.image_settings, "JPEG2000")
    (finding,) = findings_of(scene)
    assert finding.kind == "format-unsaved"
    assert "JPEG2000 of 16x16 pixels, fewer than 32 on a side" in finding.message


@pytest.mark.skipif("AVIF" not in OFFERED, reason="this Blender has no AVIF: it came with 5.1")
def test_avif_that_this_build_can_t_write_is_a_finding(scene: Any, tmp_path: Path) -> None:
    """Held to what Blender does: Debian's 5.2 lacks the plugin, the wheels have it."""
    scene.render.image_settings.file_format = "AVIF"
    kinds = [finding.kind for finding in findings_of(scene)]
    scene.render.filepath = str(tmp_path / "picture")
    try:
        bpy.ops.render.render(write_still=True, scene=scene.name)
    except RuntimeError:
        assert kinds == ["format-unsaved"]
    else:
        assert kinds == []


def test_avif_where_blender_has_it(scene: Any) -> None:
    settings = Settings(format="avif", depth="10", quality=40)
    if "AVIF" not in OFFERED:
        with pytest.raises(SceneRefused, match="--format is 'avif', which Blender "):
            prepared(scene, settings).__enter__()
        assert scene.render.image_settings.file_format == "PNG"
        return
    with prepared(scene, settings):
        image = scene.render.image_settings
        assert (image.file_format, image.color_depth, image.quality) == ("AVIF", "10", 40)
    assert scene.render.image_settings.file_format == "PNG"
