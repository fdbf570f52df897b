"""The sub-command `run-array`: all children on this machine."""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..chunking.errors import BadSetting
from ..chunking.settings import SETTINGS
from ..engines.local.children import LocalArray, most_permanent
from ..machine.cores import usable_cores
from ..machine.end_requests import EndRequests
from ..machine.environment import fresh_array_id, variables_of
from ..machine.main_command import main_command
from ..machine.output_lines import json_fields
from .answer import Answer
from .blend_file import check_blend
from .options import AUTOEXEC, BLEND, ENDING, LOG, SETUP_SCRIPT
from .sources import Told

if TYPE_CHECKING:
    from .background_array import BackgroundArray

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""How often an array that was submitted looks whether it was cancelled."""
FROM_THE_ARRAY = ("size", "index", "attempt", "render_id")


def run_array(told: Told, out: Answer, chatter_file: Path) -> int:
    """Run all children; return the most permanent of their exit codes."""
    size, jobs = _size(told), int(told.options["jobs"])
    blend = _blend(told)
    jobs = min(jobs, size)
    array = LocalArray(
        command=[*main_command(blend), "render"],
        environ=_environment(told, blend, jobs),
        size=size,
        jobs=jobs,
        on_line=_say_json if told.options["log"] == "json" else _say,
        array_id=str(told.settings.get("render_id", "")) or fresh_array_id(),
    )
    background = _background(told, array)

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


def _background(told: Told, array: LocalArray) -> BackgroundArray | None:
    """What keeps the states of an array that was submitted; None: this one was not."""
    if not told.options["job"]:
        return None
    from .background_array import BackgroundArray

    return BackgroundArray(told.options["job"], array)


def _size(told: Told) -> int:
    if "index" in told.settings:
        raise BadSetting("run-array renders all chunks: leave --index out, or use render.")
    if "size" not in told.settings:
        raise BadSetting("run-array needs the number of children: name it by --size.")
    return int(told.settings["size"])


def _say(index: int, line: str) -> None:
    log.info("[%s] %s", index, line)


def _say_json(index: int, line: str) -> None:
    """A child's JSON line as one of ours, with its index."""
    fields = json_fields(line)
    if fields is None:  # what Blender itself says
        fields = {"message": line}
    log.info("%s", fields.pop("message", ""), extra={"fields": {**fields, "index": index}})


def _blend(told: Told) -> str:
    """The .blend for the children: the named one, or the one that this Blender has open."""
    bpy = sys.modules.get("bpy")
    blend = (bpy.data.filepath if bpy is not None else "") or told.options["blend"]
    if not blend:
        raise BadSetting("No .blend is named: set EFS_BLENDER_FILE_PATH or --blend.")
    check_blend(Path(blend))
    return str(Path(blend).resolve())


def _environment(told: Told, blend: str, jobs: int) -> dict[str, str]:
    """The children's variables: ours, and everything that was told by options."""
    settings = {name: each for name, each in told.settings.items() if name not in FROM_THE_ARRAY}
    environ = {**os.environ, **variables_of(settings)}
    for option in (LOG, AUTOEXEC, SETUP_SCRIPT, *ENDING):
        environ[option.variable] = str(told.options[option.name])
    environ[BLEND.variables[0]] = blend
    if not told.settings.get("threads"):
        environ[SETTINGS["threads"].variable] = str(max(1, usable_cores().count // jobs))
    return environ
