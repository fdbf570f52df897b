"""From the words of the command line to an exit code."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from ..chunking.errors import BadSetting, ChunkError, Interrupted, OutputFailed, RenderFailed
from ..machine.session_folder import SessionFolder
from . import chatter
from .answer import Answer
from .log_format import log_to
from .options import COMMANDS
from .sources import Told, gather
from .words import Words, parse_words

log = logging.getLogger(__name__)


def main(words: Sequence[str]) -> NoReturn:
    """Do what the words say, then leave the process with its exit code, whatever happens.

    The codes are those of docs/CONTRACT.md.

    `os._exit` is the way out: Blender's own can crash or hang, and a Python error in a script
    would end Blender with 0.
    """
    code = RenderFailed.exit_code
    try:
        code = run(words, os.environ)
    except KeyboardInterrupt:
        log.error("Interrupted")
        code = Interrupted.exit_code
    except BaseException:  # noqa: BLE001  a fault of our own: it must neither be lost nor look like success
        Answer(sys.stderr).lines(f"| {line}" for line in traceback.format_exc().split("\n"))
    finally:
        _leave(code)


def run(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Do what the words say and return the exit code; errors are said in the log."""
    log_to(sys.stdout, "text")
    try:
        parsed = parse_words(words)
        if parsed.wants_help:
            return _help(parsed)
        told = gather(parsed, environ)
    except BadSetting as error:
        log.error("%s", error)
        return error.exit_code
    try:
        folder = tempfile.mkdtemp(prefix="array_chunk-log-")
    except OSError as error:
        log.error("No temporary folder could be made: %s. Name another by TMPDIR.", error)
        return OutputFailed.exit_code
    try:
        return _run_command(told, Path(folder) / "blender.log")
    finally:  # on Windows a virus scanner may have a file in it open: that is no failure
        shutil.rmtree(folder, ignore_errors=True)


def _run_command(told: Told, chatter_file: Path) -> int:
    out = chatter.divert(chatter_file)
    log_to(sys.stderr if told.command.answers else out, told.options["log"])
    try:
        return _command(told)(told, Answer(out), chatter_file)
    except ChunkError as error:
        log.error("%s", error)
        return error.exit_code
    finally:
        out.flush()
        chatter.let_go()


CommandFunction = Callable[[Told, Answer, Path], int]


def _command(told: Told) -> CommandFunction:
    # Each is imported when it is wanted: a child's start-up is paid ten thousand times.
    name = told.command.name
    if name == "render":
        from .render_command import render as command
    elif name == "lane":
        from .lane_command import lane as command
    elif name == "plan":
        from .plan_command import plan as command
    elif name == "check":
        from .check_command import check as command
    elif name == "verify":
        from .verify_command import verify as command
    elif name == "run-array":
        from .run_array_command import run_array as command
    elif name == "submit":
        from .submit_command import submit as command
    elif name == "status":
        from .status_command import status as command
    elif name == "logs":
        from .logs_command import logs as command
    elif name == "cancel":
        from .cancel_command import cancel as command
    elif name == "bake":
        from .bake_command import bake as command
    elif name == "report":
        from .report_command import report as command
    elif name == "draw":
        from .draw_command import draw as command
    elif name == "decode":
        from .decoding import decode as command
    else:
        from .film_command import film as command
    return command


def _help(parsed: Words) -> int:
    from .help_text import help_text

    Answer(sys.stdout).lines(help_text(parsed.command, list(COMMANDS.values())).splitlines())
    return 0


def _leave(code: int) -> NoReturn:
    bpy = sys.modules.get("bpy")
    if bpy is not None:
        preferred = bpy.context.preferences.filepaths.temporary_directory
        SessionFolder(Path(bpy.app.tempdir), preferred).remove()
    chatter.flush()
    os._exit(code)
