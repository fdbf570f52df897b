"""Pure: Slurm as an engine: arrays on a cluster, by Slurm's own commands."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

from ...chunking.errors import BadSetting, ServiceFailed
from ...machine.client_program import ask_client
from ...machine.environment import without_settings
from ...machine.output_lines import last_lines
from ...publishing.output_folder import OutputFolder
from ..engine import ArrayState, ChildState, EngineFailed, JobIds, State, Work
from .answers import ACCOUNT_FIELDS, accounted, log_path, shown, verdict_states
from .script import ATTEMPT_MARK, CHILD_LOG, FILM_LOG, array_script, film_script
from .slurm_options import SlurmOptions

UNKNOWN_JOB = "Invalid job id"
OF_OTHER_ARRAYS = ("AWS_BATCH_", "SLURM_ARRAY_", "SLURM_RESTART_COUNT")
"""How the variables begin that tell of the array that this process may be of: sbatch would hand
them on to children of another one."""

MOST_SAID = 1000
"""Characters of what Slurm says where it refuses."""


class SlurmEngine:
    """Submits to the Slurm cluster whose commands this machine has.

    `output` is the output folder of the array, where this machine sees it: the jobs' logs go below
    it, and with it also those children and logs are found that Slurm has forgotten.
    """

    name = "slurm"

    def __init__(self, options: SlurmOptions, output: str = "") -> None:
        self._options = options
        self._output = output

    def submit(self, work: Work) -> JobIds:
        """Submit the array and its film's job: both, or none. Raises BadSetting too."""
        array = array_script(work, self._options)
        film = film_script(work, self._options) if work.makes_film else ""
        folder = self._options.logs_folder(self._output or work.output)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EngineFailed(
                f"The folder for logs, {str(folder)!r}, can't be made ({error.strerror}): name one "
                "that this machine shares with the cluster. Slurm runs no job whose log it can't "
                "write."
            ) from error
        job = _sbatch(array)
        if not film:
            return JobIds(job)
        try:
            # Without the second option the film's job would wait for ever where a child failed.
            return JobIds(
                job, _sbatch(film, f"--dependency=afterok:{job}", "--kill-on-invalid-dep=yes")
            )
        except ServiceFailed:
            ask("scancel", job)
            raise

    def state(self, ids: JobIds) -> ArrayState:
        """Raises EngineFailed where Slurm has forgotten the job, and no verdict is seen either."""
        job = _checked(ids.job)
        known = _known(job)
        if self._output:  # verdicts tell of what Slurm has forgotten
            known |= verdict_states(OutputFolder(Path(self._output)), job, known)
        if not known:
            raise EngineFailed(
                f"Slurm has no job {job}, or has forgotten it: what it rendered is in its output "
                "folder, and `verify` says whether all is there."
            )
        children = [known[index] for index in sorted(known)]
        film = None
        if ids.film_job:
            film = next(iter(_known(_checked(ids.film_job)).values()), None)
        counts = Counter(child.state for child in children)
        failed = [child for child in children if child.state is State.FAILED]
        return ArrayState(ids.job, counts, failed, film)

    def logs(self, ids: JobIds, index: int, lines: int) -> list[str]:
        job = _checked(ids.job)
        name = CHILD_LOG.replace("%A", job).replace("%a", str(index))
        return self._tail(f"{job}_{index}", name, lines)

    def film_log(self, ids: JobIds, lines: int) -> list[str]:
        """The last lines of the log of the film's job; empty where there is none."""
        if not ids.film_job:
            return []
        job = _checked(ids.film_job)
        return self._tail(job, FILM_LOG.replace("%j", job), lines)

    def cancel(self, ids: JobIds) -> None:
        jobs = [job for job in (ids.film_job, ids.job) if job]
        ask("scancel", *map(_checked, jobs))  # it says nothing of those that have ended

    def _tail(self, job: str, name: str, lines: int) -> list[str]:
        if self._output or self._options.logs:
            path = self._options.logs_folder(self._output) / name
        else:
            path = Path(log_path(_show(job)))
            if path.name != name:  # a file of any other name is no log of ours, whoever says so
                raise EngineFailed(
                    f"Slurm has forgotten where the log of job {job} is: name the output folder."
                )
        try:
            return last_lines(path, lines, begins=ATTEMPT_MARK)
        except FileNotFoundError as error:
            if path.parent.is_dir():  # it has not started yet
                return []
            raise EngineFailed(
                f"The folder for logs, {str(path.parent)!r}, is not there: see that it is mounted, "
                "or name it."
            ) from error
        except OSError as error:
            raise EngineFailed(f"{str(path)!r} can't be read: {error.strerror}.") from error


def _sbatch(script: str, *options: str) -> str:
    """Submit; return the job's id."""
    answer = ask("sbatch", "--parsable", *options, script=script)
    return answer.strip().partition(";")[0]  # behind it: the cluster's name, if any


def _known(job: str) -> dict[int, ChildState]:
    """What Slurm knows of a job's tasks."""
    words = ("--allocations", "--noheader", "--parsable2", f"--format={ACCOUNT_FIELDS}")
    try:
        accounts = ask("sacct", *words, f"--jobs={job}")
    except ServiceFailed:  # most clusters that keep none say so in this way
        accounts = ""
    children = {child.index: child for child in accounted(accounts)}
    return children | {child.index: child for child in shown(_show(job))}


def _show(job: str) -> str:
    """What Slurm shows of a job; empty: nothing any more."""
    try:
        return ask("scontrol", "show", "job", job)
    except ServiceFailed as error:
        if UNKNOWN_JOB in str(error):
            return ""
        raise


def _checked(job: str) -> str:
    if not re.fullmatch(r"[0-9]+", job):
        raise BadSetting(f"job is {job!r}: Slurm's jobs have numbers, such as 1234.")
    return job


def ask(*command: str, script: str = "") -> str:
    """Run one of Slurm's commands; return what it says.

    Raises ServiceFailed with its last line, or where it hangs or never ends its answer.
    """
    environ = without_settings(os.environ, OF_OTHER_ARRAYS)
    environ["SLURM_BITSTR_LEN"] = "0"  # else long lists of tasks are cut off
    try:
        answer = ask_client(command, environ, os.fsencode(script))
    except FileNotFoundError as error:
        raise EngineFailed(
            f"There is no {command[0]!r} on this machine: submit to Slurm from a login node of the "
            "cluster, where its commands are."
        ) from error
    except OSError as error:
        raise EngineFailed(f"{command[0]!r} can't be started: {error.strerror}.") from error
    if answer.code:
        words = (answer.errors or answer.output).decode(errors="replace").strip().splitlines()
        last = words[-1].strip()[:MOST_SAID] if words else f"it ended with {answer.code}"
        raise EngineFailed(f"Slurm's {command[0]} refused: {last}")
    return answer.output.decode(errors="surrogateescape")
