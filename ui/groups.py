"""The settings in their groups, for dialogs and preferences."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import bpy

from ..chunking.plain_text import plain_line
from ..chunking.setting_values import Setting
from ..chunking.settings import GROUPS, SETTINGS


def draw_groups(
    layout: bpy.types.UILayout,
    owner: Any,
    groups: Iterable[str] = GROUPS,
    settings: Collection[Setting] = tuple(SETTINGS.values()),
) -> None:
    """The settings that the owner has, each group in a box under its heading.

    Boxes, as Blender's folding panels crash in a dialog (tried on 4.3).
    """
    for group in groups:
        names = [
            each.name for each in settings if each.group == group and hasattr(owner, each.name)
        ]
        if names:
            box = layout.box()
            box.label(text=plain_line(group))
            box.use_property_split = True
            box.use_property_decorate = False
            for name in names:
                box.prop(owner, name)
