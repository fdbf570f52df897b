"""The sub-command `cancel`: a submitted array, ended."""

from __future__ import annotations

from pathlib import Path

from ..chunking.errors import EXIT_COMPLETE
from .answer import Answer
from .asked_job import asked_job
from .sources import Told


def cancel(told: Told, out: Answer, chatter_file: Path) -> int:
    """End what waits or runs, the film's job too; return 0. Published frames stay."""
    submission, engine = asked_job(told)
    engine.cancel(submission.ids)
    if told.options["json"]:
        out.json({"job": submission.job, "cancelled": True})
    else:
        out.line(f"job {submission.job} was asked to end; frames that are done stay done")
    return EXIT_COMPLETE
