"""What lives in Blender's window between two clicks: what was found, watched and tested."""

from types import ModuleType


def _modules() -> tuple[ModuleType, ...]:
    """All that Blender keeps values of, imported where they are registered: a child wants none."""
    from . import array_watch, chunk_table, chunk_trial, findings, frame_previews

    return (frame_previews, array_watch, chunk_trial, chunk_table, findings)


def register() -> None:
    for module in _modules():
        module.register()


def unregister() -> None:
    for module in reversed(_modules()):
        module.unregister()
