"""Pure: AWS Batch as an engine."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from ...chunking.errors import BadSetting, ServiceFailed
from ...machine.aws_command import AwsCommand
from ..engine import ArrayState, EngineFailed, JobIds, State, Work
from .answers import (
    Job,
    child_of,
    counts_of,
    id_in,
    index_of,
    log_of,
    messages_of,
    objects_in,
    size_of,
    state_of,
    text_in,
)
from .batch_options import BatchOptions
from .batch_requests import array_job, film_job, job_definition
from .checks import MOST_CHILDREN, check

MOST_DESCRIBED = 100
"""Jobs that one describe-jobs takes."""
MOST_LOG_LINES = 10_000
"""Lines that one get-log-events takes."""
MOST_PAGES = 1000
"""Answers that a list of children may come in: one of 10,000 comes in 100."""
CANCELLED = "Cancelled by Array Chunk Render"
EXPORT_INSTEAD = ", or export the job by --export FOLDER, with the commands to run where it is"


class Client(Protocol):
    """Calls an operation of a service of AWS with its JSON, returns the JSON of the answer."""

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]: ...


class BatchEngine:
    """Runs arrays on AWS Batch. Submitting needs options; all else needs the job's id only."""

    name = "aws_batch"

    def __init__(self, options: BatchOptions, client: Client | None = None) -> None:
        self._options = options
        self._client = client or AwsCommand(EXPORT_INSTEAD)

    def submit(self, work: Work) -> JobIds:
        """Raises BadSetting, too, for what AWS Batch would not take."""
        check(self._options, work)
        definition = self._options.job_definition
        if not definition:
            request = job_definition(self._options)
            answer = self._client.call("batch", "register-job-definition", request)
            definition = id_in(answer, "jobDefinitionArn")
        job = self._submit(array_job(self._options, work, definition))
        if not work.makes_film:
            return JobIds(job)
        film = film_job(self._options, work, definition, job)
        try:
            return JobIds(job, self._submit(film))
        except ServiceFailed:
            self.cancel(JobIds(job))  # both, or none: nobody would know of it
            raise

    def state(self, ids: JobIds) -> ArrayState:
        job_ids = [ids.job, *filter(None, [ids.film_job])]
        jobs = {id_in(job, "jobId"): job for job in self._describe(job_ids)}
        if ids.job not in jobs:
            raise _unknown(ids.job)
        array, film = jobs[ids.job], jobs.get(ids.film_job)
        counts = counts_of(array)
        failed = self._failed(array) if counts.get(State.FAILED) else []
        return ArrayState(
            ids.job,
            counts,
            sorted(map(child_of, failed), key=lambda child: child.index),
            None if film is None else child_of(film),
        )

    def logs(self, ids: JobIds, index: int, lines: int) -> list[str]:
        job = self._one(ids.job)
        size = size_of(job)
        if not 0 <= index < (size or 1):
            raise BadSetting(
                f"Job {ids.job} has no child {index}: write an index from 0 to {(size or 1) - 1}."
            )
        if size is not None:
            job = self._one(f"{ids.job}:{index}")
        return self._log(job, f"child {index}", lines)

    def film_log(self, ids: JobIds, lines: int) -> list[str]:
        """The last lines of the log of the job that makes the film."""
        if not ids.film_job:
            raise EngineFailed(f"No job that makes a film of {ids.job} is known.")
        return self._log(self._one(ids.film_job), "the film's job", lines)

    def cancel(self, ids: JobIds) -> None:
        """The film's job first, so that it never starts."""
        for job in filter(None, (ids.film_job, ids.job)):
            self._client.call("batch", "terminate-job", {"jobId": job, "reason": CANCELLED})

    def _submit(self, job: Job) -> str:
        return id_in(self._client.call("batch", "submit-job", job), "jobId")

    def _describe(self, ids: Sequence[str]) -> Iterator[Job]:
        for first in range(0, len(ids), MOST_DESCRIBED):
            request = {"jobs": list(ids[first : first + MOST_DESCRIBED])}
            yield from objects_in(self._client.call("batch", "describe-jobs", request), "jobs")

    def _one(self, job_id: str) -> Job:
        for job in self._describe([job_id]):
            return job
        raise _unknown(job_id)

    def _failed(self, array: Job) -> list[Job]:
        """Each failed child in full: the list has no attempts, and only the last one's reason."""
        if size_of(array) is None:
            return [array]
        jobs = itertools.islice(self._listed(id_in(array, "jobId"), "FAILED"), MOST_CHILDREN)
        ids = {id_in(job, "jobId") for job in jobs}
        return list(self._describe(sorted(ids, key=index_of)))

    def _listed(self, array_id: str, status: str) -> Iterator[Job]:
        request = {"arrayJobId": array_id, "jobStatus": status}
        seen: set[str] = set()
        for _ in range(MOST_PAGES):
            page = self._client.call("batch", "list-jobs", request)
            yield from objects_in(page, "jobSummaryList")
            token = text_in(page, "nextToken")
            if not token:
                return
            if token in seen:
                break
            seen.add(token)
            request["nextToken"] = token
        raise EngineFailed(f"AWS lists the children of {array_id} without an end: try it later.")

    def _log(self, job: Job, who: str, lines: int) -> list[str]:
        if lines < 1:
            return []
        group, stream = log_of(job)
        if not stream:
            status = text_in(job, "status")
            state = state_of(status).value
            raise EngineFailed(f"There is no log of {who} yet: it is {state} ({status}).")
        request = {
            "logGroupName": group,
            "logStreamName": stream,
            "limit": min(lines, MOST_LOG_LINES),
            "startFromHead": False,
        }
        return messages_of(self._client.call("logs", "get-log-events", request))[-lines:]


def _unknown(job_id: str) -> EngineFailed:
    return EngineFailed(
        f"AWS Batch knows no job {job_id!r}: see that region and profile are those that it was "
        "submitted by; ended jobs are kept for about a week."
    )
