"""Cancelling a job of this machine: only the process that runs it is signalled."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from array_chunk_render.engines.background import fresh_log
from array_chunk_render.engines.engine import EngineFailed, Submitted
from array_chunk_render.engines.local_engine import LocalEngine
from array_chunk_render.engines.local_job import LocalJob

JOB = "local-123"


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalJob:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("array_chunk_render.engines.local_job.state_folder", lambda: tmp_path)
    return LocalJob.make(JOB, 1, ())


@pytest.fixture
def runner(job: LocalJob) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds the job's lock."""
    with job.held() as lock:
        process = subprocess.Popen(["sleep", "100"], pass_fds=[lock])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "100"])
    yield process
    process.kill()
    process.wait()


def test_the_one_that_runs_it(job: LocalJob, runner: subprocess.Popen[bytes]) -> None:
    job.write_pid(runner.pid)
    LocalEngine().cancel(Submitted(JOB))
    assert runner.wait(timeout=60) == -signal.SIGTERM


@pytest.mark.parametrize("text", ["STRANGER", "-1", "0", "1", "", "x", "-STRANGER", "9" * 30, "²"])
def test_nobody_else(
    text: str,
    job: LocalJob,
    runner: subprocess.Popen[bytes],
    stranger: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signalled: list[int] = []
    (job.root / "pid").write_text(text.replace("STRANGER", str(stranger.pid)))
    with monkeypatch.context() as patch, pytest.raises(EngineFailed, match="by hand"):
        patch.setattr(os, "kill", lambda pid, number: signalled.append(pid))
        LocalEngine().cancel(Submitted(JOB))
    assert signalled == []


def test_one_that_has_ended(job: LocalJob, stranger: subprocess.Popen[bytes]) -> None:
    job.write_pid(stranger.pid)
    LocalEngine().cancel(Submitted(JOB))
    assert stranger.poll() is None


def test_a_log_is_a_new_file_of_ours(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    for name in ("array_chunk_bake.log", "array_chunk_bake-.log"):
        (tmp_path / name).symlink_to("precious")
    logs = {fresh_log(str(tmp_path), "array_chunk_bake") for _ in range(3)}
    assert len(logs) == 3
    assert not any(log.is_symlink() for log in logs)
    assert (tmp_path / "precious").read_text() == "x"
