"""Missing files that a sequencer's picture is made of by way of a mask, an effect or nodes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.scene.blender_versions.sequencer import strips_of
from array_chunk_render.scene.files.used_by_render import missing_files
from faulty_scenes import clean_scene, picture

Maker = Callable[[Any, Path], None]


def muted_picture(scene: Any, home: Path) -> Any:
    """A strip whose picture is not there, and that shows by itself nothing at all."""
    path = picture(home / "mask.png")
    strip = strips_of(scene.sequence_editor_create()).new_image("mask", str(path), 2, 1)
    strip.frame_final_duration, strip.mute = 20, True
    path.unlink()
    return strip


def colour(scene: Any, channel: int = 1) -> Any:
    length = {"length": 20} if bpy.app.version >= (5, 0, 0) else {"frame_end": 21}
    strips = strips_of(scene.sequence_editor_create())
    return strips.new_effect("colour", "COLOR", channel=channel, frame_start=1, **length)


def mask_of_modifier(scene: Any, home: Path) -> None:
    modifier = colour(scene).modifiers.new("bright", "BRIGHT_CONTRAST")
    modifier.input_mask_strip = muted_picture(scene, home)


def input_of_effect(scene: Any, home: Path) -> None:
    more: dict[str, Any] = {"length": 20} if bpy.app.version >= (5, 0, 0) else {"frame_end": 21}
    more["input1" if bpy.app.version >= (4, 5, 0) else "seq1"] = muted_picture(scene, home)
    blur = strips_of(scene.sequence_editor_create()).new_effect(
        "blur", "GAUSSIAN_BLUR", channel=3, frame_start=1, **more
    )
    assert not blur.mute


def missing_font(home: Path) -> Any:
    there = Path(bpy.utils.system_resource("DATAFILES"), "fonts", "Inter.woff2")
    path = Path(shutil.copy(there, home / "type.woff2"))
    font = bpy.data.fonts.load(str(path))
    path.unlink()
    return font


def written_by_modifier(scene: Any) -> tuple[Any, Any, Any]:
    """A compositing tree of a strip's modifier that writes a text; returns the node as well."""
    tree = bpy.data.node_groups.new("Text", "CompositorNodeTree")
    node = tree.nodes.new("CompositorNodeStringToImage")
    modifier = colour(scene).modifiers.new("text", "COMPOSITOR")
    return tree, node, modifier


def font_in_modifiers_node(scene: Any, home: Path) -> None:
    tree, node, modifier = written_by_modifier(scene)
    node.inputs["Font"].default_value = missing_font(home)
    modifier.node_group = tree


def font_handed_to_modifier(scene: Any, home: Path) -> None:
    tree, node, modifier = written_by_modifier(scene)
    socket = tree.interface.new_socket("Type", in_out="INPUT", socket_type="NodeSocketFont")
    entry = tree.nodes.new("NodeGroupInput")
    tree.links.new(entry.outputs[0], node.inputs["Font"])
    modifier.node_group = tree
    bpy.context.view_layer.update()
    getattr(modifier.properties.inputs, socket.identifier).value = missing_font(home)


def font_in_strips_node(scene: Any, home: Path) -> None:
    tree = bpy.data.node_groups.new("Text", "CompositorNodeTree")
    node = tree.nodes.new("CompositorNodeStringToImage")
    node.inputs["Font"].default_value = missing_font(home)
    strips = strips_of(scene.sequence_editor_create())
    strip = strips.new_effect("nodes", "COMPOSITOR", channel=4, frame_start=1, length=20)
    strip.node_group = tree


ALWAYS: list[Maker] = [mask_of_modifier, input_of_effect]
FROM_5_2: list[Maker] = [font_in_modifiers_node, font_handed_to_modifier, font_in_strips_node]


@pytest.mark.parametrize("make", ALWAYS + FROM_5_2, ids=lambda make: make.__name__)
def test_what_is_behind_a_strip(make: Maker, tmp_path: Path) -> None:
    if make in FROM_5_2 and bpy.app.version < (5, 2, 0):
        pytest.skip("Blender 5.2 was the first to have them")
    if make is mask_of_modifier and bpy.app.version[:2] == (5, 0):
        pytest.skip("Blender 5.0.1 crashes where a script sets the strip")
    scene = clean_scene(tmp_path)
    make(scene, tmp_path)
    (missing,) = missing_files(scene)
    assert "which is not there" in missing.message


def test_what_is_muted_alone_is_not_missed(tmp_path: Path) -> None:
    scene = clean_scene(tmp_path)
    colour(scene)
    muted_picture(scene, tmp_path)
    assert missing_files(scene) == []
