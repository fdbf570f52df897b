"""The folder in which the stand-in for AWS Batch keeps what it knows: one below it for each job.

definitions.json           all registered revisions, in their order
jobs/ID/job.json           the request, its definition, and when it came
jobs/ID/state.json         the children's states, replaced whole by the job's runner
jobs/ID/lock               held by the runner while it lives: wait for it to wait for the end
jobs/ID/pid                the runner's
jobs/ID/terminated         why the job was terminated
jobs/ID/INDEX.ATTEMPT.log  what a child wrote
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST_SECONDS = 300
ENDED = ("SUCCEEDED", "FAILED")
WORDS = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", *ENDED)


@dataclass(frozen=True)
class JobFolder:
    """What is kept of one job."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def job(self) -> dict[str, Any]:
        return dict(json.loads((self.path / "job.json").read_text()))

    @property
    def size(self) -> int | None:
        """None for a plain job."""
        size = self.job["request"].get("arrayProperties", {}).get("size")
        return None if size is None else int(size)

    @property
    def state(self) -> dict[str, Any]:
        """`status`, `statusReason` and `children`, in the order of their indexes."""
        return dict(json.loads((self.path / "state.json").read_text()))

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    def write(self, name: str, content: dict[str, Any]) -> None:
        temporary = self.path / f".{name}.{os.getpid()}"
        temporary.write_text(json.dumps(content, indent=1))
        temporary.replace(self.path / name)

    def log(self, index: int, attempt: int) -> Path:
        return self.path / f"{index}.{attempt}.log"

    def wait(self) -> None:
        """Until the job has ended in whatever way."""
        waited = ("flock", "--shared", "--timeout", str(LONGEST_SECONDS), str(self.lock), "true")
        assert subprocess.run(waited, check=False).returncode == 0, f"{self.id} does not end"


def job_folder(home: Path, job_id: str) -> JobFolder:
    return JobFolder(home / "jobs" / job_id)
