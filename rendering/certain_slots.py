"""Which slots of File Output nodes are certain to write a file with every frame.

An input may have nothing to write: a value alone, a pass or view layer that is off. Tried in 4.2,
4.5, 5.0, 5.2 and 5.3: what comes straight from a rendered view layer is always written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import bpy

from ..blender_versions.compositing import NODES_SWITCH
from .compositor import FileOutput, compositing_trees
from .frame_handlers import frame_handlers
from .render_reach import animated_paths
from .sequencer import renders_sequencer

SWITCHES = {"use", "use_compositing", NODES_SWITCH, "use_sequencer"}
"""Properties of a scene and its layers that decide what is written, and can be animated."""


def certain_slots(
    scene: bpy.types.Scene, outputs: Iterable[FileOutput]
) -> dict[bpy.types.Node, tuple[str, ...]]:
    """Of the nodes in the scene's own compositing trees, the names that are certain to be written.

    Empty where Python or keyframes may switch things off while a frame is rendered.
    """
    if renders_sequencer(scene) or _changes_by_frame(scene):
        return {}
    trees = compositing_trees(scene)
    links = [link for tree in trees for link in tree.links]
    sources = {link.to_socket: link.from_socket for link in links if not link.is_muted}
    return {
        output.node: tuple(
            dict.fromkeys(
                name
                for name, socket in output.slots
                if _is_rendered(_origin(socket, sources), scene)
            )
        )
        for output in outputs
        if output.node.id_data in trees
    }


def _changes_by_frame(scene: bpy.types.Scene) -> bool:
    switched = any(path.rpartition(".")[2] in SWITCHES for path in animated_paths(scene))
    return switched or any(frame_handlers())


def _origin(socket: Any, sources: Mapping[Any, Any]) -> Any:
    """The output that an input's data comes from, through reroutes; None: from none."""
    for _ in sources:  # and not for ever, where reroutes go round in a circle
        source = sources.get(socket)
        if source is None or source.node.bl_idname != "NodeReroute":
            return source
        socket = source.node.inputs[0]
    return None


def _is_rendered(source: Any, scene: bpy.types.Scene) -> bool:
    if source is None or source.node.bl_idname != "CompositorNodeRLayers" or source.node.mute:
        return False
    layer: bpy.types.ViewLayer | None = scene.view_layers.get(source.node.layer)
    return source.enabled and source.node.scene == scene and layer is not None and layer.use
