"""The artist's defaults: they seed new values in the window, and never count on a farm."""

from __future__ import annotations

import bpy

from .chunking.settings import SETTINGS
from .properties import property_annotations
from .ui.groups import draw_groups


class ArrayChunkPreferences(bpy.types.AddonPreferences):
    bl_idname = __package__
    __annotations__ = property_annotations(each for each in SETTINGS.values() if each.on_file)

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.label(text="Defaults for files that don't say otherwise")
        draw_groups(self.layout, self)


register, unregister = bpy.utils.register_classes_factory((ArrayChunkPreferences,))
