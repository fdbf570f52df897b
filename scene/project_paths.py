"""The files that a project (Blender 5.3) adds to what the open .blend depends on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import bpy

from ..blender_versions.files import open_project
from .color_config import color_config
from .ocio_files import lookup_tables
from .project import project_file
from .stored_path import StoredPath


def project_paths() -> Iterator[StoredPath]:
    """The project's own file, and the colors that it names with their lookup tables."""
    project = open_project()
    if project is None:
        return
    owner = f'project "{project.name}"'
    yield StoredPath(None, owner, project_file(), None)
    config = color_config()
    if config.is_the_project_s and os.path.isabs(config.path):
        tables = [str(table) for _, table in lookup_tables(Path(config.path))]
        for path in (config.path, *tables):
            yield StoredPath(None, owner, bpy.path.relpath(path), None)
