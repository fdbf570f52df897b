"""The sub-command `check`: what is wrong with the scene, before anything is submitted."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..child.session import session_of_process
from ..chunking.errors import EXIT_COMPLETE, SceneRefused
from ..chunking.plain_text import plain_line
from .answer import Answer
from .opened_file import open_and_plan
from .sources import Told

if TYPE_CHECKING:
    from ..scene.preflight import Finding

WIDTH = 100


def check(told: Told, out: Answer, chatter_file: Path) -> int:
    """Print the findings; return 0 where there is no error among them, else 65."""
    settings, plan, scene = open_and_plan(told)
    from ..rendering.farm_check import check_for_farm
    from ..scene.preflight import ERROR

    allowed = session_of_process().scripts_allowed
    findings = check_for_farm(scene, settings, plan.frames, allowed)
    errors = sum(finding.severity == ERROR for finding in findings)
    if told.options["json"]:
        told_of = [finding.as_fields() for finding in findings]
        out.json({"scene": scene.name, "errors": errors, "findings": told_of})
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
