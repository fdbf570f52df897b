"""AWS Batch as an engine, with answers as the service writes them, and a client that is none."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import BadSetting, ServiceFailed
from array_chunk_render.engines.aws_batch.answers import child_of, counts_of, log_of
from array_chunk_render.engines.aws_batch.batch_engine import BatchEngine
from array_chunk_render.engines.aws_batch.batch_options import BatchOptions
from array_chunk_render.engines.aws_batch.export import batch_files
from array_chunk_render.engines.engine import EngineFailed, JobIds, State, Work
from array_chunk_render.machine.aws_command import AwsCommand

OPTIONS = BatchOptions(queue="spot", image="worker:4.2", file_system="fs-0123456789abcdef0")
WORK = Work("shot", 20, "/mnt/efs/a.blend", "/mnt/efs/out", "blender", "/mnt/efs/main.py")
RECLAIM = "Host EC2 (instance i-0) terminated."


class Answers:
    """Answers calls in their order, and keeps what was asked."""

    def __init__(self, *answers: dict[str, Any] | EngineFailed) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append((f"{service} {operation}", dict(request)))
        answer = self._answers.pop(0)
        if isinstance(answer, EngineFailed):
            raise answer
        return answer


def array_of(status: str, size: int, **summary: int) -> dict[str, Any]:
    array = {"size": size, "statusSummary": summary}
    return {"jobId": "a", "status": status, "arrayProperties": array}


# --- answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("job", "counts"),
    [
        pytest.param(
            array_of("PENDING", 9, SUBMITTED=1, PENDING=1, RUNNABLE=1, STARTING=1, RUNNING=2,
                     SUCCEEDED=2, FAILED=1),
            {State.WAITING: 4, State.RUNNING: 2, State.SUCCEEDED: 2, State.FAILED: 1},
            id="every word",
        ),
        pytest.param(array_of("SUBMITTED", 5), {State.WAITING: 5}, id="no summary yet"),
        pytest.param(array_of("PENDING", 5, RUNNING=2), {State.WAITING: 3, State.RUNNING: 2},
                     id="a late summary"),
        pytest.param(array_of("FAILED", 5), {State.FAILED: 5}, id="ended before it started"),
        pytest.param({"jobId": "a", "status": "RUNNING"}, {State.RUNNING: 1}, id="a plain job"),
        pytest.param({"jobId": "a", "status": "NEW WORD"}, {State.WAITING: 1}, id="a new word"),
    ],
)  # fmt: skip
def test_counts(job: dict[str, Any], counts: dict[State, int]) -> None:
    assert counts_of(job) == counts


def attempt(reason: str = "", stream: str = "", **container: Any) -> dict[str, Any]:
    return {"statusReason": reason, "container": {"logStreamName": stream, **container}}


def test_a_failed_child() -> None:
    child = child_of(
        {
            "jobId": "a:17",
            "status": "FAILED",
            "statusReason": "Essential container in task exited",
            "container": {"exitCode": 137, "reason": "OutOfMemoryError: killed"},
            "attempts": [
                attempt(RECLAIM),
                attempt("Essential container in task exited", exitCode=137),
            ],
        }
    )
    assert (child.index, child.state, child.exit_code, child.attempts) == (17, State.FAILED, 137, 2)
    assert child.reason == "Essential container in task exited; OutOfMemoryError: killed"


def test_exit_code_0_is_one() -> None:
    job = {"jobId": "a", "status": "SUCCEEDED", "container": {"exitCode": 0}}
    assert child_of(job).exit_code == 0
    assert child_of({"jobId": "a", "status": "FAILED"}).exit_code is None


def test_the_log_is_that_of_the_last_attempt() -> None:
    ended = {"attempts": [attempt(stream="first"), attempt(stream="second")]}
    assert log_of(ended) == ("/aws/batch/job", "second")
    running = {**ended, "container": {"logStreamName": "third"}}
    assert log_of(running)[1] == "third"
    assert log_of({"container": {}})[1] == ""
    group = {"logConfiguration": {"options": {"awslogs-group": "/render"}}, "logStreamName": "x"}
    assert log_of({"container": group}) == ("/render", "x")


# --- the engine ---------------------------------------------------------------------------------


def test_submitting_registers_then_array_then_film() -> None:
    answers = Answers({"jobDefinitionArn": "arn:9"}, {"jobId": "a"}, {"jobId": "f"})
    assert BatchEngine(OPTIONS, answers).submit(WORK) == JobIds("a", "f")
    asked = [name for name, _ in answers.asked]
    assert asked == ["batch register-job-definition", *["batch submit-job"] * 2]
    (_, array), (_, film) = answers.asked[1:]
    assert array["jobDefinition"] == film["jobDefinition"] == "arn:9"
    assert film["dependsOn"] == [{"jobId": "a"}]


def test_a_named_definition_is_not_registered() -> None:
    answers = Answers({"jobId": "a"})
    options = BatchOptions(queue="spot", job_definition="theirs", cpus=0, memory=0)
    work = Work("shot", 2, "/a.blend", "/out", "blender", "/main.py", makes_film=False)
    assert BatchEngine(options, answers).submit(work) == JobIds("a")


def test_nothing_is_sent_that_would_be_refused() -> None:
    answers = Answers()
    with pytest.raises(BadSetting):
        BatchEngine(BatchOptions(), answers).submit(WORK)
    assert answers.asked == []


def test_an_array_whose_film_is_refused_is_ended() -> None:
    """Nobody would know of it, and a second try would render everything twice."""
    refusal = EngineFailed("No more.")
    answers = Answers({"jobDefinitionArn": "d"}, {"jobId": "the-array"}, refusal, {})
    with pytest.raises(EngineFailed, match="No more."):
        BatchEngine(OPTIONS, answers).submit(WORK)
    assert answers.asked[-1][0] == "batch terminate-job"


def test_failed_children_over_pages_and_batches() -> None:
    ids = [f"a:{index}" for index in range(150)]
    pages = [
        {"jobSummaryList": [{"jobId": each} for each in reversed(ids[:70])], "nextToken": "more"},
        {"jobSummaryList": [{"jobId": each} for each in ids[70:]], "nextToken": None},
    ]
    described = [{"jobId": each, "status": "FAILED"} for each in ids]
    film = {"jobId": "f", "status": "FAILED", "statusReason": "Dependent Job failed"}
    answers = Answers(
        {"jobs": [film, array_of("FAILED", 200, FAILED=150, SUCCEEDED=50)]},
        *pages,
        {"jobs": described[:100]},
        {"jobs": described[100:]},
    )
    state = BatchEngine(OPTIONS, answers).state(JobIds("a", "f"))
    assert [child.index for child in state.failed] == list(range(150))
    assert state.film is not None
    assert state.film.reason == "Dependent Job failed"
    assert state.state is State.FAILED
    assert answers.asked[2][1]["nextToken"] == "more"
    assert [len(request["jobs"]) for _, request in answers.asked[3:]] == [100, 50]


def test_a_plain_job_that_failed() -> None:
    answers = Answers({"jobs": [{"jobId": "a", "status": "FAILED", "statusReason": "No."}]})
    state = BatchEngine(OPTIONS, answers).state(JobIds("a"))
    assert [(child.index, child.reason) for child in state.failed] == [(0, "No.")]
    assert state.film is None


def test_a_job_that_is_not_known() -> None:
    with pytest.raises(EngineFailed, match="'gone'.*region"):
        BatchEngine(OPTIONS, Answers({"jobs": []})).state(JobIds("gone"))


def test_logs() -> None:
    child = {"jobId": "a:3", "status": "FAILED", "attempts": [attempt(stream="s")]}
    events = {"events": [{"message": "one\n"}, {"message": "two"}]}
    answers = Answers({"jobs": [array_of("FAILED", 9)]}, {"jobs": [child]}, events)
    assert BatchEngine(OPTIONS, answers).logs(JobIds("a"), 3, 20_000) == ["one", "two"]
    assert answers.asked[2][1] == {
        "logGroupName": "/aws/batch/job",
        "logStreamName": "s",
        "limit": 10_000,
        "startFromHead": False,
    }


def test_no_log_yet_and_no_such_child() -> None:
    waiting = {"jobId": "a:3", "status": "RUNNABLE"}
    answers = Answers({"jobs": [array_of("PENDING", 9)]}, {"jobs": [waiting]})
    with pytest.raises(EngineFailed, match="child 3 yet.*RUNNABLE"):
        BatchEngine(OPTIONS, answers).logs(JobIds("a"), 3, 10)
    with pytest.raises(BadSetting, match="no child 9.*0 to 8"):
        BatchEngine(OPTIONS, Answers({"jobs": [array_of("PENDING", 9)]})).logs(JobIds("a"), 9, 1)


def test_the_film_log() -> None:
    film = {"jobId": "f", "status": "FAILED", "container": {"logStreamName": "s"}}
    answers = Answers({"jobs": [film]}, {"events": [{"message": "gaps"}]})
    assert BatchEngine(OPTIONS, answers).film_log(JobIds("a", "f"), 1) == ["gaps"]
    with pytest.raises(EngineFailed, match="No job that makes a film of a"):
        BatchEngine(OPTIONS, Answers()).film_log(JobIds("a"), 1)


def test_cancelling_ends_the_film_first() -> None:
    answers = Answers({}, {})
    BatchEngine(OPTIONS, answers).cancel(JobIds("a", "f"))
    assert [request["jobId"] for _, request in answers.asked] == ["f", "a"]
    assert all("Cancelled" in request["reason"] for _, request in answers.asked)


# --- the program aws ----------------------------------------------------------------------------


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program `aws`, alone on the PATH beside the shell's own; the tests write what it does."""
    program = tmp_path / "bin" / "aws"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return program


