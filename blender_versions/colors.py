"""What Blender tells of its OpenColorIO configuration: more with each release since 5.0."""

from __future__ import annotations

from typing import Any

import bpy

VARIABLES = ("BLENDER_OCIO", "OCIO") if bpy.app.version >= (5, 0, 0) else ("OCIO",)
"""Of the environment, that name a configuration: the first one that is set wins."""

_TELLS_MISSING = bpy.app.version >= (5, 0, 0)
_TELLS_SOURCE = bpy.app.version >= (5, 3, 0)


def lacks_color_spaces() -> bool:
    """Whether the .blend names color spaces or views that are not there; False before 5.0."""
    data: Any = bpy.data
    return _TELLS_MISSING and bool(data.colorspace.is_missing_opencolorio_config)


def config_source() -> str | None:
    """Who asked for the configuration in use, as the name of a variable; None: not told (5.3)."""
    data: Any = bpy.data
    return str(data.colorspace.ocio_config_source) if _TELLS_SOURCE else None


def has_projects_config() -> bool:
    """Whether the project's own configuration could be had; only where there are projects (5.3)."""
    data: Any = bpy.data
    return not data.colorspace.is_failed_opencolorio_config
