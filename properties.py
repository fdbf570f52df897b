"""Blender properties made from the settings, and those that are saved with a scene."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy

from .chunking.setting_values import Setting
from .chunking.settings import SETTINGS
from .scene.blender_versions.files import FOLDER_OPTIONS


def property_of(setting: Setting, **more: Any) -> Any:
    """A setting as one of Blender's properties, with the same name, default and limits."""
    common: dict[str, Any] = {"name": setting.label, "description": setting.help, **more}
    if isinstance(setting.default, bool):
        return bpy.props.BoolProperty(default=setting.default, **common)
    if isinstance(setting.default, int):
        return bpy.props.IntProperty(
            default=setting.default, min=setting.minimum, max=setting.maximum, **common
        )
    if setting.choices:
        items = [(name.upper(), label, text) for name, label, text in setting.choices]
        return bpy.props.EnumProperty(items=items, default=setting.default.upper(), **common)
    if setting.kind == "folder":
        common["subtype"] = "DIR_PATH"
        common["options"] = {*more.get("options", set()), *FOLDER_OPTIONS}
    return bpy.props.StringProperty(default=setting.default, **common)


def property_annotations(settings: Iterable[Setting], **more: Any) -> dict[str, Any]:
    """Annotations for a class of Blender's, one property for each setting."""
    return {setting.name: property_of(setting, **more) for setting in settings}


def values_of(owner: Any) -> dict[str, Any]:
    """The settings that are set on an owner of such properties, by their word."""
    return {
        name: getattr(owner, name)
        for name in SETTINGS
        if hasattr(owner, name) and owner.is_property_set(name)
    }


class ArrayChunkSettings(bpy.types.PropertyGroup):
    """What belongs to the file: the array that this scene is made for."""

    __annotations__ = property_annotations(each for each in SETTINGS.values() if each.on_file)


_register, _unregister = bpy.utils.register_classes_factory((ArrayChunkSettings,))


def register() -> None:
    _register()
    bpy.types.Scene.array_chunk = bpy.props.PointerProperty(
        type=ArrayChunkSettings, name="Array Chunk", options=set()
    )


def unregister() -> None:
    del bpy.types.Scene.array_chunk
    _unregister()
