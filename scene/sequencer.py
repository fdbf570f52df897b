"""The Video Sequencer: its trees, and whether it takes the place of the rendered picture."""

from __future__ import annotations

from typing import Any

import bpy

from ..blender_versions.sequencer import (
    MUTED_STRIPS_COUNT,
    shown_strips,
    strips_of,
    trees_of_strip,
)


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
    return any(MUTED_STRIPS_COUNT or not _is_muted(editor, strip) for strip in strips)


def _is_muted(editor: Any, strip: Any) -> bool:
    return bool(strip.mute or editor.channels[strip.channel].mute)
