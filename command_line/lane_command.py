"""The sub-command `lane`: frames of a child's chunk, beside it and for it."""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

from ..child import session
from ..chunking.errors import Interrupted
from . import chatter
from .printing import Answer
from .render_command import render_child
from .sources import Invocation

log = logging.getLogger(__name__)


def lane(told: Invocation, out: Answer, chatter_file: Path) -> int:
    """Render frames of the chunk until none is left; the log's JSON lines tell the child."""
    # What Blender says here is said of the child's chunk: the child puts it after its own.
    own_file = Path(told.options["lane_home"]) / f"lane-{told.options['lane']}.log"
    chatter.divert(own_file).close()
    session.words = chatter.words_of(own_file)
    threading.Thread(target=_end_with_child, daemon=True).start()
    session.lane_run = str(told.options["lane_run"])
    session.lane_folder = str(told.options["lane_folder"])
    return render_child(told, chatter_file, _say_end)


def _end_with_child() -> None:
    """The child holds the other end of standard input as long as it lives."""
    os.read(sys.__stdin__.fileno() if sys.__stdin__ else 0, 1)
    os._exit(Interrupted.exit_code)


def _say_end(fields: dict[str, Any], in_a_hurry: bool = False) -> int:
    code = int(fields["exit_code"])
    if code:
        log.error("%s", fields["message"])
    return code
