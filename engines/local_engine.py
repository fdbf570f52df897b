"""Pure: this machine as an engine: arrays that go on in the background."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from .background import without_settings
from .engine import ArrayState, EngineFailed, Submitted, Work
from .local import fresh_array_id
from .local_job import FILM, PID, LocalJob
from .main_command import main_command
from .output_lines import last_lines


class LocalEngine:
    """Runs the children of an array on this machine, one at a time, by `run-array`.

    Blender and main.py are those of this process, whatever the work says.
    """

    name = "local"

    def submit(self, work: Work) -> Submitted:
        job_id = fresh_array_id()
        job = LocalJob.make(job_id, work.size, work.film_words if work.makes_film else ())
        kept = without_settings(os.environ)
        words = ["run-array", f"--size={work.size}", f"--render-id={job_id}", f"--job={job_id}"]
        try:
            with job.held() as lock, job.open_log("array") as log:
                _start([*main_command(""), *words], {**kept, **work.environment}, log, lock, job)
        except OSError as error:
            raise job.unwritable(error) from error
        return Submitted(job_id, f"{job_id}/{FILM}" if work.makes_film else "")

    def state(self, submitted: Submitted) -> ArrayState:
        return LocalJob.of(submitted.job).state(submitted.job)

    def logs(self, submitted: Submitted, index: int, lines: int) -> list[str]:
        return self._tail(submitted, str(index), lines)

    def film_log(self, submitted: Submitted, lines: int) -> list[str]:
        return self._tail(submitted, FILM, lines)

    def cancel(self, submitted: Submitted) -> None:
        job = LocalJob.of(submitted.job)
        if job.is_alive:
            job.cancelled.touch()
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(_process_of(job), signal.SIGTERM)

    def _tail(self, submitted: Submitted, name: str, lines: int) -> list[str]:
        job = LocalJob.of(submitted.job)
        for path in (job.log(name), job.log("array")):
            try:
                return last_lines(path, lines)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise EngineFailed(f"{str(path)!r} can't be read: {error.strerror}.") from error
        return []


def _process_of(job: LocalJob) -> int:
    """The process that runs a job. Raises EngineFailed where its file names none that can be it,
    ProcessLookupError where it has just ended.

    What holds the job's lock is the job's; by its number alone another process could be meant, or
    by 0 and less whole groups of them.
    """
    text = job.pid()
    pid = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if pid < 2 or not _holds(pid, job.lock):
        if not job.is_alive:
            raise ProcessLookupError
        raise EngineFailed(
            f"{str(job.root / PID)!r} does not name the process that runs the job: end it by hand."
        )
    return pid


def _holds(pid: int, lock: Path) -> bool:
    """Whether a process has the file open; True where this system doesn't tell."""
    folder = Path("/proc", str(pid), "fd")
    if not Path("/proc/self/fd").exists():
        return True
    with contextlib.suppress(OSError):
        return any(_is_same(each, lock) for each in folder.iterdir())
    return False


def _is_same(path: Path, other: Path) -> bool:
    with contextlib.suppress(OSError):  # closed meanwhile
        return path.samefile(other)
    return False


def _start(
    command: Sequence[str], environ: dict[str, str], log: BinaryIO, lock: int, job: LocalJob
) -> None:
    try:
        child = subprocess.Popen(
            list(command),
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # it goes on when the one who submitted it has ended
            pass_fds=[lock],
        )
    except OSError as error:
        raise EngineFailed(f"{command[0]!r} can't be started: {error.strerror}.") from error
    try:
        job.write_pid(child.pid)
    except OSError:  # nobody could cancel it
        child.terminate()
        raise
