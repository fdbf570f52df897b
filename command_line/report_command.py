"""The sub-command `report`: one page beside the output folder that shows how the render went."""

from __future__ import annotations

import importlib.util
import shlex
from pathlib import Path
from typing import Any

from ..chunking.plan import Plan
from ..chunking.settings import SETTINGS, Settings
from ..film.report_making import make_report
from ..report.facts import Facts, gather_facts
from ..report.words import frames_text
from .answer import Answer
from .doors import ROOT, blender
from .opened_file import open_and_plan, settings_and_plan
from .options import SETUP_SCRIPT
from .sources import ARRAY_SETTINGS, Told
from .verify_command import named_folder

NOT_AGAIN = frozenset({*ARRAY_SETTINGS, "frames", "output"})
"""What is not as before in the command for the missing frames."""


def report(told: Told, out: Answer, chatter_file: Path) -> int:
    """Write the page, print its path, return the exit code; gaps are for `verify` to judge."""
    settings, plan, scene = _opened(told)
    folder = named_folder(settings.output)
    facts = gather_facts(folder, plan.frames)
    target = make_report(facts, _rerun(told, facts), scene)
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


def _rerun(told: Told, facts: Facts) -> str:
    """The command that renders what is not done, with the settings that were told here."""
    settings = {name: str(value) for name, value in told.settings.items() if name not in NOT_AGAIN}
    settings["frames"] = frames_text(facts.found.to_render)
    settings["output"] = str(facts.root)
    words = ["blender", "-b", _blend(told) or "FILE.blend", "-P", str(ROOT / "main.py"), "--"]
    for name, value in settings.items():
        words += [SETTINGS[name].option, value]
    if told.options[SETUP_SCRIPT.name]:
        words += [SETUP_SCRIPT.option, str(told.options[SETUP_SCRIPT.name])]
    return shlex.join(words)
