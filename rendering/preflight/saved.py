"""The .blend itself: is there one, and can this Blender read all of it?"""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from ...blender_versions import release
from ...chunking.settings import Settings
from ..render_reach import reach_of_render
from .finding import Finding, found


def unsaved_file(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    if not bpy.data.filepath:
        yield found(
            "file-unsaved",
            "The file was never saved, so a farm has nothing to open. Save it, best in a folder "
            "that the farm can read.",
        )


def newer_file(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    if newer := release.newer_release():
        yield found(
            "file-newer",
            f"The .blend was saved by Blender {newer} and is opened by {release.NAME}: "
            "what is new since then is lost. Use the newer Blender on the farm.",
        )


def unsaved_images(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """Painted pixels are in memory only; Blender warns of it when it is closed, and no sooner."""
    dirty = [each for each in bpy.data.images if each.is_dirty and each.type != "RENDER_RESULT"]
    if not dirty:
        return
    used = reach_of_render(scene).pictured
    for image in dirty:
        if image in used and image.type != "COMPOSITING":
            yield found(
                "image-unsaved",
                f"The image {image.name!r} was painted and not saved: the farm doesn't get that. "
                "Save it, or pack it into the .blend.",
                image,
                fix="" if image.library else "pack-image",
            )
