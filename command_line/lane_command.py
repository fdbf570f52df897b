"""The sub-command `lane`: frames of a child's chunk, beside it and for it."""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path

from ..child.session import session_of_process
from ..chunking.errors import Interrupted
from ..chunking.plain_text import plain_line
from ..publishing.verdict import Verdict
from . import chatter
from .printing import Answer
from .render_command import render_child
from .sources import Invocation

log = logging.getLogger(__name__)


def lane(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Render frames of the chunk until none is left; the log's JSON lines tell the child."""
    # What Blender says here is said of the child's chunk: the child puts it after its own.
    own_file = Path(invocation.options["lane_home"]) / f"lane-{invocation.options['lane']}.log"
    chatter.divert(own_file).close()
    session = session_of_process()
    session.words = chatter.words_of(own_file)
    threading.Thread(target=_end_with_child, daemon=True).start()
    session.lane_run = str(invocation.options["lane_run"])
    session.lane_folder = str(invocation.options["lane_folder"])
    return render_child(invocation, session, chatter_file, _say_end)


def _end_with_child() -> None:
    """The child holds the other end of standard input as long as it lives."""
    os.read(sys.__stdin__.fileno() if sys.__stdin__ else 0, 1)
    os._exit(Interrupted.exit_code)


def _say_end(verdict: Verdict, in_a_hurry: bool = False) -> int:
    if verdict.exit_code:
        log.error("%s", plain_line(verdict.message))
    return verdict.exit_code
