"""Operators, thin: poll, translate, call, report."""

from __future__ import annotations

from . import array_chunk, film


def register() -> None:
    array_chunk.register()
    film.register()


def unregister() -> None:
    film.unregister()
    array_chunk.unregister()
