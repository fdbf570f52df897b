"""Where the extension shows in Blender."""

from __future__ import annotations

from . import array_state, chunk_table, menu, panel

MODULES = (array_state, chunk_table, menu, panel)


def register() -> None:
    for module in MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(MODULES):
        module.unregister()
