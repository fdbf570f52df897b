"""Small pictures of a watched array for the panel: its newest frames, and the strip of its film.

Blender loads a frame's picture when it is first drawn, in a thread of its own.
"""

from __future__ import annotations

from typing import Any

import bpy
import bpy.utils.previews

from ..report.film_strip import TILE_EDGE, FilmLook, pixels_of, tiles_of

_previews: Any = None
_tiles: tuple[bytes, ...] = ()
"""The strip that is shown."""
_frames: tuple[tuple[int, str], ...] = ()
"""The frames that are shown, with the names of their pictures in the collection."""


def show_film(look: FilmLook | None) -> None:
    """Have the panel show this from now on; from Blender's main thread."""
    global _tiles, _frames
    tiles = tiles_of(look.states) if look is not None else ()
    for place, tile in enumerate(tiles):
        if tile not in _tiles[place : place + 1]:
            name = f"strip {place}"
            preview = _previews.get(name) or _previews.new(name)
            preview.icon_size = (TILE_EDGE, TILE_EDGE)
            preview.icon_pixels = pixels_of(tile)
    _tiles = tiles
    newest = look.newest if look is not None else ()
    frames = tuple((each.frame, f"{each.frame} {each.digest}") for each in newest)
    for _, name in _frames:
        if name not in {name for _, name in frames}:
            del _previews[name]
    for each, (_, name) in zip(newest, frames, strict=True):
        if name not in _previews:
            _previews.load(name, str(each.picture), "IMAGE")
    _frames = frames


def strip_icons() -> list[int]:
    """The icons of the strip, from the film's begin to its end; none where none is shown."""
    return [_previews[f"strip {place}"].icon_id for place in range(len(_tiles))]


def newest_icons() -> list[tuple[int, int]]:
    """The newest frames, the last first, each with the icon of its picture."""
    return [(frame, _previews[name].icon_id) for frame, name in _frames]


def register() -> None:
    global _previews
    _previews = bpy.utils.previews.new()


def unregister() -> None:
    """Free all pictures."""
    global _previews, _tiles, _frames
    bpy.utils.previews.remove(_previews)
    _previews, _tiles, _frames = None, (), ()
