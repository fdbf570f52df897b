"""What the pictures are written as: what can't be checked afterwards, and what can't be saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import bpy

from ...chunking.settings import Settings
from ...publishing.formats.still_formats import (
    unknown_part,
    unsaved_part,
)
from ..format_probe import can_write
from ..pixels import picture_sizes
from ..rendered_scenes import written_outputs
from .finding import (
    Finding,
    found,
)
from .output import owner


@dataclass(frozen=True)
class _Written:
    """Settings by which pictures are written, and whose they are."""

    image: Any
    who: str
    data_block: bpy.types.ID
    sizes: frozenset[tuple[int, int]] = frozenset()
    """Of the pictures, where they are known before they are there."""
    node: str = ""


def unknown_formats(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for written in _all_written(scene):
        if unknown := unknown_part(written.image):
            yield found(
                "format-unknown",
                f"{written.who} writes {unknown}, and whether such pictures are whole can't be "
                "checked here: choose another one, such as PNG (--format png for the scene's own "
                "pictures).",
                written.data_block,
                part=written.node,
                fix="" if written.node else "set-png",
            )


def unsaved_formats(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for written in _all_written(scene):
        if unknown_part(written.image):
            continue
        unsaved = unsaved_part(written.image, written.sizes)
        if not unsaved and not can_write(written.image.file_format):
            unsaved = f"{written.image.file_format}, whose plugin this build lacks"
        if unsaved:
            yield found(
                "format-unsaved",
                f"{written.who} writes {unsaved}, which Blender can be set to and can't save: "
                "choose another format, such as PNG (--format png for the scene's own pictures), "
                "or what it can save.",
                written.data_block,
                part=written.node,
                fix="" if written.node else "set-png",
            )


def _all_written(scene: bpy.types.Scene) -> Iterator[_Written]:
    if not scene.render.is_movie_format:  # which is a finding of its own
        image = scene.render.image_settings
        yield _Written(image, f"The scene {scene.name!r}", scene, picture_sizes(scene))
    for output in written_outputs(scene):
        tree = owner(output)
        who = f"The File Output node {output.node.name!r} of {tree.name!r}"
        for image in output.formats:
            yield _Written(image, who, tree, node=output.node.name)
