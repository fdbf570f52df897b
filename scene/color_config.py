"""The OpenColorIO configuration that Blender makes colors by, and where it comes from."""

from __future__ import annotations

import os
from typing import NamedTuple

from .blender_versions.files import (
    CONFIG_VARIABLES,
    config_source,
    has_projects_config,
    open_project,
)
from .ocio_files import config_digest, is_there
from .pixel_preferences import came_with_blender, data_folder
from .project import expanded


class ColorConfig(NamedTuple):
    """A configuration: its file (or a name that begins with ``ocio://``), and who asks for it."""

    path: str
    origin: str
    is_used: bool
    """Whether Blender has it, as far as it tells: it silently takes its own for a broken one."""
    is_the_project_s: bool = False
    variable: str = ""
    """The environment variable that names it; empty: none does."""
    came_with_blender: bool = False

    def digest(self) -> str:
        """One word for its colors, whatever the place of its files."""
        try:
            return config_digest(self.path, self.came_with_blender)
        except OSError as error:
            return f"unreadable: {os.strerror(error.errno or 0)}"


def color_config() -> ColorConfig:
    """The configuration that was asked for, by a variable or the project, or else Blender's own."""
    # Blender's own, in whose place a user's data files can have another.
    own = os.path.join(data_folder("colormanagement"), "config.ocio")
    for variable in CONFIG_VARIABLES:
        path = os.environ.get(variable, "")
        # Blender 5.1 and later name their own by it.
        if path and os.path.realpath(path) != os.path.realpath(own):
            source = config_source()
            is_used = is_there(path) if source is None else source == variable
            return ColorConfig(path, f"the variable {variable}", is_used, variable=variable)
    project = open_project()
    if project is not None and project.ocio_config != "BLENDER":
        path = expanded(project.ocio_config_path) or project.ocio_config
        origin = f"the project {project.name!r}"
        return ColorConfig(path, origin, has_projects_config(), is_the_project_s=True)
    return ColorConfig(own, "Blender", True, came_with_blender=came_with_blender("colormanagement"))
