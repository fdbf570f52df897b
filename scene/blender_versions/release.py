"""Which Blender this is, and what its data has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import bpy

NUMBERS = ".".join(str(number) for number in bpy.app.version)
"""As in 4.2.23."""
NAME: str = bpy.app.version_string
"""As in 4.2.23 LTS."""

MINOR: tuple[int, int] = bpy.app.version[:2]
"""As in 4.2: files of one number are of one kind."""

_HAS_LAYERS = bpy.app.version >= (4, 4, 0)


def saved_by(library: Any = None) -> tuple[int, int]:
    """By which Blender the open file, or a library, was saved; by this one where it was not."""
    if library is None and not bpy.data.filepath:
        return MINOR
    major, minor, *_ = (library or bpy.data).version
    return major, minor


def newer_release() -> str:
    """By which newer Blender the open file was saved, as in 5.3; empty: by none."""
    return version_name(saved_by()) if saved_by() > MINOR else ""


def newer_libraries() -> list[Any]:
    """Libraries that were saved by a newer Blender."""
    return [each for each in bpy.data.libraries if saved_by(each) > MINOR]


def version_name(version: tuple[int, int]) -> str:
    """As in 4.2."""
    return ".".join(map(str, version))


def known_properties(owner: Any, names: Iterable[str]) -> list[str]:
    """Those of the names that are properties of such an owner in this Blender, in their order."""
    known = owner.bl_rna.properties
    return [name for name in names if name in known]


def saved_before(version: tuple[int, int, int]) -> bool:
    """Whether the open .blend was saved by a Blender older than this."""
    return tuple(bpy.data.version) < version


def curves_of(action: Any) -> Iterator[Any]:
    """All F-curves of an action, those for each of its users.

    Blender 4.4 put them into layers and strips, a bag for each user (slot); since then
    `Action.fcurves` was the first bag alone, and 5.0 took it away.
    """
    if not _HAS_LAYERS:
        yield from action.fcurves
        return
    for layer in action.layers:
        for strip in layer.strips:
            for bag in strip.channelbags:
                yield from bag.fcurves
