"""Which scenes Blender renders for a picture of one scene, and by what.

The compositor can ask for the render layers of other scenes, the Video Sequencer for whole
pictures of other scenes, and those again; or its strips take the place of the rendered picture.
What holds for the scene holds for all of them: the device, the threads, that they need a camera,
and that their files go to the stage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import bpy

from .blender_versions.builds import can_denoise
from .blender_versions.sequencer import MUTED_STRIPS_COUNT, shown_strips, strips_of, trees_of_strip
from .compositor import FileOutput, compositing_nodes, compositing_trees, file_outputs, nodes_of

DENOISE_NODE = "CompositorNodeDenoise"


class PicturedScenes(NamedTuple):
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
            waiting.extend(
                (strip.scene, strip.scene_input == "SEQUENCER")
                for strip in (shown_strips(each) if is_edited else ())
                if strip.type == "SCENE" and strip.scene is not None
            )
    return PicturedScenes(
        [each for each, is_edited in seen if not is_edited],
        [each for each, is_edited in seen if is_edited],
    )


def composited_scenes(scene: bpy.types.Scene) -> list[bpy.types.Scene]:
    """The scenes whose compositor is gone through for the picture of `scene`."""
    return pictured_scenes(scene).composited


def rendered_scenes(scene: bpy.types.Scene) -> list[bpy.types.Scene]:
    """The scene and all others whose view layers are rendered for its picture."""
    scenes = [
        each
        for composited in composited_scenes(scene)
        for each in (composited, *scenes_in_nodes(composited))
    ]
    return list(dict.fromkeys(scenes))


def written_outputs(scene: bpy.types.Scene) -> list[FileOutput]:
    """The File Output nodes that write files when the scene is rendered."""
    return file_outputs(_picture_trees(scene))


def _picture_trees(scene: bpy.types.Scene) -> list[bpy.types.NodeTree]:
    pictured = pictured_scenes(scene)
    trees = [tree for each in pictured.composited for tree in compositing_trees(each)]
    return trees + [tree for each in pictured.edited for tree in strip_trees(each)]


def scenes_in_nodes(scene: bpy.types.Scene) -> Iterator[bpy.types.Scene]:
    """The scenes whose render layers the compositor of a scene shows, its own too."""
    for node in compositing_nodes(scene):
        if node.bl_idname == "CompositorNodeRLayers" and node.scene is not None:
            yield node.scene


def strip_trees(scene: bpy.types.Scene) -> list[bpy.types.NodeTree]:
    """The compositing trees of the strips in use, and of their modifiers."""
    return [tree for strip in shown_strips(scene) for tree in trees_of_strip(strip)]


def renders_sequencer(scene: bpy.types.Scene) -> bool:
    """Whether the scene's picture is that of its sequencer.

    Then neither its view layers nor its compositor are rendered. Sound strips alone don't do that,
    nor, from Blender 4.4 on, what is muted (``RE_seq_render_active`` in Blender's source; tried in
    4.2, 4.3, 4.4, 4.5 and 5.0).
    """
    editor: Any = scene.sequence_editor
    if editor is None or not scene.render.use_sequencer:
        return False
    strips = [strip for strip in strips_of(editor) if strip.type != "SOUND"]
    return any(
        MUTED_STRIPS_COUNT or not (strip.mute or editor.channels[strip.channel].mute)
        for strip in strips
    )


def is_denoised(scene: bpy.types.Scene, cycles: Iterable[bpy.types.Scene]) -> bool:
    """Whether a picture of the scene goes through a denoiser that is there.

    `cycles` are the scenes that Cycles renders for it. A Denoise node that leads nowhere counts.
    """
    if not can_denoise():
        return False
    return any(each.cycles.use_denoising for each in cycles) or any(
        node.bl_idname == DENOISE_NODE for node in nodes_of(_picture_trees(scene))
    )
