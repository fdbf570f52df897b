"""The sub-command `logs`: what a child of a submitted array said last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

from ..chunking.errors import EXIT_COMPLETE
from .asked_job import asked_job
from .sources import Told


def logs(told: Told, out: TextIO, chatter_file: Path) -> int:
    """Print the end of the log of child `--index`, by default the first; return 0."""
    submission, engine = asked_job(told)
    index = int(told.settings.get("index", 0))
    lines = engine.logs(submission.submitted, index, int(told.options["lines"]))
    if told.options["json"]:
        json.dump({"job": submission.job, "index": index, "lines": lines}, out)
        out.write("\n")
    else:
        out.writelines(f"{line}\n" for line in lines)
    return EXIT_COMPLETE
