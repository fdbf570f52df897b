"""Pure: an array and the job that makes its film, as SubmitJob takes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..engine import Work
from .batch_options import BatchOptions
from .definition import resource_requirements, retry_strategy

MOST_NAME_CHARACTERS = 128
FILM_SUFFIX = "-film"


def array_job(options: BatchOptions, work: Work, definition: str) -> dict[str, Any]:
    """The JSON of the array, or of the plain job that stands for an array of 1.

    A plain job is told no array variables, which main.py takes as one chunk of all frames.
    """
    job = _job(options, work, definition, job_name(work.name), work.child_command)
    if work.size > 1:
        job["arrayProperties"] = {"size": work.size}
    if options.gpus:
        # Here, not in the definition, which is the film's as well: that is made without a GPU.
        asked = job["containerOverrides"].setdefault("resourceRequirements", [])
        asked.append({"type": "GPU", "value": str(options.gpus)})
    return job


def film_job(options: BatchOptions, work: Work, definition: str, array: str) -> dict[str, Any]:
    """The JSON of the job that verifies and makes the film, once all of `array` succeeded."""
    name = job_name(work.name, FILM_SUFFIX)
    job = _job(options, work, definition, name, work.film_command)
    job["dependsOn"] = [{"jobId": array}]
    return job


def job_name(name: str, suffix: str = "") -> str:
    """What AWS Batch takes for a job's name, as near to ours as can be."""
    taken = re.sub(r"[^A-Za-z0-9_-]+", "-", name).lstrip("-_") or "array"
    return taken[: MOST_NAME_CHARACTERS - len(suffix)] + suffix


def _job(
    options: BatchOptions, work: Work, definition: str, name: str, command: Sequence[str]
) -> dict[str, Any]:
    job: dict[str, Any] = {
        "jobName": name,
        "jobQueue": options.queue,
        "jobDefinition": definition,
        "containerOverrides": _overrides(options, work, command),
        "propagateTags": True,
    }
    if options.job_definition:  # somebody else's: ours has these already
        job["retryStrategy"] = retry_strategy(options)
        if options.timeout:
            job["timeout"] = {"attemptDurationSeconds": options.timeout}
    if options.share:
        job["shareIdentifier"] = options.share
        job["schedulingPriorityOverride"] = options.priority
    if options.tags:
        job["tags"] = dict(options.tags)
    return job


def _overrides(options: BatchOptions, work: Work, command: Sequence[str]) -> dict[str, Any]:
    variables = sorted(work.environment.items())
    overrides: dict[str, Any] = {
        "command": list(command),
        "environment": [{"name": name, "value": value} for name, value in variables],
    }
    requirements = resource_requirements(options)
    if options.job_definition and requirements:
        overrides["resourceRequirements"] = requirements
    return overrides
