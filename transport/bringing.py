"""Pure: files brought from a source in groups: each call costs time, and each group lies here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

MOST_FILES = 1000
MOST_BYTES = 256 << 20
"""Of one group; what is larger comes alone."""
T = TypeVar("T")


def groups(items: Iterable[T], bytes_of: Callable[[T], int]) -> Iterator[list[T]]:
    """The same items in their order, in groups of which the files are brought at once."""
    group: list[T] = []
    size = 0
    for item in items:
        more = bytes_of(item)
        if group and (len(group) >= MOST_FILES or size + more > MOST_BYTES):
            yield group
            group, size = [], 0
        group.append(item)
        size += more
    if group:
        yield group
