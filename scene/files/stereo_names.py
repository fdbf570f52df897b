"""Files of the other stereo views, which Blender reads beside the one that is stored.

Pictures with Use Multi-View whose Views Format is Individual are one file a view: where the stored
name ends with the suffix of a view, before that of its format, the other views' suffixes are tried
in its place (`BKE_scene_multiview_view_prefix_get`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import bpy

STEREO_SUFFIXES = ("_L", "_R")
"""Of Stereo 3D, which has its own views whatever a scene has."""


def names_of_other_views(owner: Any, names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The same files of each other view that an image or a strip is read for, if it is."""
    if not (owner.use_multiview and owner.views_format == "INDIVIDUAL"):
        return
    own = {suffix for name in names for suffix in _suffixes() if _stem(name).endswith(suffix)}
    for suffix in _suffixes():
        others = tuple(_with(name, sorted(own, key=len), suffix) for name in names)
        if own and others != names:
            yield others


def _suffixes() -> tuple[str, ...]:
    views = (view for scene in bpy.data.scenes for view in scene.render.views if view.use)
    return tuple(
        dict.fromkeys((*STEREO_SUFFIXES, *(v.file_suffix for v in views if v.file_suffix)))
    )


def _stem(name: str) -> str:
    return name.removesuffix(PurePosixPath(name).suffix)


def _with(name: str, suffixes: list[str], new: str) -> str:
    stem = _stem(name)
    for suffix in reversed(suffixes):
        if stem.endswith(suffix):
            return stem.removesuffix(suffix) + new + name.removeprefix(stem)
    return name
