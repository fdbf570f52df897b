"""The sub-commands about the scene itself: `check` looks at it, `bake` bakes its simulations."""

from __future__ import annotations

import logging
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..child.session import session_of_process
from ..chunking.errors import EXIT_COMPLETE, BadSetting, SceneRefused
from ..chunking.plain_text import plain_line
from .doors import blender, read_blend
from .opened_file import open_and_plan
from .printing import Answer
from .sources import Invocation

if TYPE_CHECKING:
    from ..scene.preflight import Finding

log = logging.getLogger(__name__)

WIDTH = 100


def check(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Print what is wrong with the scene; return 0 where there is no error in it, else 65."""
    settings, plan, scene = open_and_plan(invocation)
    from ..rendering.farm_check import check_for_farm
    from ..scene.preflight import ERROR

    findings = check_for_farm(scene, settings, plan.frames, session_of_process())
    errors = sum(finding.severity == ERROR for finding in findings)
    if invocation.options["json"]:
        fields = [finding.as_fields() for finding in findings]
        out.json({"scene": scene.name, "errors": errors, "findings": fields})
    else:
        out.lines(line for finding in findings for line in _lines(finding))
        out.line(f"{errors} errors, {len(findings) - errors} warnings")
    return SceneRefused.exit_code if errors else EXIT_COMPLETE


def _lines(finding: Finding) -> Iterator[str]:
    from ..scene.preflight.fixes import FIXES

    about = f"  {finding.data.label}" if finding.data.label else ""
    yield f"{finding.severity:<7}  {finding.kind}{about}"
    # Plain before it is wrapped, which would take a line break in a name for a blank.
    for line in textwrap.wrap(plain_line(finding.message), WIDTH):
        yield f"    {line}"
    if finding.fix:
        yield f"    In Blender, Check for Farm has a button: {FIXES[finding.fix].label}"


def bake(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Bake into a copy of the .blend, look whether it is baked in what was saved, return 0.

    Raises SceneRefused with what is left to be baked by hand; all else is baked by then.
    """
    _settings, plan, scene = open_and_plan(invocation)
    from ..scene.simulations import baked_copy, baking

    bpy = blender()
    copy = _copy(Path(bpy.data.filepath), str(invocation.options["bake_file"]))
    name = scene.name
    last_frame = max((scene.frame_end, *plan.frames))
    bpy.context.preferences.filepaths.save_version = 0
    baked_copy.save_copy(copy)
    outcome = baking.bake(scene, last_frame)
    # What is looked at is what a child will have.
    read_blend(copy, bool(invocation.options["enable_autoexec"]))
    baking.check(bpy.data.scenes[name], outcome)
    for each in outcome.baked:
        log.info("baked: %s", each)
    if outcome.left:
        left = "; ".join(f"{name}: {reason}" for name, reason in outcome.left.items())
        raise SceneRefused(
            f"Not baked: {left}. Everything else is baked in the copy; bake these in it by hand, "
            f"and save it. The copy: {str(copy)!r}."
        )
    if not outcome.tried:
        log.info("There was nothing to bake: the copy is as the file was")
    log.info("baked copy: %s", copy)
    return EXIT_COMPLETE


def _copy(original: Path, bake_file: str) -> Path:
    """Where the copy is to be. Raises BadSetting for a place that can't be one."""
    beside = original.with_name(f"{original.stem}_baked.blend")
    copy = Path(bake_file).absolute() if bake_file else beside
    if copy.suffix != ".blend":
        raise BadSetting(f"--bake-file is {bake_file!r}: write the name of a .blend.")
    if copy == original.absolute() or (copy.exists() and copy.samefile(original)):
        raise BadSetting(
            f"--bake-file is {str(copy)!r}, the file itself, which is left as it is: name another."
        )
    return copy
