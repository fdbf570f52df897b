"""The sub-command `render`: one child's chunk, by the operator, and its verdict delivered."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, TextIO

from ..chunking.errors import (
    EXIT_COMPLETE,
    BadSetting,
    ChunkError,
    OutputFailed,
    RenderFailed,
)
from ..chunking.setting_values import Value
from ..publishing.output_folder import OutputFolder
from ..publishing.patience import PAUSES_SECONDS, Patience
from ..publishing.verdict import Verdict, deliver, read_verdict
from ..rendering import running
from . import chatter
from .doors import blender, open_blend, register
from .ending import Ending
from .sources import Told

log = logging.getLogger(__name__)


def render(told: Told, out: TextIO, chatter_file: Path) -> int:
    """Render the chunk; log what a person should know; return the exit code."""
    log.info("%s", told.array)
    size, index = told.settings["size"], told.settings["index"]
    if (size, index) != (told.array.size, told.array.index):
        log.info("by the options: child %s (of 0 to %s)", index, int(str(size)) - 1)
    empty = Verdict(
        size=int(told.settings.get("size", 1)),
        index=int(told.settings.get("index", 0)),
        attempt=int(told.settings["attempt"]),
        output=str(told.settings.get("output", "")),
    )
    Ending(
        empty,
        grace=told.options["grace"],
        time_limit=told.options["time_limit"],
        frame_timeout=told.options["frame_timeout"],
        deliver=lambda fields: _deliver(told, fields, chatter_file, in_a_hurry=True),
        local_folder=chatter_file.parent,
    ).watch()
    fields = _render(told, empty, chatter_file)
    running.take_the_end()
    return _deliver(told, fields, chatter_file)


def _render(told: Told, empty: Verdict, chatter_file: Path) -> dict[str, Any]:
    """The verdict's fields, also where the file could not be opened."""
    try:
        state = open_blend(told.options["blend"], told.options["enable_autoexec"])
        return _call_operator(told.settings, state, chatter_file.with_name("verdict.json"))
    except ChunkError as error:
        empty.fail(error)
        return empty.as_fields()


def _call_operator(settings: Any, state: str, verdict_file: Path) -> dict[str, Any]:
    register()
    try:
        blender().ops.render.array_chunk(
            "EXEC_DEFAULT",
            verdict=str(verdict_file),
            opened_state=state,
            **{name: _argument(name, value) for name, value in settings.items()},
        )
    except RuntimeError as error:
        # Blender makes one of every error that an operator reports; the verdict says it better.
        failure = str(error)
    else:
        failure = "it wrote no verdict"
    fields = read_verdict(verdict_file)
    if fields is None:
        raise RenderFailed(f"The operator ended without a verdict: {failure}")
    return fields


def _argument(name: str, value: Value) -> Value:
    from ..chunking.settings import SETTINGS

    return str(value).upper() if SETTINGS[name].choices else value


def _deliver(
    told: Told, fields: dict[str, Any], chatter_file: Path, in_a_hurry: bool = False
) -> int:
    """Say how the child ended, and put verdict and log beside the frames.

    In a hurry, when the grace of a signal runs out, the disk gets one try.
    """
    fields["brender"] = dict(told.brender)
    code = int(fields["exit_code"])
    if code:
        log.error("%s", fields["message"])
    if code == RenderFailed.exit_code:
        for line in chatter.last_lines(chatter_file):
            log.info("blender: %s", line)
    # A bad setting is none of the output folder's business, which may be the bad setting.
    # A folder beside the .blend is nowhere as long as no .blend is open.
    if code != BadSetting.exit_code and fields["output"] and not fields["output"].startswith("//"):
        code = _put_beside_frames(fields, chatter_file, code, in_a_hurry)
    if code == EXIT_COMPLETE:
        log.info("%s", _summary(fields))
    return code


def _put_beside_frames(
    fields: dict[str, Any], chatter_file: Path, code: int, in_a_hurry: bool
) -> int:
    try:
        chatter.flush()
        folder = OutputFolder(Path(fields["output"]))
        patience = Patience(folder, () if in_a_hurry else PAUSES_SECONDS)
        patience.repeat(lambda: deliver(folder, fields, chatter_file))
    except OutputFailed as error:
        log.error("The verdict could not be delivered. %s", error)
        return code or error.exit_code
    return code


def _summary(fields: dict[str, Any]) -> str:
    there = fields["reused"] or fields["adopted"]
    return (
        f"child {fields['index']} of {fields['size']} is complete: rendered "
        f"{fields['rendered'] or 'nothing'}, there already {there or 'nothing'}, in "
        f"{fields['seconds']:.1f} s"
    )
