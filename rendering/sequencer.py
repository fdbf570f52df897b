"""The Video Sequencer: its strips, and whether it takes the place of the rendered picture.

Blender 4.4 renamed "sequences" to "strips"; this module alone knows both names.
"""

from __future__ import annotations

from typing import Any

import bpy


def all_strips(scene: bpy.types.Scene) -> list[Any]:
    """A scene's sequencer strips, those inside meta strips too."""
    editor: Any = scene.sequence_editor
    if editor is None:
        return []
    return list(editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all)


def strip_trees(scene: bpy.types.Scene) -> list[bpy.types.NodeTree]:
    """The compositing trees of strips that are one (Blender 5.2), and of modifiers (5.0)."""
    strips = [strip for strip in all_strips(scene) if not strip.mute]
    owners = [*strips, *(each for strip in strips for each in getattr(strip, "modifiers", ()))]
    trees = (getattr(owner, "node_group", None) for owner in owners)
    return [tree for tree in trees if tree is not None]


def renders_sequencer(scene: bpy.types.Scene) -> bool:
    """Whether the scene's picture is that of its sequencer.

    Then neither its view layers nor its compositor are rendered. Sound strips alone don't do that,
    nor, from Blender 4.4 on, what is muted (``RE_seq_render_active`` in Blender's source; tried in
    4.2, 4.3, 4.4, 4.5 and 5.0).
    """
    editor: Any = scene.sequence_editor
    if editor is None or not scene.render.use_sequencer:
        return False
    if bpy.app.version < (4, 4, 0):
        return any(strip.type != "SOUND" for strip in editor.sequences)
    return any(strip.type != "SOUND" and not _is_muted(editor, strip) for strip in editor.strips)


def _is_muted(editor: Any, strip: Any) -> bool:
    return bool(strip.mute or editor.channels[strip.channel].mute)
