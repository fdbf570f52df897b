"""Color spaces, views, looks and displays that the OpenColorIO configuration has not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.scene.color_config import color_config
from array_chunk_render.scene.lacking_colors import LackingColor, lacking_colors
from compositing import compositing_tree, file_output
from faulty_scenes import clean_scene, image_at, painted, picture

Maker = Callable[[Any, Path], str]


def choices(owner: Any, name: str) -> list[str]:
    try:
        setattr(owner, name, "no such thing")
    except TypeError as error:
        return str(error).partition(" not found in ")[2].strip("()").replace("'", "").split(", ")
    raise AssertionError(name)


def odd(owner: Any, name: str) -> str:
    """Choose the longest name: no other text of the file is like it."""
    chosen = max(choices(owner, name), key=len)
    setattr(owner, name, chosen)
    return chosen


def view(scene: Any, home: Path) -> str:
    return odd(scene.view_settings, "view_transform")


def look(scene: Any, home: Path) -> str:
    scene.view_settings.view_transform = "AgX"
    return odd(scene.view_settings, "look")


def display(scene: Any, home: Path) -> str:
    return odd(scene.display_settings, "display_device")


def space_of_image(scene: Any, home: Path) -> str:
    image = image_at(str(picture(home / "picture.png")))
    painted(image)
    return odd(image.colorspace_settings, "name")


def view_of_saved_picture(scene: Any, home: Path) -> str:
    scene.render.image_settings.color_management = "OVERRIDE"
    return odd(scene.render.image_settings.view_settings, "view_transform")


def view_of_output_node(scene: Any, home: Path) -> str:
    tree = compositing_tree(scene)
    node = file_output(tree, "//passes/", "Image", "PNG")
    tree.links.new(tree.nodes["Layers"].outputs["Image"], node.inputs[0])
    node.format.color_management = "OVERRIDE"
    return odd(node.format.view_settings, "view_transform")


def space_of_node(scene: Any, home: Path) -> str:
    tree = compositing_tree(scene)
    node = tree.nodes.new("CompositorNodeConvertColorSpace")
    tree.links.new(tree.nodes["Layers"].outputs["Image"], node.inputs[0])
    return odd(node, "from_color_space")


MAKERS: list[Maker] = [
    view,
    look,
    display,
    space_of_image,
    view_of_saved_picture,
    view_of_output_node,
    space_of_node,
]


def reopened_without(name: str) -> list[LackingColor]:
    """The same file, whose name for it no configuration knows."""
    path = Path(bpy.data.filepath)
    bpy.ops.wm.save_mainfile(compress=False)
    data = path.read_bytes()
    other = name[:-1] + "_"
    stored, changed = name.encode() + b"\0", other.encode() + b"\0"
    assert stored in data
    path.write_bytes(data.replace(stored, changed))
    bpy.ops.wm.open_mainfile(filepath=os.fspath(path))
    return [
        each for each in lacking_colors(bpy.context.scene, color_config()) if each.name == other
    ]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_what_it_has_not_is_named(make: Maker, tmp_path: Path) -> None:
    scene = clean_scene(tmp_path)
    name = make(scene, tmp_path)
    assert list(lacking_colors(scene, color_config())) == []
    lacking = reopened_without(name)
    assert lacking
    assert {each.shows for each in lacking} == {True}


def test_what_the_render_does_not_use_is_left_out(tmp_path: Path) -> None:
    clean_scene(tmp_path)
    other: Any = bpy.data.scenes.new("Other")
    image = image_at(str(picture(tmp_path / "picture.png")))
    image.use_fake_user = True
    names = {odd(other.view_settings, "view_transform"), odd(image.colorspace_settings, "name")}
    assert [each for name in names for each in reopened_without(name)] == []


def test_a_linear_picture_is_saved_without_view_and_look(tmp_path: Path) -> None:
    scene = clean_scene(tmp_path)
    scene.render.image_settings.file_format = "OPEN_EXR"
    assert [each.shows for each in reopened_without(view(scene, tmp_path))] == [False]
