"""Python in the file: drivers and registered texts, which farms leave off."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from ...chunking.settings import Settings
from ..frame_drivers import drivers, range_is_read
from .finding import ERROR, WARNING, Finding, finding


def scripts_off(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """What stands still in this process, as the file was opened with its scripts off."""
    if not bpy.app.autoexec_fail:
        return
    if any(map(_needs_python, drivers())):
        accepted = settings.scripts == "off"
        yield finding(
            "drivers-off",
            "The file has Python drivers, and its scripts are off, so their values stand still"
            + (
                "."
                if accepted
                else ". Allow the scripts (--enable-autoexec), or accept that (--scripts off)."
            ),
            severity=WARNING if accepted else ERROR,
        )
    for text in bpy.data.texts:
        if text.use_module:
            yield finding(
                "text-not-run",
                f"The text {text.name!r} is registered to run when the file is opened, and did "
                "not run, as scripts are off. Allow them (--enable-autoexec), if it matters.",
                text,
            )


def freestyle_scripts(scene: bpy.types.Scene, allowed: bool | None) -> Iterator[Finding]:
    """Style modules run whether or not scripts are `allowed`, in Blender 4.2.23 and 5.0.1.

    None: the preferences say whether they are.
    """
    if allowed is None:
        allowed = bpy.context.preferences.filepaths.use_scripts_auto_execute
    if allowed:
        return
    for owner in bpy.data.scenes:
        for layer in owner.view_layers:
            freestyle = layer.freestyle_settings
            if freestyle.mode == "SCRIPT" and any(module.use for module in freestyle.modules):
                yield finding(
                    "freestyle-scripts",
                    f"The view layer {layer.name!r} of the scene {owner.name!r} has style modules "
                    "for Freestyle, which are Python scripts of the file, and scripts are off. "
                    "Allow the scripts (--enable-autoexec), or set Freestyle's mode to Parameter "
                    "Editor.",
                    owner,
                    part=layer.name,
                )


def scripts_needed(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """What works in this process, and would not on a farm, which opens files with scripts off."""
    if bpy.app.autoexec_fail:
        return
    if any(map(_needs_python, drivers())) and settings.scripts != "off":
        yield finding(
            "drivers-need-scripts",
            "The file has Python drivers, which stand still on the farm unless its scripts are "
            "allowed there (--enable-autoexec).",
        )
    for text in bpy.data.texts:
        if text.use_module:
            yield finding(
                "text-needs-scripts",
                f"The text {text.name!r} is registered to run when the file is opened, which it "
                "doesn't on the farm unless scripts are allowed there (--enable-autoexec).",
                text,
            )


def range_readers(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    if range_is_read():
        yield finding(
            "range-read-by-drivers",
            "Drivers read the first or last frame of a scene. They see the scene's own range on "
            "the farm too, whatever the chunk or the frame list.",
        )


def _needs_python(driver: bpy.types.Driver) -> bool:
    return driver.type == "SCRIPTED" and not driver.is_simple_expression
