"""Cancelling a job of this machine: what runs it is told by a file, and nobody is signalled."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from array_chunk_render.engines.background import fresh_log
from array_chunk_render.engines.engine import EngineFailed, JobIds
from array_chunk_render.engines.local.local_engine import LocalEngine
from array_chunk_render.engines.local.local_job import CANCELLED, GONE, LocalJob

JOB = "local-123"


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalJob:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("array_chunk_render.engines.local.local_job.state_folder", lambda: tmp_path)
    return LocalJob.make(JOB, 1, ())


def test_one_that_runs_is_told(job: LocalJob) -> None:
    with job.hold():
        LocalEngine().cancel(JobIds(JOB))
    assert job.is_cancelled


def test_one_that_was_told_before(job: LocalJob) -> None:
    with job.hold():
        for _ in range(2):
            LocalEngine().cancel(JobIds(JOB))
    assert job.state(JOB).failed[0].reason == CANCELLED


def test_a_link_tells_it_as_well(job: LocalJob, tmp_path: Path) -> None:
    (job.root / "cancelled").symlink_to(tmp_path / "nothing")
    with job.hold():
        LocalEngine().cancel(JobIds(JOB))
    assert job.is_cancelled
    assert not (tmp_path / "nothing").exists()


def test_one_that_can_not_be_told(job: LocalJob) -> None:
    shutil.rmtree(job.root)
    with pytest.raises(EngineFailed, match=f"{JOB}' can't be written"):
        job.cancel()


def test_one_that_has_ended_is_left_as_it_is(job: LocalJob) -> None:
    with job.hold():
        pass
    LocalEngine().cancel(JobIds(JOB))
    assert not job.is_cancelled
    assert job.state(JOB).failed[0].reason == GONE


def test_the_number_in_its_file_ends_nobody(job: LocalJob) -> None:
    with subprocess.Popen(["sleep", "100"]) as stranger:
        job.write_pid(stranger.pid)
        with job.hold():
            LocalEngine().cancel(JobIds(JOB))
        stranger.kill()
    assert stranger.returncode == -signal.SIGKILL  # by this test, and by nobody before


def test_a_log_is_a_new_file_of_ours(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    for name in ("array_chunk_bake.log", "array_chunk_bake-.log"):
        (tmp_path / name).symlink_to("precious")
    logs = {fresh_log(str(tmp_path), "array_chunk_bake") for _ in range(3)}
    assert len(logs) == 3
    assert not any(log.is_symlink() for log in logs)
    assert (tmp_path / "precious").read_text() == "x"
