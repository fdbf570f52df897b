"""The sub-command `bake`: simulations baked into a copy of the .blend, for an array to render."""

from __future__ import annotations

import logging
from pathlib import Path

from ..chunking.errors import EXIT_COMPLETE, BadSetting, SceneRefused
from .answer import Answer
from .doors import blender, read_blend
from .opened_file import open_and_plan
from .sources import Told

log = logging.getLogger(__name__)


def bake(told: Told, out: Answer, chatter_file: Path) -> int:
    """Bake, look whether it is baked in what was saved, say the copy's path, return 0.

    Raises SceneRefused with what is left to be baked by hand; all else is baked by then.
    """
    _settings, plan, scene = open_and_plan(told)
    from ..scene.simulations import baked_copy, baking

    bpy = blender()
    copy = _copy(Path(bpy.data.filepath), str(told.options["bake_file"]))
    name = scene.name
    last_frame = max((scene.frame_end, *plan.frames))
    bpy.context.preferences.filepaths.save_version = 0
    baked_copy.save_copy(copy)
    outcome = baking.bake(scene, last_frame)
    # What is looked at is what a child will have.
    read_blend(copy, bool(told.options["enable_autoexec"]))
    baking.check(bpy.data.scenes[name], outcome)
    for each in outcome.baked:
        log.info("baked: %s", each)
    if outcome.left:
        raise SceneRefused(f"{_left(outcome.left)} The copy: {str(copy)!r}.")
    if not outcome.tried:
        log.info("There was nothing to bake: the copy is as the file was")
    log.info("baked copy: %s", copy)
    return EXIT_COMPLETE


def _copy(original: Path, named: str) -> Path:
    copy = Path(named).absolute() if named else original.with_name(f"{original.stem}_baked.blend")
    if copy.suffix != ".blend":
        raise BadSetting(f"--bake-file is {named!r}: write the name of a .blend.")
    if copy == original.absolute() or (copy.exists() and copy.samefile(original)):
        raise BadSetting(
            f"--bake-file is {str(copy)!r}, the file itself, which is left as it is: name another."
        )
    return copy


def _left(left: dict[str, str]) -> str:
    parts = "; ".join(f"{name}: {reason}" for name, reason in left.items())
    return (
        f"Not baked: {parts}. Everything else is baked in the copy; bake these in it by hand, and "
        "save it."
    )
