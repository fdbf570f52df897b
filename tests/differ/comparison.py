"""Comparing the files of two renders of the same frames, value by value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from children import frames_in, pixels
from openexr import read_channels
from png import read_values

LEAST_DIFFERENCE = 1.001 / 255
"""Values that agree within this are equal, by comparison to the value where it is above 1."""


@dataclass(frozen=True)
class Difference:
    """What differs in one file, or in one of its channels."""

    file: str
    channel: str
    share: float
    """Of the values, how many differ by more than the least difference."""
    most: float
    """The largest difference."""


def compare(one: Path, other: Path) -> list[Difference]:
    """All differences between two folders of pictures, those that can't be seen too."""
    names, others = frames_in(one), frames_in(other)
    found = [Difference(name, "", 1.0, math.inf) for name in sorted({*names} ^ {*others})]
    for name in sorted({*names} & {*others}):
        found.extend(compare_files(one / name, other / name, name))
    return found


def compare_files(one: Path, other: Path, name: str) -> list[Difference]:
    if one.suffix == ".png":
        if pixels(one) == pixels(other):
            return []
        return [_difference(name, "pixels", read_values(one), read_values(other))]
    first, second = read_channels(one), read_channels(other)
    found = [Difference(name, each, 1.0, math.inf) for each in sorted({*first} ^ {*second})]
    for channel in sorted({*first} & {*second}):
        if first[channel].data != second[channel].data:
            values = first[channel].values(), second[channel].values()
            found.append(_difference(name, channel, *values))
    return found


def _difference(file: str, name: str, one: Sequence[float], other: Sequence[float]) -> Difference:
    if len(one) != len(other):
        return Difference(file, name, 1.0, math.inf)
    distances = [distance(a, b) for a, b in zip(one, other, strict=True)]
    visible = sum(each > LEAST_DIFFERENCE for each in distances)
    return Difference(file, name, visible / len(one), max(distances))


def distance(one: float, other: float) -> float:
    """How far two values are from each other; infinite where one alone is a number."""
    if math.isnan(one) or math.isnan(other):
        return 0.0 if math.isnan(one) and math.isnan(other) else math.inf
    if one == other:
        return 0.0
    return (
        abs(one - other) / max(1.0, abs(one), abs(other))
        if math.isfinite(one - other)
        else math.inf
    )


def seen(differences: list[Difference]) -> list[Difference]:
    """Those that a person could see, the largest one first."""
    visible = [each for each in differences if each.share > 0]
    return sorted(visible, key=lambda each: -each.share)
