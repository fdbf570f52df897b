"""Which Blender this is, and what its data has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy

NUMBERS = ".".join(str(number) for number in bpy.app.version)
"""As in 4.2.23."""
NAME: str = bpy.app.version_string
"""As in 4.2.23 LTS."""


def newer_release() -> str:
    """By which newer Blender the open file was saved, as in 5.3; empty: by none."""
    saved_by = tuple(bpy.data.version)[:2]
    is_newer = bpy.data.filepath and saved_by > bpy.app.version[:2]
    return ".".join(map(str, saved_by)) if is_newer else ""


def known_properties(owner: Any, names: Iterable[str]) -> list[str]:
    """Those of the names that are properties of such an owner in this Blender, in their order."""
    known = owner.bl_rna.properties
    return [name for name in names if name in known]


def saved_before(version: tuple[int, int, int]) -> bool:
    """Whether the open .blend was saved by a Blender older than this."""
    return tuple(bpy.data.version) < version
