"""The OpenColorIO configuration: is the one used that was asked for, and has it what it takes?"""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from ...blender_versions.colors import lacks_color_spaces
from ...chunking.settings import Settings
from ..color_config import color_config
from ..lacking_colors import lacking_colors
from .finding import (
    ERROR,
    WARNING,
    Finding,
    found,
)


def color_configuration(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    config = color_config()
    if not config.is_used:
        yield found(
            "color-config-failed",
            f"The OpenColorIO configuration {config.path!r}, which {config.origin} names, is not "
            "there or can't be read, and Blender would take its own, with other colors: put it "
            "there, or name another one.",
        )
        return
    lacking = list(lacking_colors(scene, config))
    for each in lacking:
        instead = repr(each.instead) if each.instead else "another one"
        yield found(
            "color-space-missing",
            f"{each.owner} is made with the {each.kind} {each.name!r}, which the OpenColorIO "
            f"configuration {config.path!r} ({config.origin}) has not, and {instead} is taken: "
            "render with the configuration that it was made with, by the variable OCIO.",
            each.data_block,
            severity=ERROR if settings.missing == "error" and each.shows else WARNING,
        )
    if not lacking and lacks_color_spaces():
        yield found(
            "color-space-missing",
            "The .blend names a color space, view or display that the OpenColorIO configuration "
            f"{config.path!r} ({config.origin}) has not, and another one is taken: render with the "
            "configuration that it was made with, by the variable OCIO.",
            severity=ERROR if settings.missing == "error" else WARNING,
        )
