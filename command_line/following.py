"""Pure: looking every few seconds until an array is over, and what is done then."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping

from ..chunking.errors import EXIT_COMPLETE, BadSetting, Interrupted
from ..engines.engine import ArrayState, EngineFailed
from ..engines.watching import Watched
from ..machine.end_requests import EndRequests
from ..machine.environment import with_outcome
from .options import FOLLOW, WHEN_DONE
from .printing import RedrawnLine, is_watched
from .sources import Invocation

log = logging.getLogger(__name__)

TENTHS = 10


class EndSignals:
    """What asks this process to end, looked for between pieces of its work."""

    def __init__(self) -> None:
        """To be made by the main thread; from here on signals alone end nothing."""
        self._requests = EndRequests()
        self._name = ""

    def check(self) -> None:
        """Raise Interrupted where a signal has come. By one thread at a time."""
        self.pause(0.0)

    def pause(self, seconds: float) -> None:
        """Wait so long; raise Interrupted as soon as a signal comes."""
        self._name = self._name or self._requests.wait(seconds)
        if self._name:
            raise Interrupted(f"{self._name}: ended as asked. Start it again to go on.")


class StandLine:
    """How an array stands: one line of a terminal, or one of the log where much has changed."""

    def __init__(self, log_form: str) -> None:
        self._line = RedrawnLine(sys.stderr) if is_watched(sys.stderr, log_form) else None
        self._said: object = None

    def show(self, text: str, done: int, whole: int) -> None:
        """Show it; in a log only with another text before its colon, or another tenth of it."""
        if self._line is not None:
            self._line.draw(text)
            return
        step = text.partition(":")[0], done * TENTHS // max(whole, 1)
        if step != self._said:
            self._said = step
            log.info("%s", text)

    def warn(self, text: str) -> None:
        """Say what is wrong, on a line that stays."""
        self.erase()
        log.warning("%s", text)

    def erase(self) -> None:
        """Leave nothing of the one on a terminal."""
        if self._line is not None:
            self._line.erase()


def follow(look: Callable[[], bool], seconds: float, signals: EndSignals) -> None:
    """Look until a look says that it is over. Raises Interrupted, and what looks raise."""
    while not look():
        signals.pause(seconds)


def follow_array(watched: Watched, log_form: str, signals: EndSignals) -> ArrayState:
    """Return how the array stands when it is over, and its film's job.

    Raises EngineFailed where the first look isn't answered; what goes wrong later is said, once.
    """
    line, last_error = StandLine(log_form), ""

    def look() -> bool:
        nonlocal last_error
        watched.look_now()
        if watched.error and watched.state is None:
            raise EngineFailed(watched.error)
        if watched.error not in ("", last_error):
            line.warn(watched.error)
        last_error = watched.error
        assert watched.state is not None
        done = watched.done or 0
        frames = f": {done} of {watched.wanted} frames are done" if watched.wanted else ""
        line.show(f"{watched.state.state.value}{frames}", done, watched.wanted)
        return watched.is_over and not watched.error

    try:
        follow(look, watched.seconds, signals)
    finally:
        line.erase()
    assert watched.state is not None
    return watched.state


def refuse_alone(invocation: Invocation) -> None:
    """Raise BadSetting where a command is to be run when that is done which nobody waits for."""
    if invocation.options[WHEN_DONE.name] and not invocation.options[FOLLOW.name]:
        raise BadSetting(
            f"{WHEN_DONE.option} is {invocation.options[WHEN_DONE.name]!r}, and without "
            f"{FOLLOW.option} nothing is waited for: give both."
        )


def run_when_done(invocation: Invocation, code: int, outcome: Mapping[str, object]) -> int:
    """Have the shell run the command of `--when-done`, which is told the outcome by variables.

    Returns the exit code for this process: `code`, or 69 where only the command fails.
    """
    command = str(invocation.options[WHEN_DONE.name])
    if not command:
        return code
    environ = with_outcome(os.environ, {"code": code, **outcome})
    try:
        # Its words go where the log goes: standard output is this command's answer.
        ended = subprocess.run(
            command, shell=True, env=environ, stdin=subprocess.DEVNULL, stdout=2, check=False
        ).returncode
    except (OSError, ValueError) as error:
        log.error("%s could not be run: %s", WHEN_DONE.option, error)
        ended = EngineFailed.exit_code
    else:
        if ended:
            log.error("The command of %s, %r, ended with %d", WHEN_DONE.option, command, ended)
    return code if code != EXIT_COMPLETE or not ended else EngineFailed.exit_code
