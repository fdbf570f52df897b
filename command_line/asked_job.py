"""Which job a command is about, and the engine that knows it."""

from __future__ import annotations

import dataclasses

from ..engines.engine import Engine
from ..engines.farms import FARM, engine_for
from ..engines.submissions import Submission, last, recall
from .sources import Told


def asked_job(told: Told) -> tuple[Submission, Engine]:
    """The job that is named, or the last one. Raises BadSetting where there is none.

    What was submitted from here is known with its farm and its film's job. Of a job that was not,
    they have to be named. What is named goes before what is known.
    """
    job = str(told.options["job"])
    submission = recall(job) if job else last()
    if submission is None:
        submission = Submission(str(told.options[FARM.name]), job)
    output = str(told.settings.get("output", "")) or submission.output
    film_job = str(told.options["film_job"]) or submission.film_job
    submission = dataclasses.replace(submission, output=output, film_job=film_job)
    return submission, engine_for(submission)