def does(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_the_program_is_told_by_a_file(aws: Path, tmp_path: Path) -> None:
    does(aws, f'echo "$@" "[$AWS_PAGER]" > {tmp_path}/said; cat "${{4#file://}}"')
    assert AwsCommand().call("batch", "submit-job", {"jobName": "ü"}) == {"jobName": "ü"}
    said = (tmp_path / "said").read_text().split()
    assert said[:3] == ["batch", "submit-job", "--cli-input-json"]
    assert said[4:] == ["--no-paginate", "--output", "json", "[]"]
    assert not Path(said[3].removeprefix("file://")).exists()


def test_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceFailed, match="not on the PATH.*export"):
        BatchEngine(OPTIONS).submit(WORK)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        pytest.param(
            "echo; echo 'An error (X): no queue.' >&2; exit 254", "X.: no queue", id="said"
        ),
        pytest.param("exit 3", "said nothing, exit code 3", id="nothing said"),
        pytest.param("echo hello", "no JSON: 'hello'", id="no JSON"),
        pytest.param("echo '[]'", r"no object: '\[\]'", id="no object"),
    ],
)
def test_what_goes_wrong(aws: Path, script: str, words: str) -> None:
    does(aws, script)
    with pytest.raises(ServiceFailed, match=words):
        AwsCommand().call("batch", "submit-job", {})


def test_nothing_is_an_answer(aws: Path) -> None:
    does(aws, "exit 0")
    assert AwsCommand().call("batch", "terminate-job", {}) == {}


# --- export -------------------------------------------------------------------------------------


def test_exported_files() -> None:
    files = batch_files(OPTIONS, WORK)
    assert [*files] == ["job_definition.json", "array.json", "film.json", "submit.sh"]
    assert json.loads(files["array.json"])["jobDefinition"] == "array-chunk-render"


def test_export_checks() -> None:
    with pytest.raises(BadSetting):
        batch_files(BatchOptions(), WORK)
