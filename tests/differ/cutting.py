"""Cutting a list of parts down to the fewest that still show something (delta debugging)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def cut(parts: Sequence[Item], shows: Callable[[list[Item]], bool]) -> list[Item]:
    """The parts without those that can be left out: with any one fewer it is not shown.

    `shows` is asked of each list that is tried; that it says yes of `parts` itself is known.
    """
    kept, size = list(parts), max(1, len(parts) // 2)
    while True:
        start, before = 0, len(kept)
        while start < len(kept):
            fewer = kept[:start] + kept[start + size :]
            if shows(fewer):
                kept = fewer
            else:
                start += size
        if size == 1 and len(kept) == before:
            return kept
        size = max(1, size // 2) if len(kept) == before or size > 1 else 1
