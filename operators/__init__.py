"""Operators, thin: poll, translate, call, report."""

from __future__ import annotations

from . import (
    array_chunk,
    array_watch,
    background,
    bake,
    check,
    film,
    load,
    refresh,
    report,
    submit,
    verify,
)

MODULES = (
    array_chunk,
    background,
    bake,
    check,
    refresh,
    film,
    verify,
    load,
    report,
    array_watch,
    submit,
)


def register() -> None:
    for module in MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(MODULES):
        module.unregister()
