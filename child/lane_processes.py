"""Pure: the lanes of a child: further Blender processes that share its chunk, started by itself."""

from __future__ import annotations

import functools
import logging
import os
import time
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path

from ..chunking.errors import EXIT_COMPLETE, Interrupted
from ..machine.child_process import ChildProcess
from ..machine.output_lines import is_number, json_fields

log = logging.getLogger(__name__)

MOST_FRAME = 2**31 - 1
MOST_SECONDS = 1e9
"""What a frame of Blender's, and its time, can be at the most."""

OnFrame = Callable[[int, float, bool], None]
"""Called in a thread: a lane has delivered this frame, which took so many seconds; True: it is of
another child's chunk."""
OnCrash = Callable[[], None]
"""Called in a thread: a lane has ended with a frame in work."""


class LaneProcesses:
    """Starts lanes and hears what they say. A lane ends with its child, whatever ends that."""

    def __init__(self, command: Sequence[str], home: Path, grace_seconds: int) -> None:
        """`command` makes a lane of this child; `home` is a local folder of this process."""
        self._command = list(command)
        self._home = home
        self.grace_seconds = grace_seconds
        self._lanes: dict[int, ChildProcess] = {}
        self._is_ending = False
        self.warnings: Container[str] = ()
        """Warnings that this child has said itself."""

    def start(
        self,
        count: int,
        run: str,
        settings: Mapping[str, object],
        on_frame: OnFrame,
        on_crash: OnCrash,
    ) -> None:
        """Start lanes until there are `count`, this process counted as the first.

        `settings` are words that differ from this process' own. A lane that can't be started is
        said and done without.
        """
        for number in range(len(self._lanes) + 2, count + 1):
            own = {"lane": number, "lane_run": run, "lane_home": self._home, "log": "json"}
            values = {**settings, **own, "grace": self.grace_seconds}
            words = [f"--{name.replace('_', '-')}={value}" for name, value in values.items()]
            try:
                self._lanes[number] = ChildProcess(
                    [*self._command, *words],
                    os.environ,
                    functools.partial(self._hear, number, on_frame),
                    functools.partial(self._say_end, number, on_crash),
                    on_leash=True,
                )
            except OSError as error:
                log.warning("lane %d can't be started: %s", number, error.strerror)

    @property
    def count(self) -> int:
        """How many lanes were started beside this process."""
        return len(self._lanes)

    def ask_to_end(self) -> None:
        """Have each lane finish or abandon its frame within the grace, as this child does."""
        self._is_ending = True
        for lane in self._started():
            lane.ask_to_end()

    def wait(self, seconds: float) -> None:
        """Until all have ended; after so many seconds they are killed."""
        end = time.monotonic() + seconds
        for lane in self._started():
            lane.wait(max(0.0, end - time.monotonic()))
        self.kill()

    def kill(self) -> None:
        """End those that are left at once: there is nothing for them to do any more."""
        self._is_ending = True
        for lane in self._started():
            lane.kill()
            lane.wait()

    def _started(self) -> list[ChildProcess]:
        """Those so far: another thread may just be starting more."""
        return list(self._lanes.values())

    def _hear(self, number: int, on_frame: OnFrame, line: str) -> None:
        fields = json_fields(line) or {}  # none: Blender itself wrote it
        message = fields.get("message", "")
        frame, seconds = fields.get("frame", ""), fields.get("seconds", "")
        if is_number(frame, MOST_FRAME) and is_number(seconds, MOST_SECONDS):
            on_frame(int(frame), float(seconds), "helped" in fields)
            return
        level = fields.get("level")
        # Each lane looks at the same scene, and is asked to end in the end: no news.
        is_old = self._is_ending or message in self.warnings
        if level == "error" or (level == "warning" and not is_old):
            log.warning("lane %d: %s", number, message)

    def _say_end(self, number: int, on_crash: OnCrash, code: int) -> None:
        if self._is_ending or code in (EXIT_COMPLETE, Interrupted.exit_code):
            return
        log.warning("lane %d ended with %d: what it had in work is rendered again", number, code)
        on_crash()
