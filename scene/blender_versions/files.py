"""Paths that Blender is given, files that its data-blocks name, and what it tells of colors.

Of its OpenColorIO configuration it tells more with each release since 5.0.
"""

from __future__ import annotations

from typing import Any

import bpy

FOLDER_OPTIONS = frozenset({"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else ())
"""The options of a property for a folder: 4.5 wants to be told that `//` is understood."""

CONFIG_VARIABLES = ("BLENDER_OCIO", "OCIO") if bpy.app.version >= (5, 0, 0) else ("OCIO",)
"""Variables that name a color configuration: the first one that is set wins."""

CAMERA_SCRIPT = "custom_filepath"
"""The property of a camera in which `script_of` finds its file."""

_HAS_PROJECTS = bpy.app.version >= (5, 3, 0)
_HAS_TEMPLATES = bpy.app.version >= (4, 5, 0)
_HAS_CAMERA_SCRIPTS = bpy.app.version >= (4, 5, 0)
_HAS_ARCHIVES = bpy.app.version >= (5, 0, 0)
_TELLS_MISSING = bpy.app.version >= (5, 0, 0)
_TELLS_SOURCE = bpy.app.version >= (5, 3, 0)


def literal_path(path: str) -> str:
    """A path for renders that is taken literally: from 4.5 on, braces hold variables in it."""
    return path.replace("{", "{{").replace("}", "}}") if _HAS_TEMPLATES else path


def may_have_variables(path: str) -> bool:
    """Whether Blender would look for variables in a path for renders."""
    return _HAS_TEMPLATES and "{" in path


def is_packed(library: Any) -> bool:
    """Whether all that the .blend takes from a library is inside the .blend.

    Before 5.0 that is the library's whole file, since then single data-blocks, too.
    """
    if library.packed_file or (_HAS_ARCHIVES and library.is_archive):
        return True
    return _HAS_ARCHIVES and bool(library.archive_libraries) and not library.users_id


def script_of(camera: Any) -> str:
    """The file of a camera that is an OSL script (from 4.5 on); empty for all others."""
    if not _HAS_CAMERA_SCRIPTS or camera.type != "CUSTOM" or camera.custom_mode != "EXTERNAL":
        return ""
    return str(getattr(camera, CAMERA_SCRIPT))


def open_project() -> Any:
    """The project that the open .blend belongs to, or None: Blender 5.3 brought projects.

    Blender looks for one in the folders above the .blend.
    """
    data: Any = bpy.data
    return data.project if _HAS_PROJECTS else None


def lacks_color_spaces() -> bool:
    """Whether the .blend names color spaces or views that are not there; False before 5.0."""
    data: Any = bpy.data
    return _TELLS_MISSING and bool(data.colorspace.is_missing_opencolorio_config)


def config_source() -> str | None:
    """By which variable the color configuration in use was asked for; None: not told before 5.3."""
    data: Any = bpy.data
    return str(data.colorspace.ocio_config_source) if _TELLS_SOURCE else None


def has_projects_config() -> bool:
    """Whether the color configuration of the project could be had; where there is one (5.3)."""
    data: Any = bpy.data
    return not data.colorspace.is_failed_opencolorio_config
