"""Pure: whether another process of this machine is running."""

from __future__ import annotations

import os
from pathlib import Path


def is_running(pid: int) -> bool | None:
    """Whether the process is there, and not only waits for its parent to hear of its end.

    None where the system can't be asked: on Windows `os.kill` does something to it, whatever the
    number.
    """
    if not hasattr(os, "killpg"):
        return None
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2]
    except FileNotFoundError:  # no Linux, which tells no more
        return True
    except (OSError, OverflowError):
        return False
    return state.split()[0] not in ("Z", "X")
