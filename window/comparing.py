"""Whether two renders of the same frames have the same pixels."""

from __future__ import annotations

import filecmp
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from ..film.whole_pictures import MOST_PIXELS
from ..publishing.formats import (
    BrokenPicture,
    inspect,
)


def differences(first: Path, second: Path) -> Iterator[tuple[str, float]]:
    """For each picture that both folders hold: its name, and the largest difference of a value.

    Values are those that Blender loads, 0 to 1 for most formats. Another size is a difference of
    infinity; a picture that is not whole, or that Blender does not load, one of NaN.
    """
    for path in sorted(first.iterdir()):
        other = second / path.name
        if path.is_file() and other.is_file():
            yield path.name, _difference(path, other)


def _difference(first: Path, second: Path) -> float:
    try:
        ours, theirs = inspect(first), inspect(second)
    except (BrokenPicture, OSError):
        return float("nan")
    if filecmp.cmp(first, second, shallow=False):
        return 0.0
    if (ours.width, ours.height) != (theirs.width, theirs.height):
        return float("inf")
    if ours.width * ours.height > MOST_PIXELS:
        return float("nan")
    return _largest_difference(first, second)


def _largest_difference(first: Path, second: Path) -> float:
    try:
        ours, theirs = _pixels(first), _pixels(second)
    except RuntimeError:
        return float("nan")
    if len(ours) != len(theirs):
        return float("inf")
    if ours == theirs:
        return 0.0
    return max(map(abs, map(float.__sub__, ours, theirs)))


def _pixels(path: Path) -> Any:
    image: Any = bpy.data.images.load(str(path))
    try:
        values = array("f", bytes(4 * len(image.pixels)))
        image.pixels.foreach_get(values)
        return values
    finally:
        bpy.data.images.remove(image)
