"""Pure: a child process in a group of its own: read line by line while something else goes on,
asked to end, or ended, with all that it has started.

On POSIX a group is a session, which signals are sent to. Windows has the processes of a console
that belong together, which Ctrl-Break reaches, and TerminateProcess, which ends one of them.
What the system has is asked by its names, since the tests run on one that has lost them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .output_lines import lines_of

NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""Windows: the `creationflags` of a Popen that goes with `start_new_session` on POSIX: Ctrl-C comes
to us alone."""
OWN_CONSOLE: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""Windows: `creationflags` for a process that is to go on when the console that started it is
closed."""
_SIGKILL: int = getattr(signal, "SIGKILL", signal.SIGTERM)
_HAVE_ENDED = (ProcessLookupError, PermissionError)
"""What is answered where all of a group have ended meanwhile; the latter by macOS, until somebody
has waited for them."""
_CTRL_BREAK: int = getattr(signal, "CTRL_BREAK_EVENT", 1)
LAST_LINES_SECONDS = 1.0
"""How long the end of the output is waited for: a grandchild may hold the pipe for longer."""


def outlive_readers() -> None:
    """Have a write to a process that has ended raise BrokenPipeError; call it in the main thread.

    The real 4.3, unlike 5.2 and all wheels, leaves SIGPIPE as the system has it:
    that would end it, with all that an artist has not saved, because a process that decodes
    pictures has crashed. A process that we start has the system's way again.
    """
    number = getattr(signal, "SIGPIPE", None)  # Windows has none
    if number is not None and signal.getsignal(number) is signal.SIG_DFL:
        signal.signal(number, signal.SIG_IGN)


def ask_group_to_end(child: subprocess.Popen[Any]) -> None:
    """Ask all of a group, by what `end_requests` hears: SIGTERM, or Ctrl-Break on Windows.

    Where a child of Windows has no console in common with this process, it does not hear it.
    """
    if hasattr(os, "killpg"):
        with contextlib.suppress(*_HAVE_ENDED):
            os.killpg(child.pid, signal.SIGTERM)
    else:
        with contextlib.suppress(OSError):
            child.send_signal(_CTRL_BREAK)


def interrupt_group(child: subprocess.Popen[Any]) -> None:
    """Interrupt all of a group as Ctrl-C would; on Windows by Ctrl-Break, as in `ask_group_to_end`.

    Other people's programs put away what is half then, and not always at SIGTERM.
    """
    if hasattr(os, "killpg"):
        with contextlib.suppress(*_HAVE_ENDED):
            os.killpg(child.pid, signal.SIGINT)
    else:
        ask_group_to_end(child)


def end_group(child: subprocess.Popen[Any]) -> None:
    """End all of a group at once; on Windows the child alone, since nothing there ends a group."""
    if hasattr(os, "killpg"):
        # Also where the child itself has ended: what a wrapper has started may not have.
        with contextlib.suppress(*_HAVE_ENDED):
            os.killpg(child.pid, _SIGKILL)
    else:
        child.kill()


class ChildProcess:
    """A process in a group of its own. `on_line` is called in a thread, with each line it writes.

    Without its end, and cut off where it is very long.

    With `on_leash` its standard input is a pipe that nobody writes to: it closes when this process
    ends in whatever way, which tells the child to end, too. Raises OSError where it can't be made.
    """

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        on_line: Callable[[str], None],
        on_end: Callable[[int], None] = lambda code: None,
        on_leash: bool = False,
    ) -> None:
        """`on_end` is called in the same thread, after the last line, with the exit code."""
        self._on_line = on_line
        self._on_end = on_end
        self._child = subprocess.Popen(
            list(command),
            env=dict(environ),
            stdin=subprocess.PIPE if on_leash else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            creationflags=NEW_GROUP,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def is_running(self) -> bool:
        if self._child.poll() is None:
            return True
        self._reader.join(LAST_LINES_SECONDS)
        return False

    @property
    def exit_code(self) -> int:
        """What it ended with, waited for; below zero: the signal of POSIX that ended it."""
        return self._child.wait()

    def ask_to_end(self) -> None:
        """Ask the whole group to end in order: a wrapper ends with its Blender."""
        if self.is_running:
            ask_group_to_end(self._child)

    def interrupt(self) -> None:
        """Interrupt the whole group, as Ctrl-C would."""
        if self.is_running:
            interrupt_group(self._child)

    def kill(self) -> None:
        """End the whole group at once."""
        if self.is_running:
            end_group(self._child)

    def wait(self, seconds: float | None = None) -> None:
        """Until it has ended, at most that long."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(seconds)
            self._reader.join(LAST_LINES_SECONDS)

    def _read(self) -> None:
        assert self._child.stdout is not None
        with self._child.stdout as lines:
            for line in lines_of(lines):
                self._on_line(line)
        # Waited for at once: others would take a zombie for alive.
        self._on_end(self._child.wait())
