"""Operators, thin: poll, translate, call, report."""

from types import ModuleType


def _modules() -> tuple[ModuleType, ...]:
    """All of them, imported where they are registered: a child imports its one by itself."""
    from . import (
        array_chunk,
        array_watch,
        background,
        check,
        fetch,
        film,
        output_folder,
        send,
        submit,
    )

    return (
        array_chunk,
        array_watch,
        background,
        check,
        fetch,
        film,
        output_folder,
        send,
        submit,
    )


def register() -> None:
    for module in _modules():
        module.register()


def unregister() -> None:
    for module in reversed(_modules()):
        module.unregister()
