"""Waiting for the end of an array that was submitted to this machine."""

from __future__ import annotations

import fcntl
from pathlib import Path


def wait_for_end(state_home: Path, job: str) -> None:
    """The process that runs a job holds its lock as long as it lives."""
    lock = state_home / "array_chunk_render" / "jobs" / job / "lock"
    with open(lock, encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
