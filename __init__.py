# SPDX-License-Identifier: GPL-3.0-or-later
"""Array Chunk Render: split an animation into N chunks and render chunk i.

The imports stand inside the functions so that the pure packages below can be imported,
tested and type-checked where there is no Blender.
"""

from types import ModuleType


def _modules() -> tuple[ModuleType, ...]:
    from . import operators, preferences, properties, ui
    from .rendering import carried

    return (properties, preferences, carried, operators, ui)


def register() -> None:
    for module in _modules():
        module.register()


def unregister() -> None:
    for module in reversed(_modules()):
        module.unregister()
