"""The sub-command `submit`: the array, handed to a farm."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from ..child import session
from ..chunking.errors import EXIT_COMPLETE
from ..chunking.frames import FrameSet
from ..chunking.plan import Plan
from ..chunking.setting_values import Value
from ..chunking.settings import Settings
from ..engines.farms import export
from ..engines.request import Request
from ..engines.submissions import Submission
from .answer import Answer
from .opened_file import open_and_plan
from .options import AUTOEXEC, ENDING, SETUP_SCRIPT
from .sources import Told

log = logging.getLogger(__name__)

NOT_TOLD = ("size", "index", "attempt", "render_id", "output")
"""Settings that children hear of in another way."""


def submit(told: Told, out: Answer, chatter_file: Path) -> int:
    """Look at the scene as a child would, submit, print the job's id; return the exit code."""
    settings, plan, scene = open_and_plan(told)
    request = _request(told, settings, plan)
    if request.to_render is None:
        log.info("No frame is missing: nothing was submitted")
        return EXIT_COMPLETE
    farm = request.farm
    _refuse_unfit(scene, settings, request.to_render, is_here=farm.is_here)
    if not farm.is_here:
        _say_what_the_farm_must_set()
    is_cycles = settings.engine == "cycles" or scene.render.engine == "CYCLES"
    for warning in farm.warnings(farm.parse(request.options), settings, is_cycles):
        log.warning("%s", warning)
    if told.options["export"]:
        _export(told, request, out)
        return EXIT_COMPLETE
    sent = request.send()
    assert sent is not None
    if sent.warning:
        log.warning("%s", sent.warning)
    _say(told, out, sent.submission)
    return EXIT_COMPLETE


def _request(told: Told, settings: Settings, plan: Plan) -> Request:
    from .doors import blender

    tell: dict[str, Value] = {
        name: value for name, value in told.settings.items() if name not in NOT_TOLD
    }
    if "frames" in tell:
        tell["frames"] = str(plan.frames)  # a list in a file may not be there
    options = (AUTOEXEC, SETUP_SCRIPT, *ENDING)
    given = {each.variable: told.options[each.name] for each in options}
    if session.set_up is not None:
        given[SETUP_SCRIPT.variable] = str(Path(session.set_up.script).resolve())
    defaults = {each.variable: each.default for each in options}
    return Request(
        blend=str(Path(blender().data.filepath).resolve()),
        settings=settings,
        frames=plan.frames,
        options=told.options,
        child_settings=tell,
        is_only_missing=bool(told.options["missing_frames"]),
        variables={name: str(value) for name, value in given.items() if value != defaults[name]},
    )


def _refuse_unfit(scene: Any, settings: Settings, frames: FrameSet, is_here: bool) -> None:
    """Say what a child would find. Raises SceneRefused where none could render."""
    from ..rendering.farm_check import check_for_farm, of_other_machines
    from ..scene.preflight import refuse_unfit

    findings = check_for_farm(scene, settings, frames)
    for warning in refuse_unfit(findings if is_here else of_other_machines(findings)):
        log.warning("%s", warning)


def _say_what_the_farm_must_set() -> None:
    if session.set_up is not None and session.set_up.variables:
        log.warning(
            "The set-up script reads %s: have the farm set what it reads, too, as values of custom "
            "variables are not handed on",
            ", ".join(sorted(session.set_up.variables)),
        )


def _export(told: Told, request: Request, out: Answer) -> None:
    work = request.work()
    assert work is not None
    folder = Path(str(told.options["export"]))
    for path in export(request.farm.name, request.options, work, folder):
        out.line(str(path))


def _say(told: Told, out: Answer, submission: Submission) -> None:
    if told.options["json"]:
        names = ("farm", "job", "film_job", "name", "size")
        out.json({name: getattr(submission, name) for name in names})
        return
    children = "1 child" if submission.size == 1 else f"{submission.size} children"
    out.line(f"submitted {submission.name}: {children} as job {submission.job}")
    if submission.film_job:
        out.line(f"the film, once all are complete: job {submission.film_job}")
    out.line(f"watch it: status --job {submission.job}")
