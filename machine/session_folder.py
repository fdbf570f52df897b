"""Pure: Blender's folder for its session: whether it is this process' own, and may be removed.

Blender removes it on its own way out only, which ours is not. It makes `blender_XXXXXX` below the
folder for temporary files; where it can make none (no inode, no room in its path), it says that
the folder for everybody's files is its own. So what can't be known to be its own is left.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from .processes import CLOCK_TICKS

NAME = re.compile(r"blender_[0-9A-Za-z]{6}")
BASE_VARIABLES = ("TMPDIR", "TEMP", "TMP")
CLOCK_SECONDS = 0.1
"""By so much can a file's time be before the time of the clock at which it was made."""


class SessionFolder(NamedTuple):
    """What Blender says is the folder of its session."""

    path: Path
    """`bpy.app.tempdir`"""
    preferred: str = ""
    """The preference "Temporary Directory", below which it may lie; empty: none is set."""

    def remove(self) -> None:
        """Remove it, where Blender has made it for this process; leave anything else."""
        if self.is_ours():
            shutil.rmtree(self.path, ignore_errors=True)

    def is_ours(self) -> bool:
        """Whether this process has made it: a name of Blender's shape right below a base, no base
        itself, no link, this user's, and not older than the process."""
        if not NAME.fullmatch(self.path.name):
            return False
        bases = [*self._bases()]
        if any(_is_same(self.path, base) for base in bases):
            return False
        return any(_is_same(self.path.parent, base) for base in bases) and _is_made_here(self.path)

    def _bases(self) -> Iterator[Path]:
        yield from map(Path, ("/tmp", tempfile.gettempdir()))
        for base in (self.preferred, *(os.environ.get(name, "") for name in BASE_VARIABLES)):
            if base:
                yield Path(base)


def _is_same(path: Path, other: Path) -> bool:
    with contextlib.suppress(OSError):
        return path.samefile(other)
    return False


def _is_made_here(path: Path) -> bool:
    """Whether it is a folder that this user made since this process began."""
    began = _began()
    try:
        status = os.lstat(path)
    except OSError:
        return False
    user: Callable[[], int] | None = getattr(os, "geteuid", None)
    if began is None or user is None or status.st_uid != user():
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_ctime >= began - CLOCK_SECONDS


def _began() -> float | None:
    """When this process began, in seconds since the epoch; None where the system tells nobody."""
    try:
        # Its name, in parentheses, may hold anything: what follows the last one is counted.
        fields = Path("/proc/self/stat").read_text(errors="replace").rpartition(")")[2].split()
        ticks = int(fields[19])
    except (OSError, ValueError, IndexError):
        return None
    clock: Callable[[int], float] | None = getattr(time, "clock_gettime", None)
    since_boot: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    if clock is None or since_boot is None:
        return None
    try:
        return time.time() - clock(since_boot) + ticks / CLOCK_TICKS
    except OSError:  # a sandbox that refuses it
        return None
