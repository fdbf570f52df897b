"""View layers and the compositor: what is switched off, and what leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from ...chunking.settings import Settings
from ..blender_versions.compositing import PICTURE_NODES, scene_trees
from ..compositor import compositing_trees, has_output
from ..rendered_scenes import rendered_scenes, renders_sequencer
from .finding import Finding, finding

PLAIN_NODES = PICTURE_NODES | {
    "CompositorNodeRLayers",
    "CompositorNodeViewer",
    "NodeGroupInput",
    "NodeReroute",
    "NodeFrame",
}
"""Nodes that hand the picture on as it is: without them the frames look the same."""


def view_layers(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in rendered_scenes(scene):
        off = [layer for layer in each.view_layers if not layer.use]
        if len(off) == len(each.view_layers):
            yield finding(
                "view-layers-missing",
                f"All view layers of the scene {each.name!r} are off, so its pictures would be "
                "empty. Switch one on (Use for Rendering), or name it by --layers.",
                each,
                fix="" if settings.layers and each == scene else "layers-on",
            )
        elif not (settings.layers and each == scene):
            for layer in off:
                yield finding(
                    "view-layer-off",
                    f"The view layer {layer.name!r} of the scene {each.name!r} is off. Switch it "
                    "on (Use for Rendering), or say which ones are meant (--layers).",
                    each,
                    part=layer.name,
                )


def single_layer(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in rendered_scenes(scene):
        if each.render.use_single_layer and len(each.view_layers) > 1:
            yield finding(
                "single-layer",
                f"The scene {each.name!r} renders a single view layer, the one that happens to be "
                "active. Switch Render Single Layer off, or name the layers (--layers).",
                each,
            )


def compositor_output(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    if compositing_trees(scene) and not renders_sequencer(scene) and not has_output(scene):
        yield finding(
            "compositor-no-output",
            f"The compositor of the scene {scene.name!r} has no output, so nothing would be "
            "written. Connect its output node, or switch compositing off.",
            scene,
        )


def compositor_off(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    if compositing_trees(scene) or renders_sequencer(scene):
        return
    nodes = (node for tree in scene_trees(scene) for node in tree.nodes)
    if any(node.bl_idname not in PLAIN_NODES for node in nodes):
        yield finding(
            "compositor-off",
            f"The scene {scene.name!r} has compositing nodes, which are switched off. Switch "
            "compositing on, or remove the nodes.",
            scene,
        )
