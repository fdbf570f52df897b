"""The sub-command `cancel`: a submitted array, ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

from ..chunking.errors import EXIT_COMPLETE
from .asked_job import asked_job
from .sources import Told


def cancel(told: Told, out: TextIO, chatter_file: Path) -> int:
    """End what waits or runs, the film's job too; return 0. Published frames stay."""
    submission, engine = asked_job(told)
    engine.cancel(submission.submitted)
    if told.options["json"]:
        json.dump({"job": submission.job, "cancelled": True}, out)
        out.write("\n")
    else:
        out.write(f"job {submission.job} was asked to end; frames that are done stay done\n")
    return EXIT_COMPLETE
