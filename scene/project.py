"""The project that the open .blend belongs to (Blender 5.3), and its variables in paths."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

import bpy

from .blender_versions.files import open_project
from .restoring import Restorer

ROOT = "project_root"
FILE = ".blender_project/project.toml"
"""Where a project keeps its name, its variables and its colors, below its root."""
NODE_VARIABLE = "node_name"
"""Known in the paths of File Output nodes alone."""
BLEND_FOLDER = "blend_dir"
"""Blender's variable for the folder of the open .blend, from 5.0 on."""

_VARIABLE = re.compile(r"\{\{|\}\}|\{(\w+)\}")


def project_file() -> str:
    """The project's file, written as seen from the .blend; empty where there is no project."""
    project = open_project()
    return bpy.path.relpath(os.path.join(project.root_path, FILE)) if project else ""


def expanded(path: str, root: str | None = None) -> str:
    """A path with the values of the project's variables in it.

    `root` stands for another root than the project's own. Blender's own variables stay.
    """
    project = open_project()
    if project is None or "{" not in path:
        return path
    values = {each.name: str(each.value) for each in project.variables}
    values[ROOT] = project.root_path if root is None else root
    return with_values(path, values)


def with_values(path: str, values: Mapping[str, str]) -> str:
    """A path with these variables' values in it; what is unknown, and two braces for one, stays."""
    return _VARIABLE.sub(lambda variable: values.get(variable[1], variable[0]), path)


def seen_from_here(path: str) -> str:
    """A path with the project's root in it as seen from the folder of the open .blend."""
    project = open_project()
    root = bpy.path.relpath(project.root_path) if project else None
    return expanded(path, root)


def faults_in(scene: bpy.types.Scene, path: str) -> str:
    """What Blender can't make out in an output path, such as an unknown variable; empty: nothing.

    Blender is asked by the scene's own output path, which is as it was afterwards.
    """
    with Restorer() as restorer:
        restorer.set(scene.render, "filepath", with_values(path, {NODE_VARIABLE: ""}))
        restorer.seal()
        try:
            scene.render.frame_path(frame=scene.frame_current)
        except RuntimeError as error:
            lines = [line.strip(" .") for line in str(error).splitlines()]
            faults = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
            return "; ".join(faults) or lines[0]
    return ""
