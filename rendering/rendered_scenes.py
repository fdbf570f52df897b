"""Which scenes Blender renders for a picture of one scene.

The compositor can ask for the render layers of other scenes, the Video Sequencer for whole
pictures of other scenes, and those again. What holds for the scene holds for them: the device, the
threads, that they need a camera, and that their files go to the stage.
"""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from .compositor import FileOutput, compositing_tree, file_outputs, nodes_of
from .sequencer import all_strips, renders_sequencer


def rendered_scenes(scene: bpy.types.Scene) -> list[bpy.types.Scene]:
    """The scene and all others whose view layers are rendered for its picture."""
    found: dict[str, bpy.types.Scene] = {}
    for composited in composited_scenes(scene):
        found.setdefault(composited.name, composited)
        for other in _scenes_in_nodes(composited):
            found.setdefault(other.name, other)
    return [each for each in found.values() if not renders_sequencer(each)]


def composited_scenes(scene: bpy.types.Scene) -> list[bpy.types.Scene]:
    """The scenes that are rendered whole: through their compositor, or their sequencer."""
    found: dict[str, bpy.types.Scene] = {}
    waiting = [scene]
    while waiting:
        each = waiting.pop(0)
        if each.name not in found:
            found[each.name] = each
            waiting.extend(_scenes_in_strips(each))
    return list(found.values())


def written_outputs(scene: bpy.types.Scene) -> list[FileOutput]:
    """The File Output nodes that write files when the scene is rendered."""
    return [
        output
        for composited in composited_scenes(scene)
        if not renders_sequencer(composited)
        for output in file_outputs(composited)
    ]


def _scenes_in_strips(scene: bpy.types.Scene) -> Iterator[bpy.types.Scene]:
    if not renders_sequencer(scene):
        return
    for strip in all_strips(scene):
        if strip.type == "SCENE" and strip.scene is not None and not strip.mute:
            yield strip.scene


def _scenes_in_nodes(scene: bpy.types.Scene) -> Iterator[bpy.types.Scene]:
    tree = None if renders_sequencer(scene) else compositing_tree(scene)
    for node in nodes_of(tree) if tree is not None else ():
        if node.bl_idname == "CompositorNodeRLayers" and node.scene is not None:
            yield node.scene
