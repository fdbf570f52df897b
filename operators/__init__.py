"""Operators, thin: poll, translate, call, report."""

from types import ModuleType


def _modules() -> tuple[ModuleType, ...]:
    """All of them, imported where they are registered: a child imports its one by itself."""
    from . import (
        array_chunk,
        bake,
        check,
        film,
        load,
        refresh,
        report,
        submit,
        verify,
    )

    return (
        array_chunk,
        bake,
        check,
        refresh,
        film,
        verify,
        load,
        report,
        submit,
    )


def register() -> None:
    for module in _modules():
        module.register()


def unregister() -> None:
    for module in reversed(_modules()):
        module.unregister()
