# SPDX-License-Identifier: GPL-3.0-or-later
"""Array Chunk Render: split an animation into N chunks and render chunk i.

The imports stand inside the functions so that the pure packages below can be imported,
tested and type-checked where there is no Blender, and so that a child doesn't pay for a window.
"""

from types import ModuleType


def _modules() -> tuple[ModuleType, ...]:
    from . import operators, preferences, properties, ui, window
    from .rendering import carried

    return (properties, preferences, carried, window, operators, ui)


def register() -> None:
    from .machine.child_process import outlive_readers

    outlive_readers()
    for module in _modules():
        module.register()


def register_for_child() -> None:
    """Register what a process of a farm calls and nothing that only a window shows.

    The operator with the properties that its settings have on a scene. A child of short frames
    would spend more time on importing the window's other parts than on a frame.
    """
    from . import properties
    from .operators import array_chunk

    properties.register()
    array_chunk.register()


def unregister() -> None:
    for module in reversed(_modules()):
        module.unregister()
