"""Inside Blender: scenes made to have a chunk write where it should not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from scenes import compositing_tree, file_outputs, film, save_first, slots_node

UPWARDS = "/../../../../../escaped"
OUTSIDE = f"{UPWARDS[1:]}/outside"


def view_suffix(views_format: str = "INDIVIDUAL", **settings: Any) -> None:
    """Stereo views whose suffix leads out of any folder; a slot's files have it too."""
    file_outputs(**settings)
    render = bpy.context.scene.render
    render.use_multiview = True
    render.image_settings.views_format = views_format
    for number, view in enumerate(render.views):
        view.file_suffix = f"{UPWARDS}{number}"


def view_suffixes(**settings: Any) -> None:
    """The same where each view has a camera of its own."""
    view_suffix(**settings)
    bpy.context.scene.render.views_format = "MULTIVIEW"


def names_in_slots(**settings: Any) -> None:
    """Names of the scene, the file and others that a slot's {variables} bring in."""
    scene = film(**settings)
    scene.name = OUTSIDE
    tree = compositing_tree(scene)
    for variable in (
        "{scene_name}",
        "{blend_name}",
        "{blend_dir}",
        "{camera_name}/x",
        "{node_name}",
    ):
        node = slots_node(tree, "//passes/", variable)
        node.name = OUTSIDE
        if hasattr(node, "file_name"):
            node.file_name = f"{variable}/"
        tree.links.new(tree.nodes["Layers"].outputs["Image"], node.inputs[0])
    scene.camera.name = OUTSIDE


def paths_in_slots(**settings: Any) -> None:
    """Slots that are named like whole paths."""
    tree = compositing_tree(film(**settings))
    for name in (str(beside("absolute")), "//beside", "~/home", "C:\\x"):
        node = slots_node(tree, "//passes/", name)
        if hasattr(node, "file_name"):
            node.file_name = name
        tree.links.new(tree.nodes["Layers"].outputs["Image"], node.inputs[0])


def freestyle_script(**settings: Any) -> None:
    """Freestyle, drawn by Python code of the file."""
    scene = film(**settings)
    scene.render.use_freestyle = True
    freestyle = scene.view_layers[0].freestyle_settings
    freestyle.mode = "SCRIPT"
    text = bpy.data.texts.new("style.py")
    here = beside("by_freestyle")
    text.write(f"open({str(here)!r}, 'w').close()\n")
    freestyle.modules.new().script = text


def beside(name: str) -> Path:
    """A path beside the .blend, which is saved for that."""
    if not bpy.data.filepath:
        save_first()
    return Path(bpy.data.filepath).with_name(name)
