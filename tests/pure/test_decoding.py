"""What is unlikely to be meant of a picture."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Any

import numpy
import pytest
from array_chunk_render.command_line.picture_commands import LOOKED_AT_FIRST, suspicion_of

both_kinds = pytest.mark.parametrize(
    "kind", [lambda values: array("f", values), numpy.float32], ids=["array", "numpy"]
)
Kind = Callable[[Sequence[float]], Any]


@both_kinds
@pytest.mark.parametrize(
    ("values", "channels", "suspicion"),
    [
        pytest.param([0.0, 0.0, 0.1, 1.0], 4, "", id="a little blue"),
        pytest.param([0.0, 0.0, 0.0, 1.0] * 2, 4, "all black", id="black"),
        pytest.param([0.0, 0.0, 0.0] * 2, 3, "all black", id="black without alpha"),
        pytest.param([0.0], 1, "all black", id="black and white, black"),
        pytest.param([0.5], 1, "", id="black and white"),
        pytest.param([0.5, 0.5, 0.5, 0.0] * 2, 4, "all transparent", id="transparent"),
        pytest.param([0.5, float("nan"), 0.5, 1.0], 4, "not all numbers", id="NaN"),
        pytest.param([0.5, float("inf"), 0.5, 1.0], 4, "not all numbers", id="infinite"),
        pytest.param([float("inf"), -float("inf"), 0, 1], 4, "not all numbers", id="both infinite"),
    ],
)
def test_suspicion(values: list[float], channels: int, suspicion: str, kind: Kind) -> None:
    assert suspicion_of(kind(values), channels).startswith(suspicion)
    assert bool(suspicion_of(kind(values), channels)) == bool(suspicion)


@both_kinds
@pytest.mark.parametrize("lit", [0, 1, LOOKED_AT_FIRST, 2 * LOOKED_AT_FIRST + 1])
def test_one_pixel_anywhere_is_enough(lit: int, kind: Kind) -> None:
    """Also where it is none of those that are looked at first."""
    values = [0.0, 0.0, 0.0, 0.0] * 3 * LOOKED_AT_FIRST
    assert suspicion_of(kind(values), 4) == "all transparent"
    values[4 * lit + 3] = 0.5
    assert suspicion_of(kind(values), 4) == "all black"
    values[4 * lit + 2] = 0.5
    assert suspicion_of(kind(values), 4) == ""


class CountedArray(array):  # type: ignore[type-arg]  # an array of floats
    """Counts the values that were taken out of it."""

    taken = 0

    def __getitem__(self, place: Any) -> Any:
        part = super().__getitem__(place)
        self.taken += len(part) if isinstance(place, slice) else 1
        return part


def test_few_values_of_a_usual_picture_are_looked_at() -> None:
    """All of them, one by one in Python, took ten times as long as to decode an HD frame."""
    values = CountedArray("f", [0.25, 0.5, 0.75, 1.0] * 320 * 180)
    assert suspicion_of(values, 4, black=2.5 / 255, is_float=False) == ""
    assert values.taken < len(values) / 100
