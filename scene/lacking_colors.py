"""What the .blend's colors are made with and the OpenColorIO configuration has not.

Blender takes another one in its place and says so in its log alone, while it opens the file.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import bpy

from .blender_versions import release
from .color_config import ColorConfig
from .files.stored_path import owner_name
from .render_reach import RenderReach, reach_of_render
from .rendered_scenes import pictured_scenes
from .stored_colors import StoredName, stored_names

RENAMED_BEFORE = (2, 90, 0)
"""Files older than this have views and looks that Blender itself calls otherwise today."""
LINEAR_FORMATS = frozenset({"OPEN_EXR", "OPEN_EXR_MULTILAYER", "HDR"})
"""Formats that are written before view and look are applied."""

_SPACE = "colorspace_settings.name"
_OF_SCENES = frozenset(
    {
        "view_settings.view_transform",
        "view_settings.look",
        "display_settings.display_device",
        "sequencer_colorspace_settings.name",
    }
)
"""Fields of the file that Blender's Python calls the same."""
_DECIDED_BY = {
    "view_settings.view_transform": "display_settings.display_device",
    "view_settings.look": "view_settings.view_transform",
}
_FORMAT = "r.im_format."


class LackingColor(NamedTuple):
    """One name that the configuration has not."""

    owner: str
    kind: str
    name: str
    instead: str
    """What Blender takes; empty where that isn't known."""
    data_block: bpy.types.ID | None
    shows: bool
    """Whether it changes the picture that is saved."""


def lacking_colors(scene: bpy.types.Scene, config: ColorConfig) -> Iterator[LackingColor]:
    """What a render of `scene` uses of it, each once."""
    if not bpy.data.filepath or release.saved_before(RENAMED_BEFORE):
        return
    stored = stored_names(Path(bpy.data.filepath))
    known = _known_names(scene, config)
    suspects = [each for each in stored if each.name not in known[each.kind]]
    if not suspects:
        return
    reach = reach_of_render(scene)
    by_place = {(each.owner, each.place): each for each in stored}
    for each in suspects:
        deciding = by_place.get((each.owner, _decided_by(each.place)))
        is_changed = deciding is not None and _is_changed(deciding, scene)
        if not is_changed and (lacking := _lacking(each, scene, reach)) is not None:
            yield lacking


def _known_names(scene: bpy.types.Scene, config: ColorConfig) -> dict[str, set[str]]:
    views = _choices(scene.view_settings, "view_transform")
    spaces = _choices(scene.sequencer_colorspace_settings, "name") | _aliases(config)
    return {
        "view": views,
        "look": {"None", *_choices(scene.view_settings, "look")},
        "display": _choices(scene.display_settings, "display_device"),
        "color space": spaces,
    }


def _choices(owner: Any, name: str) -> set[str]:
    """What a property can be, by Blender's answer to what it can't: nothing is changed."""
    try:
        setattr(owner, name, "\n")
    except TypeError as error:
        return set(re.findall("'([^']*)'", str(error).partition(" not found in ")[2]))
    return set()


def _aliases(config: ColorConfig) -> set[str]:
    """Other names of color spaces, which Blender understands and doesn't list."""
    try:
        text = Path(config.path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return set()
    lists = re.findall(r"aliases: \[([^\]]*)\]", text)
    return {name.strip(" \n\"'") for each in lists for name in each.split(",")}


def _lacking(stored: StoredName, scene: bpy.types.Scene, reach: RenderReach) -> LackingColor | None:
    owner = _owner(stored, scene)
    if owner is None or not _is_used(stored, owner, scene, reach):
        return None
    instead = _now(stored, owner)
    if instead == stored.name:
        return None
    linear = scene.render.image_settings.file_format in LINEAR_FORMATS
    shows = stored.kind == "color space" or stored.place.startswith(_FORMAT) or not linear
    return LackingColor(owner_name(owner), stored.kind, stored.name, instead, owner, shows)


def _decided_by(place: str) -> str:
    """The field whose name decides which ones this one can have; empty: none does."""
    for name, deciding in _DECIDED_BY.items():
        if place.endswith(name):
            return place.removesuffix(name) + deciding
    return ""


def _is_changed(stored: StoredName, scene: bpy.types.Scene) -> bool:
    """Whether a script has changed it since, or Blender has, of which is told by itself."""
    owner = _owner(stored, scene)
    now = _now(stored, owner) if owner is not None else ""
    return bool(now) and now != stored.name


def _owner(stored: StoredName, scene: bpy.types.Scene) -> Any:
    """The data-block of this file, if the render may use it; a tree of no name is a scene's own."""
    kind, name = stored.owner[:2], stored.owner[2:]
    collections: dict[str, Any] = {
        "SC": bpy.data.scenes,
        "IM": bpy.data.images,
        "MC": bpy.data.movieclips,
        "NT": bpy.data.node_groups,
    }
    owner = collections[kind].get((name, None)) if kind in collections else None
    return scene if owner is None and kind == "NT" else owner


def _is_used(stored: StoredName, owner: Any, scene: bpy.types.Scene, reach: RenderReach) -> bool:
    if stored.owner.startswith("NT"):
        return True
    if owner.id_type != "SCENE":
        return owner in reach.pictured
    if stored.place.startswith("r."):
        return owner == scene and stored.place.startswith(_FORMAT)
    if stored.place in ("sequencer_colorspace_settings.name", "colorspace_settings.name"):
        return owner in reach.edited
    pictured = pictured_scenes(scene)
    return owner in (scene, *pictured.composited, *pictured.edited)


def _now(stored: StoredName, owner: Any) -> str:
    """The name that is in its place since the file was opened; empty where that isn't known."""
    holder, place = owner, stored.place
    if place.startswith(_FORMAT):
        holder, place = owner.render.image_settings, place.removeprefix(_FORMAT)
    is_known = place in _OF_SCENES if owner.id_type == "SCENE" else place == _SPACE
    return str(operator.attrgetter(place)(holder)) if is_known else ""
