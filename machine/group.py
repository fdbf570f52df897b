"""Pure: a process in a group of its own: asked to end, or ended, with what it has started.

On POSIX a group is a session, which signals are sent to. Windows has the processes of a console
that belong together, which Ctrl-Break reaches, and TerminateProcess, which ends one of them.
What the system has is asked by its names, since the tests run on one that has lost them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import Any

NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""Windows: the `creationflags` of a Popen that goes with `start_new_session` on POSIX: Ctrl-C comes
to us alone."""
OWN_CONSOLE: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""Windows: the same for a process that is to go on when the console that started it is closed."""
_SIGKILL: int = getattr(signal, "SIGKILL", signal.SIGTERM)
_HAVE_ENDED = (ProcessLookupError, PermissionError)
"""What is answered where all of a group have ended meanwhile; the latter by macOS, until somebody
has waited for them."""
_CTRL_BREAK: int = getattr(signal, "CTRL_BREAK_EVENT", 1)


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


def end_group(child: subprocess.Popen[Any]) -> None:
    """End all of a group at once; on Windows the child alone, since nothing there ends a group."""
    if hasattr(os, "killpg"):
        # Also where the child itself has ended: what a wrapper has started may not have.
        with contextlib.suppress(*_HAVE_ENDED):
            os.killpg(child.pid, _SIGKILL)
    else:
        child.kill()
