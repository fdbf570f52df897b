"""The OpenColorIO configuration that Blender makes colors by, and where it comes from."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..blender_versions import colors
from ..blender_versions.files import open_project
from .data_folders import data_folder
from .ocio_files import (
    config_digest,
    is_there,
)
from .project import expanded


@dataclass(frozen=True)
class ColorConfig:
    """A configuration: its file (or a name that begins with ``ocio://``), and who asks for it."""

    path: str
    origin: str
    is_used: bool
    """Whether Blender has it, as far as it tells: it silently takes its own for a broken one."""
    is_the_project_s: bool = False

    def digest(self) -> str:
        """The same for the same colors, wherever the files lie."""
        try:
            return config_digest(self.path)
        except OSError as error:
            return f"unreadable: {os.strerror(error.errno or 0)}"


def color_config() -> ColorConfig:
    """The configuration that was asked for, by a variable or the project, or else Blender's own."""
    own = _own_path()
    for variable in colors.VARIABLES:
        path = os.environ.get(variable, "")
        if path and not _is_same(path, own):  # Blender 5.1 and later name their own by it
            return ColorConfig(path, f"the variable {variable}", _is_used(path, variable))
    project = open_project()
    if project is not None and project.ocio_config != "BLENDER":
        path = expanded(project.ocio_config_path) or project.ocio_config
        origin = f"the project {project.name!r}"
        return ColorConfig(path, origin, colors.has_projects_config(), is_the_project_s=True)
    return ColorConfig(own, "Blender", True)


def _is_used(path: str, variable: str) -> bool:
    source = colors.config_source()
    return is_there(path) if source is None else source == variable


def _own_path() -> str:
    """Blender's own, in whose place a user's data files can have another."""
    return os.path.join(data_folder("colormanagement"), "config.ocio")


def _is_same(path: str, other: str) -> bool:
    return os.path.realpath(path) == os.path.realpath(other)
