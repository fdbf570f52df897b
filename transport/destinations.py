"""Pure: the destinations that a project can be sent to, by how a person writes them."""

from __future__ import annotations

from pathlib import Path

from ..chunking.errors import BadSetting
from .project_folder import ProjectFolder


def destination_of(text: str) -> ProjectFolder:
    """What `--to` says; a relative folder is one of the current folder. Raises BadSetting."""
    if not text:
        raise BadSetting("No destination is named: write --to FOLDER.")
    if "://" in text:
        raise BadSetting(f"--to is {text!r}: a project is sent to a folder, so name one.")
    return ProjectFolder(Path(text).absolute())
