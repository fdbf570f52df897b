"""Pure: this machine as an engine: arrays that go on in the background."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Sequence
from typing import BinaryIO

from ...machine.child_process import NEW_GROUP, OWN_CONSOLE
from ...machine.environment import fresh_array_id, without_settings
from ...machine.main_command import main_command
from ...machine.output_lines import last_lines
from ..engine import ArrayState, EngineFailed, JobIds, Work
from .local_job import FILM, LocalJob

LOOK_SECONDS = 0.05
"""How often is looked whether the process that is to run an array has begun to."""


class LocalEngine:
    """Runs the children of an array on this machine, one at a time, by `run-array`.

    Blender and main.py are those of this process, whatever the work says.
    """

    name = "local"

    def submit(self, work: Work) -> JobIds:
        job_id = fresh_array_id()
        job = LocalJob.make(job_id, work.size, work.film_words if work.makes_film else ())
        environ = {**without_settings(os.environ), **work.environment}
        words = ["run-array", f"--size={work.size}", f"--render-id={job_id}", f"--job={job_id}"]
        try:
            with job.open_log("array") as log:
                _start([*main_command(""), *words], environ, log, job)
        except OSError as error:
            raise job.unwritable(error) from error
        return JobIds(job_id, f"{job_id}/{FILM}" if work.makes_film else "")

    def state(self, ids: JobIds) -> ArrayState:
        return LocalJob.of(ids.job).state(ids.job)

    def logs(self, ids: JobIds, index: int, lines: int) -> list[str]:
        return self._tail(ids, str(index), lines)

    def film_log(self, ids: JobIds, lines: int) -> list[str]:
        return self._tail(ids, FILM, lines)

    def cancel(self, ids: JobIds) -> None:
        job = LocalJob.of(ids.job)
        if job.is_alive:
            job.cancel()

    def _tail(self, ids: JobIds, name: str, lines: int) -> list[str]:
        job = LocalJob.of(ids.job)
        for path in (job.log(name), job.log("array")):
            try:
                return last_lines(path, lines)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise EngineFailed(f"{str(path)!r} can't be read: {error.strerror}.") from error
        return []


def _start(command: Sequence[str], environ: dict[str, str], log: BinaryIO, job: LocalJob) -> None:
    """Start the process that runs a job, and wait until it has the job's lock, or has ended.

    Raises OSError where a file of the job can't be written.
    """
    try:
        child = subprocess.Popen(
            list(command),
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # it goes on when the one who submitted it has ended
            creationflags=NEW_GROUP | OWN_CONSOLE,
        )
    except OSError as error:
        raise EngineFailed(f"{command[0]!r} can't be started: {error.strerror}.") from error
    try:
        job.write_pid(child.pid)
    except OSError:  # a full disk, on which it could keep nothing, nor be cancelled
        child.terminate()
        raise
    while not job.is_alive and child.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(LOOK_SECONDS)
