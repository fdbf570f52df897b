"""Where the extension shows in Blender."""

from types import ModuleType


def _modules() -> tuple[ModuleType, ...]:
    """All of them, imported where they are registered: a child wants none of them."""
    from . import array_state, chunk_table, panel

    return (array_state, chunk_table, panel)


def register() -> None:
    for module in _modules():
        module.register()


def unregister() -> None:
    for module in reversed(_modules()):
        module.unregister()
