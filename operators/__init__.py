"""Operators, thin: poll, translate, call, report."""

from __future__ import annotations

from . import array_chunk, film, report, verify

MODULES = (array_chunk, film, verify, report)


def register() -> None:
    for module in MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(MODULES):
        module.unregister()
