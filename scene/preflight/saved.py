"""The .blend itself: is there one, and can this Blender read all of it?"""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from ...blender_versions import release
from ...chunking.settings import Settings
from ..render_reach import reach_of_render
from .finding import (
    Finding,
    found,
)


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
            "what is new since then is lost, and children of this Blender refuse it. Use the newer "
            "Blender here and on the farm.",
        )


def newer_libraries(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """Of what is linked and rendered: Blender loses what it doesn't know, and says nothing."""
    newer = release.newer_libraries()
    if not newer:
        return
    reach = reach_of_render(scene)
    used = {one.library for one in reach.pictured | reach.moving}
    for library in newer:
        if library in used:
            saved = release.version_name(release.saved_by(library))
            yield found(
                "library-newer",
                f"The library {library.filepath!r} was saved by Blender {saved}, and this is "
                f"Blender {release.NAME}, which can't read all of it. Render by Blender {saved} or "
                "later, or save the library by this one and look at what is lost.",
                library,
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
