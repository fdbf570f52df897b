"""What can be put right by a button: each fix makes the finding that names it vanish.

A fix is what the finding's sentence says first, so it never decides for the artist how the picture
looks: there is no fix that changes the engine, or that leaves out what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import bpy

from ..blender_versions.compositing import switch_nodes_on
from ..blender_versions.render import set_file_format
from .finding import Finding

Apply = Callable[[bpy.types.Scene, Finding], None]


class Fix(NamedTuple):
    """What the button says, and what it does to the scene that was checked."""

    label: str
    apply: Apply


def _on_scene(change: Callable[[Any], None]) -> Apply:
    """A fix of the scene that the finding is about, mostly the one that was checked."""

    def apply(scene: bpy.types.Scene, finding: Finding) -> None:
        change(finding.data.find() or scene)

    return apply


def _set(path: str, value: Any) -> Apply:
    """A fix that sets one property of the scene, named by its path."""
    owner_path, _, name = path.rpartition(".")

    def change(scene: Any) -> None:
        setattr(scene.path_resolve(owner_path) if owner_path else scene, name, value)

    return _on_scene(change)


def _set_png(scene: Any) -> None:
    set_file_format(scene.render.image_settings, "PNG")


def _choose_camera(scene: Any) -> None:
    scene.camera = next(each for each in scene.objects if each.type == "CAMERA")


def _link_camera(scene: bpy.types.Scene, finding: Finding) -> None:
    """The finding's part is the scene that looks through the camera."""
    bpy.data.scenes[finding.data.part].collection.objects.link(finding.data.find())


def _show_camera(scene: bpy.types.Scene, finding: Finding) -> None:
    finding.data.find().hide_render = False


def _output_beside_file(scene: Any) -> None:
    scene.render.filepath = "//" + bpy.path.basename(scene.render.filepath.replace("\\", "/"))


def _layer_on(scene: bpy.types.Scene, finding: Finding) -> None:
    finding.data.find().view_layers[finding.data.part].use = True


def _layers_on(scene: Any) -> None:
    for layer in scene.view_layers:
        layer.use = True


def _compositing_on(scene: Any) -> None:
    scene.render.use_compositing = True
    switch_nodes_on(scene)


def _pack_image(scene: bpy.types.Scene, finding: Finding) -> None:
    finding.data.find().pack()


def _path_relative(scene: bpy.types.Scene, finding: Finding) -> None:
    data_block = finding.data.find()
    data_block.filepath = bpy.path.relpath(data_block.filepath)


def _save(scene: bpy.types.Scene, finding: Finding) -> None:
    """In Blender's window the file browser opens; there it is for the artist to choose."""
    bpy.ops.wm.save_as_mainfile("INVOKE_DEFAULT")


FIXES: Mapping[str, Fix] = {
    "choose-camera": Fix("Use the Only Camera", _on_scene(_choose_camera)),
    "link-camera": Fix("Link to Scene", _link_camera),
    "show-camera": Fix("Show in Renders", _show_camera),
    "set-png": Fix("Set PNG", _on_scene(_set_png)),
    "output-beside-file": Fix("Beside the .blend", _on_scene(_output_beside_file)),
    "percentage-full": Fix("Set 100 %", _set("render.resolution_percentage", 100)),
    "border-off": Fix("Render All", _set("render.use_border", False)),
    "layer-on": Fix("Switch On", _layer_on),
    "layers-on": Fix("Switch All On", _on_scene(_layers_on)),
    "single-layer-off": Fix("Render All Layers", _set("render.use_single_layer", False)),
    "compositing-on": Fix("Switch On", _on_scene(_compositing_on)),
    "compositing-off": Fix("Switch Compositing Off", _set("render.use_compositing", False)),
    "device-cpu": Fix("Set CPU", _set("cycles.device", "CPU")),
    "compositor-cpu": Fix("Set CPU", _set("render.compositor_device", "CPU")),
    "denoise-off": Fix("Switch Denoising Off", _set("cycles.use_denoising", False)),
    "denoiser-cpu": Fix("Set OpenImageDenoise", _set("cycles.denoiser", "OPENIMAGEDENOISE")),
    "time-limit-off": Fix("No Limit", _set("cycles.time_limit", 0.0)),
    "seed-still": Fix("Switch Off", _set("cycles.use_animated_seed", False)),
    "step-one": Fix("Set Step 1", _set("frame_step", 1)),
    "path-relative": Fix("Make Relative", _path_relative),
    "pack-image": Fix("Pack into .blend", _pack_image),
    "save": Fix("Save As…", _save),
}
"""By name: what a finding's `fix` can be."""
