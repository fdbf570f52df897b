"""The strips of the Video Sequencer, which Blender called sequences before 4.4."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

MUTED_STRIPS_COUNT = bpy.app.version < (4, 4, 0)
"""Whether a sequencer all of whose strips are muted takes the place of the picture nevertheless."""

_HAS_STRIPS = bpy.app.version >= (4, 4, 0)
_TAKES_LENGTH = bpy.app.version >= (5, 0, 0)
_LOSES_ITS_FONT = (5, 2, 0) <= bpy.app.version < (5, 3, 0)


def strips_of(owner: Any) -> Any:
    """The strips of a sequencer or of a meta strip, those inside of its meta strips left out."""
    return owner.strips if _HAS_STRIPS else owner.sequences


def all_strips(scene: bpy.types.Scene) -> list[Any]:
    """A scene's strips, those inside meta strips too; none where it has no sequencer."""
    editor: Any = scene.sequence_editor
    if editor is None:
        return []
    return list(editor.strips_all if _HAS_STRIPS else editor.sequences_all)


def tree_holders(strip: Any) -> list[Any]:
    """What may hold a compositing tree: a strip (Blender 5.2), and its modifiers (5.0)."""
    return [strip, *strip.modifiers]


def shown_strips(scene: bpy.types.Scene) -> list[Any]:
    """The strips that show: muted ones too, where they are what an effect or a mask is made of."""
    every = all_strips(scene)
    shown = [strip for strip in every if not strip.mute]
    inputs = [getattr(strip, name, None) for strip in shown for name in ("input_1", "input_2")]
    inputs += [each.input_mask_strip for strip in shown for each in strip.modifiers]
    names = {each.name for each in inputs if each is not None}
    return shown + [strip for strip in every if strip.mute and strip.name in names]


def trees_of_strip(strip: Any) -> list[bpy.types.NodeTree]:
    """The compositing trees of a strip that is one (Blender 5.2), and of its modifiers (5.0)."""
    groups = [
        each.node_group for each in tree_holders(strip) if "node_group" in each.bl_rna.properties
    ]
    return [group for group in groups if group is not None]


def new_effect(editor: Any, kind: str, channel: int) -> Any:
    """A new strip of an effect, for frame 1; 5.0 takes its length, and before that its end."""
    extent = {"length": 1} if _TAKES_LENGTH else {"frame_end": 2}
    return strips_of(editor).new_effect(
        name=kind, type=kind, channel=channel, frame_start=1, **extent
    )


@contextlib.contextmanager
def text_font() -> Iterator[Any]:
    """The font for strips of text to name, as long as they are rendered; None: their default.

    5.2 draws the default until another file is opened, and no text from then on (seen in 5.2.3,
    not in 5.0 and 5.3). The same font, read from its file, is drawn.
    """
    utilities: Any = bpy.utils
    file = Path(utilities.system_resource("DATAFILES", path="fonts")) / "Inter.woff2"
    if not (_LOSES_ITS_FONT and file.is_file()):
        yield None
        return
    font = bpy.data.fonts.load(str(file))
    try:
        yield font
    finally:
        bpy.data.fonts.remove(font)
