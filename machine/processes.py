"""Pure: what the system tells of processes: whether one is running, how old this one is, how long
all have left the cores idle."""

from __future__ import annotations

import os
from pathlib import Path

CLOCK_TICKS: int = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
"""Of a second, in the files of proc(5), which other systems than Linux have not got."""


def idle_seconds(root: Path = Path("/")) -> float | None:
    """Seconds that the machine's cores were idle since its start, summed; None: not told.

    proc(5): the first line of `stat`, in clock ticks: user, nice, system, idle, iowait, …
    """
    try:
        with open(root / "proc/stat", encoding="utf-8") as file:
            fields = file.readline().split()
        return (int(fields[4]) + int(fields[5])) / CLOCK_TICKS
    except (OSError, ValueError, IndexError):
        return None


def process_age(root: Path = Path("/")) -> float:
    """Seconds since this process was started; 0 where the system does not tell.

    proc(5): the 22nd field of `stat`, in clock ticks since the machine's start.
    """
    try:
        stat = (root / "proc/self/stat").read_text(encoding="utf-8", errors="replace")
        up = float((root / "proc/uptime").read_text(encoding="utf-8").split()[0])
    except (OSError, ValueError, IndexError):
        return 0.0
    fields = stat.rpartition(")")[2].split()  # the second field is a name, with any blanks in it
    return max(0.0, up - int(fields[22 - 3]) / CLOCK_TICKS)


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
