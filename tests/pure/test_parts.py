"""Parts of rings: together they are the ring, each time another way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parts import Part

NAMES = [f"tests/process/test_film.py::test_{number}[5.2]" for number in range(600)]


@given(st.text(min_size=1), st.integers(1, 6), st.text())
def test_each_test_is_in_one_part_alone(test: str, parts: int, seed: str) -> None:
    having = [
        number for number in range(1, parts + 1) if Part.read(f"{number}/{parts}", seed).has(test)
    ]
    assert len(having) == 1


def test_without_a_part_all_tests_are_tried() -> None:
    assert all(Part.read("", "seed").has(name) for name in NAMES)


def test_parts_are_alike_in_size_and_other_ones_for_another_seed() -> None:
    first, other = (
        {name for name in NAMES if Part.read("1/3", seed).has(name)} for seed in ("a1b2", "c3d4")
    )
    assert all(150 < len(chosen) < 250 for chosen in (first, other))
    assert len(first & other) < 100


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/2/3"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Part.read(text, "")
