"""The sub-command `render`: one child's chunk, by the operator, and its verdict delivered."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Protocol

from ..child.lane_processes import LaneProcesses
from ..child.session import Session, session_of_process
from ..chunking.errors import EXIT_COMPLETE, BadSetting, ChunkError, OutputFailed, RenderFailed
from ..machine.main_command import own_command
from ..publishing.output_folder import OutputFolder
from ..publishing.patience import Patience
from ..publishing.verdict import Verdict, deliver_verdict
from . import chatter
from .doors import blender
from .ending import Ending
from .opened_file import open_and_set_up
from .printing import Answer
from .sources import Invocation

log = logging.getLogger(__name__)

LANES_END_EARLIER_SECONDS = 6
"""By so much is the grace of lanes shorter, so that their child can tell how they ended."""


def render(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Render the chunk; log what a person should know; return the exit code."""
    session = session_of_process()
    command = [*own_command(invocation.words.all), "lane", *invocation.words.options]
    grace = max(1, invocation.options["grace"] - LANES_END_EARLIER_SECONDS)
    session.lanes = LaneProcesses(command, chatter_file.parent, grace)
    session.words = chatter.words_of(chatter_file)

    def deliver(verdict: Verdict, in_a_hurry: bool = False) -> int:
        verdict.brender = dict(invocation.brender)
        verdict.setup = session.set_up.as_fields() if session.set_up is not None else {}
        return _deliver(session, verdict, chatter_file, in_a_hurry)

    return render_child(invocation, session, chatter_file, deliver)


class Deliver(Protocol):
    """Delivers a verdict, says in the log how it ended, and returns the exit code."""

    def __call__(self, verdict: Verdict, in_a_hurry: bool = False) -> int: ...


def render_child(
    invocation: Invocation, session: Session, chatter_file: Path, deliver: Deliver
) -> int:
    """Render what this process is to render, watched over until its end; return the exit code."""
    session.ends_process = True
    log.info("%s", invocation.array)
    size, index = invocation.settings["size"], invocation.settings["index"]
    if (size, index) != (invocation.array.size, invocation.array.index):
        log.info("by the options: child %s (of 0 to %s)", index, int(str(size)) - 1)
    empty = Verdict(
        size=int(invocation.settings.get("size", 1)),
        index=int(invocation.settings.get("index", 0)),
        attempt=int(invocation.settings["attempt"]),
        output=str(invocation.settings.get("output", "")),
    )
    Ending(
        session,
        empty,
        grace=invocation.options["grace"],
        time_limit=invocation.options["time_limit"],
        frame_timeout=invocation.options["frame_timeout"],
        deliver=lambda verdict: deliver(verdict, in_a_hurry=True),
        local_folder=chatter_file.parent,
    ).watch()
    verdict = empty
    try:
        state = open_and_set_up(invocation)
        verdict = _call_operator(invocation.settings, session, state)
    except ChunkError as error:  # also where the file could not be opened
        verdict.fail(error)
    session.end.close()
    return deliver(verdict)


def _call_operator(settings: Any, session: Session, state: str) -> Verdict:
    from ..chunking.settings import SETTINGS

    arguments = {
        name: str(value).upper() if SETTINGS[name].choices else value
        for name, value in settings.items()
    }
    try:
        blender().ops.render.array_chunk("EXEC_DEFAULT", opened_state=state, **arguments)
    except RuntimeError as error:
        # Blender makes one of every error that an operator reports; the verdict says it better.
        failure = str(error)
    else:
        failure = "it left no verdict"
    if session.verdict is None:
        raise RenderFailed(f"The operator ended without a verdict: {failure}")
    return session.verdict


def _deliver(session: Session, verdict: Verdict, chatter_file: Path, in_a_hurry: bool) -> int:
    """Say how the child ended, and put verdict and log beside the frames.

    In a hurry, when the grace of a signal runs out, the disk gets one try.
    """
    fields = verdict.as_fields()
    code = verdict.exit_code
    if code:
        log.error("%s", fields["message"])
    if code == RenderFailed.exit_code:
        for line in chatter.last_lines(chatter_file):
            log.info("blender: %s", line)
    # A bad setting is none of the output folder's business, which may be the bad setting.
    # A folder beside the .blend is nowhere as long as no .blend is open.
    if code != BadSetting.exit_code and fields["output"] and not fields["output"].startswith("//"):
        code = _put_beside_frames(session, fields, chatter_file, code, in_a_hurry)
    if code == EXIT_COMPLETE:
        there = fields["reused"] or fields["adopted"]
        helped = f", for others {fields['helped']}" if fields["helped"] else ""
        log.info(
            "child %s of %s is complete: rendered %s, there already %s%s, in %.1f s",
            fields["index"],
            fields["size"],
            fields["rendered"] or "nothing",
            there or "nothing",
            helped,
            fields["seconds"],
        )
    return code


def _put_beside_frames(
    session: Session, fields: dict[str, Any], chatter_file: Path, code: int, in_a_hurry: bool
) -> int:
    try:
        chatter.flush()
        # A folder that frames were put into has to be the same one still.
        folder, chunk = OutputFolder(Path(fields["output"])), session.chunk
        patience = Patience(folder) if chunk is None else chunk.patience
        attempt = patience.try_once if in_a_hurry else patience.repeat
        logs = chatter_file, *lane_logs(chatter_file.parent)
        attempt(lambda: deliver_verdict(patience.folder, fields, *logs))
    except OutputFailed as error:
        log.error("The verdict could not be delivered. %s", error)
        # Where the child has helped others, its own chunk has long been complete.
        return code or (EXIT_COMPLETE if fields["helps"] else error.exit_code)
    return code


def lane_logs(home: Path) -> list[Path]:
    """What Blender said in the lanes of this child, which each have a file in its folder."""
    return sorted(home.glob("lane-*.log"))
