"""Whether two renders of a frame have the same pixels, with numpy and without it."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from math import inf, isnan, nan
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.window.chunk_trial import (
    file_difference,
    largest_difference,
    loaded_values,
    value_difference,
)


@pytest.fixture(params=["as it is", "without numpy"])
def numpy_or_not(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without numpy":
        monkeypatch.setitem(sys.modules, "numpy", None)


@pytest.mark.usefixtures("numpy_or_not")
@pytest.mark.parametrize(
    ("first", "second", "largest"),
    [
        pytest.param((), (), 0.0, id="empty"),
        pytest.param((0.5, 1.0), (0.5, 1.0), 0.0, id="the same"),
        pytest.param((0.5, 1.0, 0.25), (0.25, 0.5, 0.25), 0.5, id="the largest"),
        pytest.param((inf, nan, 1.0), (inf, nan, 0.5), 0.5, id="no numbers in both"),
        pytest.param((0.5, nan, 1.0), (0.0, 0.5, 0.0), nan, id="no number in the first"),
        pytest.param((1.0, 1.0), (0.0, nan), nan, id="no number in the second"),
        pytest.param((inf,), (1.0,), inf, id="infinite in one"),
    ],
)
def test_the_largest_difference(
    first: tuple[float, ...], second: tuple[float, ...], largest: float
) -> None:
    for pair in ((first, second), (second, first)):
        difference = largest_difference(*(array("f", values) for values in pair))
        assert difference == largest or (isnan(difference) and isnan(largest))


def test_numpy_takes_no_value_by_itself() -> None:
    """Eight million of them, of one picture in HD, take seconds so."""
    pytest.importorskip("numpy")

    class Whole(array):  # type: ignore[type-arg]
        def __iter__(self) -> Iterator[Any]:
            raise AssertionError("each value was looked at")

    assert largest_difference(Whole("f", [0.5, 1.0]), Whole("f", [0.5, 0.0])) == 1.0


def saved(path: Path, size: tuple[int, int], value: float) -> Path:
    image = bpy.data.images.new("frame", *size)
    image.pixels.foreach_set([value, value, value, 1.0] * (size[0] * size[1]))
    image.file_format = "PNG"
    image.save(filepath=str(path))
    bpy.data.images.remove(image)
    return path


@pytest.mark.usefixtures("numpy_or_not")
def test_pictures(tmp_path: Path) -> None:
    gray = saved(tmp_path / "gray.png", (8, 4), 0.5)
    white = saved(tmp_path / "white.png", (8, 4), 1.0)
    wide = saved(tmp_path / "wide.png", (9, 4), 0.5)
    cut = tmp_path / "cut.png"
    cut.write_bytes(gray.read_bytes()[:-8])
    images = len(bpy.data.images)
    assert file_difference(gray, gray) == ""
    assert file_difference(gray, wide) == "another size"
    assert file_difference(gray, cut) == file_difference(cut, gray) == "not whole"
    assert file_difference(gray, white) is None
    assert value_difference(loaded_values(gray), loaded_values(gray)) == ""
    assert value_difference(loaded_values(gray), loaded_values(white)) == "by up to 0.498"
    assert value_difference(loaded_values(gray), loaded_values(tmp_path / "none")) == "not whole"
    assert len(bpy.data.images) == images
