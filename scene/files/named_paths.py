"""Paths that a file names which a stored path leads to, such as the layers of a USD file."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path

from ...publishing.fingerprint import state_of
from .named_files import NAMING, named_in
from .stored_path import Spread, StoredPath, resolved

MOST_FILES = 10_000


def named_paths(stored: StoredPath) -> Iterator[StoredPath]:
    """Those that are there; written as `stored` is, and named by it or by another one of them."""
    if stored.spread is not Spread.ONE or not stored.path.lower().endswith(NAMING):
        return
    waiting, known = [stored], {_normal(stored)}
    while waiting and len(known) < MOST_FILES:
        naming = waiting.pop()
        place = resolved(naming.path, naming.library)
        for name in _names(place, state_of(place)):
            path = name if os.path.isabs(name) else naming.beside([name])[0]
            other = stored._replace(path=path, named_by=(naming.path, name))
            if _normal(other) not in known and os.path.isfile(_normal(other)):
                known.add(_normal(other))
                waiting.append(other)
                yield other


@functools.lru_cache(maxsize=1024)  # several ask in the life of a child
def _names(place: Path, state: str) -> list[str]:
    return named_in(place) if state else []


def _normal(stored: StoredPath) -> str:
    return os.path.normpath(resolved(stored.path, stored.library))
