"""The sub-command `run-array`: all children on this machine.

An array that was submitted to this machine runs so, too; then its states and logs are kept, and its
film is made.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ..chunking.errors import EXIT_COMPLETE, BadSetting
from ..chunking.settings import SETTINGS
from ..engines.engine import EngineFailed, State
from ..engines.local.children import LocalArray, most_permanent
from ..engines.local.local_job import FILM, JobStates, LocalJob
from ..machine.cores import usable_cores
from ..machine.end_requests import EndRequests
from ..machine.environment import fresh_array_id, variables_of
from ..machine.main_command import main_command
from ..machine.output_lines import json_fields
from .blend_file import check_blend
from .options import AUTOEXEC, BLEND, ENDING, LOG, SETUP_SCRIPT
from .printing import Answer
from .sources import Invocation

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""How often an array that was submitted looks whether it was cancelled."""
FROM_THE_ARRAY = ("size", "index", "attempt", "render_id")


def run_array(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Run all children; return the most permanent of their exit codes."""
    size, jobs = _size(invocation), int(invocation.options["jobs"])
    blend = _blend(invocation)
    jobs = min(jobs, size)
    array = LocalArray(
        command=[*main_command(blend), "render"],
        environ=_environment(invocation, blend, jobs),
        size=size,
        jobs=jobs,
        on_line=_say_json if invocation.options["log"] == "json" else _say,
        array_id=str(invocation.settings.get("render_id", "")) or fresh_array_id(),
    )
    job = str(invocation.options["job"])
    background = BackgroundArray(job, array) if job else None  # None: it was not submitted
    watch = threading.Thread(target=_watch, args=(EndRequests(), array, background), daemon=True)
    watch.start()
    log.info("array of %d children, %d at a time", size, jobs)
    codes = array.run()
    for index, code in enumerate(codes):
        if code:
            log.error("child %d of %d ended with %d", index, size, code)
    log.info("%d of %d children are complete", codes.count(0), size)
    if background is not None:
        codes = [*codes, background.make_film(codes, main_command(blend))]
    return most_permanent(codes)


def _watch(
    requests: EndRequests, array: LocalArray, background: BackgroundArray | None
) -> NoReturn:
    """End all children when this process is asked to end, or the job is cancelled."""
    is_cancelled = False
    while True:
        # Who submitted it may have no console in common with this process, to signal it by.
        looks = background is not None and not is_cancelled
        reason = requests.wait(LOOK_SECONDS if looks else None)
        if looks and background is not None and background.is_cancelled:
            reason, is_cancelled = "Cancelled", True
        if reason:
            log.warning("%s: ending all children", reason)
            array.end()


def _size(invocation: Invocation) -> int:
    if "index" in invocation.settings:
        raise BadSetting("run-array renders all chunks: leave --index out, or use render.")
    if "size" not in invocation.settings:
        raise BadSetting("run-array needs the number of children: name it by --size.")
    return int(invocation.settings["size"])


def _say(index: int, line: str) -> None:
    log.info("[%s] %s", index, line)


def _say_json(index: int, line: str) -> None:
    """A child's JSON line as one of ours, with its index."""
    fields = json_fields(line)
    if fields is None:  # what Blender itself says
        fields = {"message": line}
    log.info("%s", fields.pop("message", ""), extra={"fields": {**fields, "index": index}})


def _blend(invocation: Invocation) -> str:
    """The .blend for the children: the named one, or the one that this Blender has open."""
    bpy = sys.modules.get("bpy")
    blend = (bpy.data.filepath if bpy is not None else "") or invocation.options["blend"]
    if not blend:
        raise BadSetting("No .blend is named: set EFS_BLENDER_FILE_PATH or --blend.")
    check_blend(Path(blend))
    return str(Path(blend).resolve())


def _environment(invocation: Invocation, blend: str, jobs: int) -> dict[str, str]:
    """The children's variables: ours, and everything that options say."""
    given = invocation.settings
    settings = {name: each for name, each in given.items() if name not in FROM_THE_ARRAY}
    environ = {**os.environ, **variables_of(settings)}
    for option in (LOG, AUTOEXEC, SETUP_SCRIPT, *ENDING):
        environ[option.variable] = str(invocation.options[option.name])
    environ[BLEND.variables[0]] = blend
    if not invocation.settings.get("threads"):
        environ[SETTINGS["threads"].variable] = str(max(1, usable_cores().count // jobs))
    return environ


class BackgroundArray:
    """Has an array's children write down how they are doing, below the id of a job."""

    def __init__(self, job: str, array: LocalArray) -> None:
        self._job = LocalJob.of(job)
        self._lock = self._job.hold()
        self._states = JobStates(self._job)
        self._array = array
        self._say = array.on_line
        array.on_line = self._on_line
        array.on_child = self._on_child

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody wants it to end."""
        return self._job.is_cancelled

    def make_film(self, codes: Sequence[int], main: Sequence[str]) -> int:
        """Run the dependent job, where one is wanted and all children succeeded.

        `main` is the command that the film's words are for. Returns its exit code, 0 where there is
        none to run. Raises EngineFailed where what it is started with is not as it was written.
        """
        try:
            words = self._job.film_words()
        except EngineFailed as error:
            self._states.set(FILM, State.FAILED, reason=str(error))
            raise
        if not words:
            return EXIT_COMPLETE
        if any(codes):
            reason = "not started, as children failed"
            self._states.set(FILM, State.FAILED, reason=reason)
            return EXIT_COMPLETE
        # A copy shares what is running and whether all is to end: a signal ends the film, too.
        film = dataclasses.replace(
            self._array,
            command=[*main, *words],
            size=1,
            on_line=self._on_film_line,
            on_child=self._on_film,
        )
        (code,) = film.run()
        return code

    def _on_child(self, index: int, code: int | None) -> None:
        self._states.take(str(index), code)

    def _on_line(self, index: int, line: str) -> None:
        self._states.on_line(str(index), line)
        self._say(index, line)

    def _on_film_line(self, index: int, line: str) -> None:
        self._states.on_line(FILM, line)

    def _on_film(self, index: int, code: int | None) -> None:
        self._states.take(FILM, code)
