"""Arrays on the stand-in for AWS Batch: real children, struck in the middle, seen by the engine."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import ServiceFailed
from array_chunk_render.engines.aws_batch.batch_engine import BatchEngine
from array_chunk_render.engines.aws_batch.batch_options import BatchOptions
from array_chunk_render.engines.aws_batch.batch_requests import retry_strategy
from array_chunk_render.engines.engine import EngineFailed, JobIds, State, Work
from batch_folder import JobFolder
from batch_runner import retried
from children import frames_in, verdicts_of

Farm = Callable[[str], JobFolder]


@pytest.fixture
def engine(farm: Farm, tmp_path: Path) -> BatchEngine:
    options = BatchOptions(
        queue="films", image="worker:4.2", file_system="fs-0123456789abcdef0", mount=str(tmp_path)
    )
    return BatchEngine(options)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "frames"


@pytest.fixture
def work(shot: Path, output: Path, repository: Path) -> Work:
    return Work("shot", 3, str(shot), str(output), "blender", str(repository / "main.py"))


FRAMES = [f"{frame:05d}.png" for frame in range(1, 10)]


def test_a_machine_is_taken_away_and_the_film_is_complete(
    farm: Farm, engine: BatchEngine, work: Work, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_STAND_IN_RECLAIM", "1")
    submitted = engine.submit(work)
    farm(submitted.film_job).wait()
    state = engine.state(submitted)
    assert dict(state.counts) == {State.SUCCEEDED: 3}
    assert state.film is not None
    assert state.film.state is State.SUCCEEDED
    assert frames_in(output) == FRAMES
    assert [path.name for path in output.parent.glob("frames*.m*")] != []
    first, second = farm(submitted.job).state["children"][1]["attempts"]
    assert first["statusReason"].startswith("Host EC2")
    assert "exitCode" not in first["container"]
    assert second["container"]["exitCode"] == 0
    (again,) = [verdict for verdict in verdicts_of(output) if verdict["index"] == 1]
    assert again["attempt"] == 2
    assert any("3/3" in line for line in engine.logs(submitted, 1, 1000))


def test_a_child_that_fails_for_good(
    farm: Farm, engine: BatchEngine, work: Work, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its machine has no GPU, or so it seems: the other children are as they are asked for."""
    monkeypatch.setenv("AWS_STAND_IN_CHILD_2", "USE_GPU=True")
    submitted = engine.submit(work)
    farm(submitted.film_job).wait()
    state = engine.state(submitted)
    assert state.state is State.FAILED
    assert dict(state.counts) == {State.SUCCEEDED: 2, State.FAILED: 1}
    (failed,) = state.failed
    assert (failed.index, failed.exit_code, failed.attempts) == (2, 65, 1)
    assert failed.reason == "Essential container in task exited"
    assert any("GPU" in line for line in engine.logs(submitted, 2, 20))
    assert len(engine.logs(submitted, 2, 2)) == 2
    assert frames_in(output) == FRAMES[:6]
    assert state.film is not None
    assert (state.film.state, state.film.attempts) == (State.FAILED, 0)
    assert state.film.reason == "Dependent Job failed"
    with pytest.raises(EngineFailed, match="no log of the film's job yet"):
        engine.film_log(submitted, 10)


def test_cancelled_in_the_middle(
    farm: Farm, engine: BatchEngine, work: Work, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs is asked to end, whoever waits never starts, what is done stays."""
    monkeypatch.setenv("AWS_STAND_IN_JOBS", "1")
    submitted = engine.submit(dataclasses.replace(work, variables={"ARRAY_CHUNK_SAMPLES": "999"}))
    wait_for_line(farm(submitted.job).log(0, 1), "· 1/3")
    assert engine.state(submitted).counts[State.RUNNING] == 1
    engine.cancel(submitted)
    for job in (submitted.film_job, submitted.job):
        farm(job).wait()
    state = engine.state(submitted)
    assert state.state is State.FAILED
    assert (state.failed[-1].index, state.failed[-1].attempts) == (2, 0)
    assert all("Cancelled" in child.reason for child in state.failed)
    assert state.film is not None
    assert "Cancelled" in state.film.reason
    assert frames_in(output)[:1] == FRAMES[:1]
    engine.cancel(submitted)  # of what has ended it takes no notice


def test_a_plain_job_renders_all_frames(
    farm: Farm, engine: BatchEngine, work: Work, output: Path, shot: Path, repository: Path
) -> None:
    main = str(repository / "main.py")
    one = Work("shot", 1, str(shot), str(output), "blender", main, makes_film=False)
    submitted = engine.submit(one)
    assert submitted.film_job == ""
    farm(submitted.job).wait()
    assert dict(engine.state(submitted).counts) == {State.SUCCEEDED: 1}
    assert frames_in(output) == FRAMES
    assert any("9/9" in line for line in engine.logs(submitted, 0, 1000))


def test_failed_children_come_over_pages(
    farm: Farm, engine: BatchEngine, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_STAND_IN_PAGE", "2")
    true_program = Work("none", 5, "/none.blend", str(output), "false", "/main.py")
    submitted = engine.submit(true_program)
    farm(submitted.film_job).wait()
    failed = engine.state(submitted).failed
    assert [(child.index, child.exit_code) for child in failed] == [(i, 1) for i in range(5)]


@pytest.mark.usefixtures("farm")
def test_what_the_client_says_is_said(
    engine: BatchEngine, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EngineFailed, match="knows no job 'gone'"):
        engine.state(JobIds("gone"))
    with pytest.raises(ServiceFailed, match="terminate-job.*Job gone does not exist"):
        engine.cancel(JobIds("gone"))
    monkeypatch.setenv("AWS_STAND_IN_FAILURE", "The SSO session has expired: aws sso login")
    with pytest.raises(ServiceFailed, match="register-job-definition.*SSO session has expired"):
        engine.submit(work)


# --- the stand-in itself ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "reason", "again"),
    [
        (65, "Essential container in task exited", False),
        (65, "Host EC2 (instance i-1) terminated.", False),
        (70, "", True),
        (None, "Host EC2 (instance i-1) terminated.", True),
        (None, "Task failed to start", False),
        (137, "", True),
        (139, "", True),
        (1, "", False),
        (13, "", True),
    ],
)
def test_the_rules_of_retrying(code: int | None, reason: str, again: bool) -> None:
    """By the stand-in's own reading of Batch's rules; 13 is a code that nobody ends with."""
    rules = retry_strategy(BatchOptions())["evaluateOnExit"]
    assert retried(rules, code, reason) is again


def wait_for_line(path: Path, text: str) -> None:
    """Wait until a child has written this."""
    tail = ("tail", "--follow=name", "--retry", "--lines=+1", "--sleep-interval=0.1", str(path))
    with subprocess.Popen(
        ["timeout", "300", *tail],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    ) as follower:
        assert follower.stdout is not None
        found = any(text in line for line in follower.stdout)
        follower.terminate()
    assert found, f"{text!r} never came: {path.read_text()}"
