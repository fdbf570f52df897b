"""The sub-command `submit`: the array, handed to a farm."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, TextIO

from ..chunking.errors import EXIT_COMPLETE, BadSetting, OutputFailed
from ..chunking.frames import FrameSet
from ..chunking.plan import Plan
from ..chunking.settings import SETTINGS, Settings
from ..engines.choice import engine_of, export
from ..engines.engine import Submitted, Work
from ..engines.submissions import Submission, remember
from ..engines.work import work_of
from ..publishing.output_folder import OutputFolder
from ..publishing.verify import survey
from .opened_file import open_and_plan
from .options import AUTOEXEC, ENDING, SETUP_SCRIPT
from .sources import Told

log = logging.getLogger(__name__)


def submit(told: Told, out: TextIO, chatter_file: Path) -> int:
    """Look at the scene as a child would, submit, print the job's id; return the exit code."""
    settings, plan, scene = open_and_plan(told)
    frames = _frames(told, settings, plan)
    if not frames:
        log.info("No frame is missing: nothing was submitted")
        return EXIT_COMPLETE
    _refuse_unfit(scene, settings, frames)
    farm = str(told.options["farm"])
    work = work_of(
        blend=_blend(),
        settings=settings,
        frame_count=len(frames),
        film_frames=str(plan.frames) if told.options["missing_frames"] else "",
        options=told.options,
        variables=_variables(told, frames),
    )
    if told.options["export"]:
        for path in export(farm, told.options, work, Path(str(told.options["export"]))):
            out.write(f"{path}\n")
        return EXIT_COMPLETE
    submitted = engine_of(farm, told.options).submit(work)
    _remember(told, farm, settings, work, submitted, frames)
    _say(told, out, farm, work, submitted)
    return EXIT_COMPLETE


def _blend() -> str:
    from .doors import blender

    return str(Path(blender().data.filepath).resolve())


def _frames(told: Told, settings: Settings, plan: Plan) -> FrameSet | None:
    """What is to be rendered; None: nothing."""
    if not told.options["missing_frames"]:
        return plan.frames
    if not settings.output or not Path(settings.output).is_dir():
        raise BadSetting(
            f"--missing-frames looks into the output folder, and {settings.output!r} is not there: "
            "see that it is mounted, or name the frames by --frames."
        )
    missing = survey(OutputFolder(Path(settings.output)), plan.frames).to_render
    return FrameSet.of(missing) if missing else None


def _refuse_unfit(scene: Any, settings: Settings, frames: FrameSet) -> None:
    """Say what a child would find. Raises SceneRefused where none could render."""
    from ..rendering.preflight import check_for_farm, refuse_unfit

    for warning in refuse_unfit(check_for_farm(scene, settings, frames)):
        log.warning("%s", warning)


def _variables(told: Told, frames: FrameSet) -> dict[str, str]:
    """What children are told beside the paths: all that this command was told for them."""
    from_array = ("size", "index", "attempt", "render_id", "output")
    settings = {
        SETTINGS[name].variable: str(value)
        for name, value in told.settings.items()
        if name not in from_array
    }
    options = {
        each.variable: str(told.options[each.name])
        for each in (AUTOEXEC, SETUP_SCRIPT, *ENDING)
        if told.options[each.name] != each.default
    }
    if told.options["missing_frames"] or "frames" in told.settings:
        settings[SETTINGS["frames"].variable] = str(frames)  # a list in a file is not there
    return {**settings, **options}


def _remember(
    told: Told, farm: str, settings: Settings, work: Work, submitted: Submitted, frames: FrameSet
) -> None:
    submission = Submission(
        farm=farm,
        job=submitted.job,
        film_job=submitted.film_job,
        name=work.name,
        size=work.size,
        blend=_blend(),
        output=str(Path(settings.output).absolute()) if settings.output else "",
        frames=str(frames),
        settings=dict(told.settings),
        options=dict(told.options),
    )
    try:
        remember(submission)
    except OutputFailed as error:
        log.warning("%s", error)


def _say(told: Told, out: TextIO, farm: str, work: Work, submitted: Submitted) -> None:
    if told.options["json"]:
        fields = {
            "farm": farm,
            "job": submitted.job,
            "film_job": submitted.film_job,
            "name": work.name,
            "size": work.size,
        }
        json.dump(fields, out)
        out.write("\n")
        return
    children = "1 child" if work.size == 1 else f"{work.size} children"
    out.write(f"submitted {work.name}: {children} as job {submitted.job}\n")
    if submitted.film_job:
        out.write(f"the film, once all are complete: job {submitted.film_job}\n")
    out.write(f"watch it: status --job {submitted.job}\n")
