"""The sub-command `report`: one page beside the output folder that shows how the render went."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from ..chunking.plan import Plan
from ..chunking.settings import Settings
from ..film.report_making import make_report, rerun_command
from ..report.facts import gather_facts
from .answer import Answer
from .doors import blender
from .opened_file import open_and_plan, settings_and_plan
from .options import SETUP_SCRIPT
from .sources import ARRAY_SETTINGS, Told
from .verify_command import named_folder


def report(told: Told, out: Answer, chatter_file: Path) -> int:
    """Write the page, print its path, return the exit code; gaps are for `verify` to judge."""
    settings, plan, scene = _opened(told)
    folder = named_folder(settings.output)
    facts = gather_facts(folder, plan.frames)
    script = str(told.options[SETUP_SCRIPT.name] or "")
    more_words = [SETUP_SCRIPT.option, script] if script else []
    given = {name: value for name, value in told.settings.items() if name not in ARRAY_SETTINGS}
    rerun = rerun_command(facts, _blend(told), given, *more_words)
    target = make_report(facts, rerun, scene)
    out.line(f"report: {target}")
    return 0


def _opened(told: Told) -> tuple[Settings, Plan, Any]:
    """Settings, plan and, where a Blender and a .blend are at hand, the scene."""
    if _has_blender() and _blend(told):
        return open_and_plan(told)
    return *settings_and_plan(told), None


def _has_blender() -> bool:
    return importlib.util.find_spec("bpy") is not None


def _blend(told: Told) -> str:
    opened = blender().data.filepath if _has_blender() else ""
    return opened or str(told.options["blend"])
