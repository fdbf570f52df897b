"""Comparing the files of two renders of the same frames, value by value."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from children import frames_in, pixels
from openexr import read_channels
from png import read_values

LEAST_DIFFERENCE = 1.001 / 255
"""Values that agree within this are equal, by comparison to the value where it is above 1."""

MATTE_NUMBER = re.compile(r"(.*Crypto\w*?)\d\d\.[rbRB]")
"""A channel of a Cryptomatte that holds objects' numbers; the group is its pass."""

SHARES = {"r": "g", "b": "a", "R": "G", "B": "A"}
"""The component that holds an object's share, by the one that holds its number."""


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
    changed = [
        each for each in sorted({*first} & {*second}) if first[each].data != second[each].data
    ]
    if not changed:
        return found
    pictures = [
        in_order({channel: values.values() for channel, values in file.items()})
        for file in (first, second)
    ]
    found.extend(
        _difference(name, each, *(values[each] for values in pictures)) for each in changed
    )
    return found


def in_order(channels: Mapping[str, Sequence[float]]) -> dict[str, Sequence[float]]:
    """The channels, those of each Cryptomatte with the objects of a pixel in an order of their own.

    A pixel of such a pass is a list of pairs, an object's number and its share, in the channels
    00.r and 00.g, 00.b and 00.a, 01.r and so on. Where things are transparent Cycles leaves them in
    the order in which it met them, and sorts them only with kept data, from the second frame on.
    What reads them looks for a number wherever it stands.
    """
    ordered = dict(channels)
    passes: dict[str, list[str]] = {}
    for name in sorted(channels):
        if match := MATTE_NUMBER.fullmatch(name):
            passes.setdefault(match[1], []).append(name)
    for numbers in passes.values():
        shares = [name[:-1] + SHARES[name[-1]] for name in numbers]
        values = zip(*(channels[name] for name in (*numbers, *shares)), strict=True)
        half = len(numbers)
        pixels = [sorted(zip(each[:half], each[half:], strict=True)) for each in values]
        for place, (number, share) in enumerate(zip(numbers, shares, strict=True)):
            ordered[number] = [pixel[place][0] for pixel in pixels]
            ordered[share] = [pixel[place][1] for pixel in pixels]
    return ordered


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
