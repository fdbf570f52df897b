"""Pure: whether a Blender without a window can draw on this machine, tried once in a process.

Blender ends by itself where it can't, so nobody can ask it in the process that would end.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping, Sequence

from ..machine.group import (
    NEW_GROUP,
    end_group,
)

MOST_SECONDS = 600.0
"""How long the trial may take: by Mesa on the CPU shaders take some ten seconds, on a busy one
minutes."""


class DrawingTrial:
    """A command that draws a picture; a thread waits for its end, and everybody may ask."""

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], seconds: float = MOST_SECONDS
    ) -> None:
        self.fault = ""
        """Why Blender can't draw; empty: it can, as soon as the trial is over."""
        self._command, self._environ, self._seconds = list(command), dict(environ), seconds
        self._begun = threading.Lock()
        self._over = threading.Event()

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    def begin(self) -> None:
        """Begin, if that is not done yet; takes no time."""
        if self._begun.acquire(blocking=False):
            threading.Thread(target=self._try, daemon=True).start()

    def wait(self) -> None:
        """Until it is over, which it begins for if need be."""
        self.begin()
        self._over.wait()

    def _try(self) -> None:
        try:
            self.fault = self._run()
        except OSError as error:
            self.fault = f"it could not be started: {error.strerror}"
        finally:
            self._over.set()

    def _run(self) -> str:
        silent = subprocess.DEVNULL
        child = subprocess.Popen(
            self._command,
            env=self._environ,
            stdin=silent,
            stdout=silent,
            stderr=silent,
            start_new_session=True,
            creationflags=NEW_GROUP,
        )
        try:
            code = child.wait(self._seconds)
        except subprocess.TimeoutExpired:
            end_group(child)
            child.wait()
            return f"it was not done after {self._seconds:g} s"
        return f"it ended with {code}" if code else ""
