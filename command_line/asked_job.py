"""Which job a command is about, and the engine that knows it."""

from __future__ import annotations

from ..engines.choice import engine_of
from ..engines.engine import Engine
from ..engines.submissions import Submission, last, recall
from .sources import Told


def asked_job(told: Told) -> tuple[Submission, Engine]:
    """The job that is named, or the last one. Raises BadSetting where there is none.

    What was submitted from here is known with its farm and its film's job. Of a job that was not,
    they have to be named.
    """
    job = str(told.options["job"])
    submission = recall(job) if job else last()
    if submission is None:
        output = str(told.settings.get("output", ""))
        farm, film_job = str(told.options["farm"]), str(told.options["film_job"])
        submission = Submission(farm, job, film_job, output=output)
    options = {**told.options, **submission.options, "output": submission.output}
    return submission, engine_of(submission.farm, options)
