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

from ..chunking.errors import (
    EXIT_COMPLETE,
    BadSetting,
    ChunkError,
    Interrupted,
    OutputFailed,
    RenderFailed,
)
from ..machine.child_process import outlive_readers
from ..machine.session_folder import SessionFolder
from . import chatter
from .options import COMMANDS
from .printing import Answer, log_to
from .sources import Invocation, gather
from .words import help_text, parse_words

log = logging.getLogger(__name__)


def main(words: Sequence[str]) -> NoReturn:
    """Do what the words say, then leave the process with its exit code, whatever happens.

    The codes are those of docs/CONTRACT.md.

    `os._exit` is the way out: Blender's own can crash or hang, and a Python error in a script
    would end Blender with 0.
    """
    code = RenderFailed.exit_code
    outlive_readers()
    try:
        code = run(words, os.environ)
    except KeyboardInterrupt:
        log.error("Interrupted")
        code = Interrupted.exit_code
    except BaseException:  # noqa: BLE001  a fault of our own: it must neither be lost nor look like success
        Answer(sys.stderr).lines(f"| {line}" for line in traceback.format_exc().split("\n"))
    finally:
        bpy = sys.modules.get("bpy")
        if bpy is not None:
            preferred = bpy.context.preferences.filepaths.temporary_directory
            SessionFolder(Path(bpy.app.tempdir), preferred).remove()
        chatter.flush()
        os._exit(code)


def run(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Do what the words say and return the exit code; errors are said in the log."""
    log_to(sys.stdout, "text")
    try:
        line = parse_words(words)
        if line.wants_help:
            Answer(sys.stdout).lines(help_text(line.command, COMMANDS.values()).splitlines())
            return EXIT_COMPLETE
        invocation = gather(line, environ)
    except BadSetting as error:
        log.error("%s", error)
        return error.exit_code
    try:
        folder = tempfile.mkdtemp(prefix="array_chunk-log-")
    except OSError as error:
        log.error("No temporary folder could be made: %s. Name another by TMPDIR.", error)
        return OutputFailed.exit_code
    try:
        return _run_command(invocation, Path(folder) / "blender.log")
    finally:  # on Windows a virus scanner may have a file in it open: that is no failure
        shutil.rmtree(folder, ignore_errors=True)


def _run_command(invocation: Invocation, chatter_file: Path) -> int:
    out = chatter.divert(chatter_file)
    log_to(sys.stderr if invocation.command.answers else out, invocation.options["log"])
    try:
        return _command(invocation.command.name)(invocation, Answer(out), chatter_file)
    except ChunkError as error:
        log.error("%s", error)
        return error.exit_code
    finally:
        out.flush()
        chatter.let_go()


CommandFunction = Callable[[Invocation, Answer, Path], int]


def _command(name: str) -> CommandFunction:
    # Each module is imported when it is called: a child's start-up is paid ten thousand times.
    commands: Mapping[str, CommandFunction]
    if name == "render":
        from .render_command import render

        return render
    if name == "lane":
        from .lane_command import lane

        return lane
    if name == "run-array":
        from .run_array_command import run_array

        return run_array
    if name in ("check", "bake"):
        from .scene_commands import bake, check

        commands = {"check": check, "bake": bake}
    elif name in ("send", "rewrite"):
        from .send_command import rewrite, send

        commands = {"send": send, "rewrite": rewrite}
    elif name == "fetch":
        from .fetch_command import fetch

        return fetch
    elif name in ("draw", "decode"):
        from .picture_commands import decode, draw

        commands = {"draw": draw, "decode": decode}
    elif name in ("plan", "verify", "film"):
        from .folder_commands import film, plan, verify

        commands = {"plan": plan, "verify": verify, "film": film}
    elif name == "report":
        from .report_command import report

        return report
    else:
        from .farm_commands import cancel, logs, status, submit

        commands = {"submit": submit, "status": status, "logs": logs, "cancel": cancel}
    return commands[name]
