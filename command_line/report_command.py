"""The sub-command `report`: the page made once, or kept up to date while its array renders."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..chunking.errors import EXIT_COMPLETE, ChunkError, SceneRefused
from ..engines.farms import engine_for
from ..engines.submissions import last_into
from ..engines.watching import Watched, exit_code_of
from ..film.live_report import LiveReport
from ..film.report_making import make_report, rerun_command
from ..publishing.output_folder import OutputFolder
from ..report.facts import Facts, gather_facts
from .doors import blender
from .folder_commands import existing_folder
from .following import EndSignals, follow
from .opened_file import open_and_plan, settings_and_plan
from .options import LIVE, SETUP_SCRIPT
from .printing import Answer
from .sources import ARRAY_SETTINGS, Invocation

if TYPE_CHECKING:
    from ..chunking.plan import Plan

log = logging.getLogger(__name__)

LOOK_SECONDS = 3.0
"""How often the folder of a live report is looked at."""


def report(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Make the page that shows how the render went, print its path, return 0 with gaps, too.

    With `--live` return 0 when all frames are done, or with what the array has ended with.
    """
    live = str(invocation.options[LIVE.name])
    if live:
        settings_of_live = {**invocation.settings, "output": live}
        invocation = invocation._replace(settings=settings_of_live)
    has_blender = importlib.util.find_spec("bpy") is not None
    opened = blender().data.filepath if has_blender else ""
    blend = opened or str(invocation.options["blend"])
    if has_blender and blend:  # the page shows what the scene is, too
        settings, plan, scene = open_and_plan(invocation)
        blend = blender().data.filepath
    else:
        (settings, plan), scene = settings_and_plan(invocation), None
    folder = existing_folder(settings.output)
    script = str(invocation.options[SETUP_SCRIPT.name] or "")
    more_words = [SETUP_SCRIPT.option, script] if script else []
    given = {
        name: value for name, value in invocation.settings.items() if name not in ARRAY_SETTINGS
    }

    def rerun(facts: Facts) -> str:
        return rerun_command(facts, blend, given, *more_words)

    if live:
        return _keep_up_to_date(folder, plan, scene, rerun, out)
    facts = gather_facts(folder, plan.frames)
    page = make_report(facts, rerun(facts), scene)
    out.line(f"report: {page}")
    return EXIT_COMPLETE


def _keep_up_to_date(
    folder: OutputFolder, plan: Plan, scene: Any, rerun: Callable[[Facts], str], out: Answer
) -> int:
    signals = EndSignals()
    with contextlib.ExitStack() as stack:
        make_picture = None
        if scene is not None:
            from ..film.small_pictures import SmallPictures

            make_picture = stack.enter_context(SmallPictures(scene)).jpeg_of
        page = LiveReport(folder, plan.frames, rerun, make_picture)
        end_of_array = EndOfArray(folder)
        page.look()
        out.line(f"report: {page.target}")
        out.flush()

        code: int | None = None

        def look() -> bool:
            nonlocal code
            code = end_of_array.code()  # before the look: what is published by then, it sees
            page.look()
            return page.is_complete or code is not None

        try:
            follow(look, LOOK_SECONDS, signals)
        except ChunkError:  # the page goes on no more, whatever the reason
            page.end(with_survey=False)
            raise
        facts = page.end(with_survey=True)
    if facts is not None and facts.survey.is_complete:
        return EXIT_COMPLETE
    return code or SceneRefused.exit_code


class EndOfArray:
    """Whether the array of an output folder is over, where it was submitted from this machine."""

    def __init__(self, folder: OutputFolder) -> None:
        self._watched: Watched | None = None
        self._error = ""
        submission = last_into(folder.root)
        if submission is None:
            return
        try:
            # Without its folder: who asks looks there.
            alone = dataclasses.replace(submission, output="")
            self._watched = Watched(alone, engine_for(submission))
        except ChunkError as error:
            log.warning("The farm is not asked how the array is doing: %s", error)
        else:
            self._watched.start()

    def code(self) -> int | None:
        """What it has ended with; None: it goes on, as far as is known."""
        watched = self._watched
        if watched is None:
            return None
        if watched.error != self._error:
            self._error = watched.error
            if self._error:
                log.warning("The farm was asked how the array is doing: %s", self._error)
        if watched.state is None or not watched.is_over:
            return None
        return exit_code_of(watched.state)
