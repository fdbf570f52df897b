"""Pipes and devices in the place of files, and children that meet them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from children import Ended

SECONDS = 120
"""For a start of Blender and what it has to do, on a busy machine; a hang is longer."""


def finish(child: subprocess.Popen[str], seconds: float = SECONDS) -> Ended:
    """Wait for its end; one that hangs is killed, and its TimeoutExpired raised."""
    try:
        log, errors = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        raise
    return Ended(child.returncode, log, errors)


def make_no_file(path: Path, kind: str) -> None:
    path.unlink()
    if kind == "a named pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
