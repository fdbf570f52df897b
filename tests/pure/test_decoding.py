"""What is unlikely to be meant of a picture."""

from __future__ import annotations

from array import array

import pytest
from array_chunk_render.command_line.picture_commands import suspicion_of


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
def test_suspicion(values: list[float], channels: int, suspicion: str) -> None:
    assert suspicion_of(array("f", values), channels).startswith(suspicion)
    assert bool(suspicion_of(array("f", values), channels)) == bool(suspicion)
