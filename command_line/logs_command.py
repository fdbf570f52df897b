"""The sub-command `logs`: what a child of a submitted array said last."""

from __future__ import annotations

from pathlib import Path

from ..chunking.errors import EXIT_COMPLETE
from .answer import Answer
from .asked_job import asked_job
from .sources import Told


def logs(told: Told, out: Answer, chatter_file: Path) -> int:
    """Print the end of the log of child `--index` (the first), or of the film's job; return 0."""
    submission, engine = asked_job(told)
    index, most = int(told.settings.get("index", 0)), int(told.options["lines"])
    ids = submission.ids
    lines = engine.film_log(ids, most) if told.options["film"] else engine.logs(ids, index, most)
    if told.options["json"]:
        which = {"film": True} if told.options["film"] else {"index": index}
        out.json({"job": submission.job, **which, "lines": lines})
    else:
        out.lines(lines)
    return EXIT_COMPLETE
