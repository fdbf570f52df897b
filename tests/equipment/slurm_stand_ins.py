"""Slurm's commands, and a child, as small shell scripts that note what they are asked."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

NOTE = 'for word in "$0" "$@"; do printf "%s\\0" "${word##*/}"; done >> "$NOTES"\n'
"""Notes the command's name and its words, each behind its last slash."""


@dataclass(frozen=True)
class StandIns:
    """A folder of programs that comes first on PATH, and the file of their notes."""

    folder: Path

    @property
    def notes(self) -> list[str]:
        """All words that were noted so far; empty: nothing was started."""
        path = self.folder / "notes"
        return os.fsdecode(path.read_bytes()).split("\0")[:-1] if path.exists() else []

    @property
    def environment(self) -> dict[str, str]:
        path = f"{self.folder}:{os.environ['PATH']}"
        return {"PATH": path, "NOTES": str(self.folder / "notes")}

    def put(self, name: str, body: str) -> Path:
        """Make a program of this name, which notes how it was called and then does this."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{NOTE}{body}\n")
        path.chmod(0o755)
        return path

    def start(self, script: str, shell: str = "sh", **variables: str) -> subprocess.Popen[str]:
        """Start a job's script as Slurm does, as task 3 of job 71."""
        path = self.folder / "script"
        path.write_bytes(os.fsencode(script))
        told = {
            "SLURM_ARRAY_JOB_ID": "71",
            "SLURM_ARRAY_TASK_ID": "3",
            "SLURM_JOB_ID": "74",
            "SLURM_CPUS_PER_TASK": "8",
            "SLURMD_NODENAME": "n1",
        }
        return subprocess.Popen(
            [shell, str(path)],
            env={**self.environment, **told, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="surrogateescape",
        )
