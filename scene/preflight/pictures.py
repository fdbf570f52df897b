"""What the pictures are: a format that can be checked and saved, and the size that is meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import bpy

from ...chunking.settings import Settings
from ...publishing.formats.still_formats import unknown_part, unsaved_part
from ..blender_versions.builds import can_write
from ..picture_sizes import is_cropped, picture_sizes
from ..rendered_scenes import written_outputs
from .finding import Finding, finding
from .paths import owner


class _Writer(NamedTuple):
    """Who writes pictures, and by which settings."""

    image: Any
    who: str
    data_block: bpy.types.ID
    sizes: frozenset[tuple[int, int]] = frozenset()
    """Of the pictures, where they are known before they are there."""
    node: str = ""


def unknown_formats(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for writer in _writers(scene):
        if unknown := unknown_part(writer.image):
            yield finding(
                "format-unknown",
                f"{writer.who} writes {unknown}, and whether such pictures are whole can't be "
                "checked here: choose another one, such as PNG (--format png for the scene's own "
                "pictures).",
                writer.data_block,
                part=writer.node,
                fix="" if writer.node else "set-png",
            )


def unsaved_formats(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for writer in _writers(scene):
        if unknown_part(writer.image):
            continue
        unsaved = unsaved_part(writer.image, writer.sizes)
        if not unsaved and not can_write(writer.image.file_format):
            unsaved = f"{writer.image.file_format}, whose plugin this build lacks"
        if unsaved:
            yield finding(
                "format-unsaved",
                f"{writer.who} writes {unsaved}, which Blender can be set to and can't save: "
                "choose another format, such as PNG (--format png for the scene's own pictures), "
                "or what it can save.",
                writer.data_block,
                part=writer.node,
                fix="" if writer.node else "set-png",
            )


def _writers(scene: bpy.types.Scene) -> Iterator[_Writer]:
    if not scene.render.is_movie_format:  # which is a finding of its own
        image = scene.render.image_settings
        yield _Writer(image, f"The scene {scene.name!r}", scene, picture_sizes(scene))
    for output in written_outputs(scene):
        tree = owner(output)
        who = f"The File Output node {output.node.name!r} of {tree.name!r}"
        for image in output.formats:
            yield _Writer(image, who, tree, node=output.node.name)


def movie_format(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    if scene.render.is_movie_format:
        # Formats that Blender no longer has are movies still, without a name.
        file_format = scene.render.image_settings.file_format or "of a former Blender's format"
        yield finding(
            "movie-format",
            f"The scene {scene.name!r} writes a movie ({file_format}), which can't be put "
            "together from chunks. Set an image format (such as --format png) and make the film "
            "afterwards.",
            scene,
        )


def picture_size(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    render = scene.render
    percentage = render.resolution_percentage
    if any(min(size) < 1 for size in picture_sizes(scene)):
        yield finding(
            "picture-below-pixel",
            f"The scene {scene.name!r} has {render.resolution_x}x{render.resolution_y} pixels, and "
            f"{percentage} % of that is less than one: set a larger percentage.",
            scene,
            fix="" if settings.percentage else "percentage-full",
        )
    elif percentage < 100 and not settings.percentage:
        yield finding(
            "resolution-reduced",
            f"The scene {scene.name!r} is rendered at {percentage} % of its resolution. Set 100 %, "
            "or say that it is meant (--percentage).",
            scene,
        )


def border(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    render = scene.render
    corners = (
        render.border_min_x,
        render.border_min_y,
        render.border_max_x,
        render.border_max_y,
    )
    if render.use_border and corners != (0.0, 0.0, 1.0, 1.0):
        rest = "cut off" if is_cropped(scene) else "black or transparent"
        yield finding(
            "border-render",
            f"The scene {scene.name!r} renders a region of the picture only; the rest is {rest}. "
            "Switch Render Region off in its Output properties, unless it is meant.",
            scene,
        )
