"""Which scenes Blender renders for a picture of one scene, and by what.

The compositor can ask for the render layers of other scenes, the Video Sequencer for whole
pictures of other scenes, and those again. What holds for the scene holds for them: the device, the
threads, that they need a camera, and that their files go to the stage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import bpy

from ..blender_versions.sequencer import shown_strips
from .compositor import (
    FileOutput,
    compositing_nodes,
    compositing_trees,
    file_outputs,
    nodes_of,
)
from .sequencer import (
    renders_sequencer,
    strip_trees,
)


@dataclass(frozen=True)
class PicturedScenes:
    """The scenes that a picture is made of as wholes, each with what makes it."""

    composited: list[bpy.types.Scene]
    """Rendered, and sent through their compositor."""
    edited: list[bpy.types.Scene]
    """Put together by their sequencer. One scene can be both."""


def pictured_scenes(scene: bpy.types.Scene) -> PicturedScenes:
    """What the picture of `scene` is made of.

    Of a scene in a strip the strip's own input decides whether it is edited, and not that scene's
    Use Sequencer (`seq_render_scene_strip` in Blender's source; tried in 4.2, 5.0 and 5.3).
    """
    seen: dict[tuple[bpy.types.Scene, bool], None] = {}
    waiting = [(scene, renders_sequencer(scene))]
    while waiting:
        each, is_edited = one = waiting.pop(0)
        if one not in seen:
            seen[one] = None
            waiting.extend(_scenes_in_strips(each) if is_edited else ())
    return PicturedScenes(
        [each for each, is_edited in seen if not is_edited],
        [each for each, is_edited in seen if is_edited],
    )


def composited_scenes(scene: bpy.types.Scene) -> list[bpy.types.Scene]:
    """The scenes whose compositor is gone through for the picture of `scene`."""
    return pictured_scenes(scene).composited


def rendered_scenes(scene: bpy.types.Scene) -> list[bpy.types.Scene]:
    """The scene and all others whose view layers are rendered for its picture."""
    found: dict[bpy.types.Scene, None] = {}
    for composited in composited_scenes(scene):
        found[composited] = None
        found.update(dict.fromkeys(scenes_in_nodes(composited)))
    return list(found)


def written_outputs(scene: bpy.types.Scene) -> list[FileOutput]:
    """The File Output nodes that write files when the scene is rendered."""
    return file_outputs(_picture_trees(scene))


def picture_nodes(scene: bpy.types.Scene) -> Iterator[bpy.types.Node]:
    """All compositor nodes in use that a picture of the scene goes through, each once."""
    return nodes_of(_picture_trees(scene))


def _picture_trees(scene: bpy.types.Scene) -> list[bpy.types.NodeTree]:
    pictured = pictured_scenes(scene)
    trees = [tree for each in pictured.composited for tree in compositing_trees(each)]
    return trees + [tree for each in pictured.edited for tree in strip_trees(each)]


def _scenes_in_strips(scene: bpy.types.Scene) -> Iterator[tuple[bpy.types.Scene, bool]]:
    for strip in shown_strips(scene):
        if strip.type == "SCENE" and strip.scene is not None:
            yield strip.scene, strip.scene_input == "SEQUENCER"


def scenes_in_nodes(scene: bpy.types.Scene) -> Iterator[bpy.types.Scene]:
    """The scenes whose render layers the compositor of a scene shows, its own too."""
    for node in compositing_nodes(scene):
        if node.bl_idname == "CompositorNodeRLayers" and node.scene is not None:
            yield node.scene
