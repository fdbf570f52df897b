"""Whatever a farm's client answers: a result or exit 69 with a sentence, soon, and no traceback."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import BadSetting, ServiceFailed
from array_chunk_render.engines.aws_batch.batch_engine import BatchEngine
from array_chunk_render.engines.aws_batch.batch_options import BatchOptions
from array_chunk_render.engines.engine import EngineFailed, JobIds, State, Work
from array_chunk_render.engines.slurm.answers import MOST_TASKS, accounted, log_path, shown
from array_chunk_render.engines.slurm.slurm_engine import SlurmEngine
from array_chunk_render.engines.slurm.slurm_options import SlurmOptions
from array_chunk_render.machine import client_program
from array_chunk_render.machine.aws_command import AwsCommand
from array_chunk_render.machine.client_program import ask_client
from hypothesis import given
from hypothesis import strategies as st
from shown_jobs import job
from slurm_stand_ins import StandIns

WAIT_SECONDS = 60.0

OPTIONS = BatchOptions(queue="spot", job_definition="d")
WORK = Work("shot", 20, "/mnt/efs/a.blend", "/mnt/efs/out", "blender", "/mnt/efs/main.py")


@pytest.fixture(autouse=True)
def _no_hang() -> Any:
    """What hangs fails: no test here takes a second."""

    def late(number: int, frame: Any) -> None:
        pytest.fail("it took too long")

    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, WAIT_SECONDS)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)


# --- Slurm --------------------------------------------------------------------------------------


def test_10000_tasks_of_which_each_lacks_a_field() -> None:
    """One pattern over all of it took 26 s for 100 of them."""
    whole = job("FAILED", code="70:0")
    for line in whole.split("\n")[2:6]:
        text = whole.replace(f"{line}\n", "") * 10_000
        assert len(shown(text)) == (0 if "JobState" in line else 10_000)


def test_long_lines_of_scontrol() -> None:
    for line in (
        "   JobState=F Reason=" + " Dependency" * 300_000,
        "   Requeue=1 Restarts=1" + " ExitCode=1" * 300_000,
        "   Requeue=1 Restarts=1 ExitCode=" + "1" * 3_000_000,
        " " * 3_000_000,
        "   JobState=" + " Reason=" * 300_000,
    ):
        shown(f"JobId=1 JobName=a\n   JobState=FAILED Reason=None Dependency=\n{line}\n")
    shown("JobId=" * 500_000)
    with pytest.raises(EngineFailed):
        accounted("1_" + "1," * 1_000_000 + "|COMPLETED|0:0")
    accounted("|" * 3_000_000)
    log_path(" " * 3_000_000)


@pytest.mark.parametrize(
    "tasks", ["0-2000000000", "0-999999999", ",".join(["0-9999"] * 100), "1-9," * MOST_TASKS]
)
def test_more_tasks_than_an_array_has(tasks: str) -> None:
    with pytest.raises(EngineFailed):
        shown(job("PENDING", tasks))
    with pytest.raises(EngineFailed):
        accounted("".join(f"7_[{first}-{first + 9999}]|PENDING|0:0\n" for first in range(99)))


def test_a_throttled_array() -> None:
    text = job("PENDING", "2-5").replace("ArrayTaskId=2-5 ", "ArrayTaskId=2-5 ArrayTaskThrottle=2 ")
    assert [child.index for child in shown(text)] == [2, 3, 4, 5]


LINES = [
    *job("FAILED", code="70:0").split("\n"),
    *job("PENDING", "0-6:3%1").split("\n"),
    "JobId=1 ArrayJobId=1 ArrayTaskId=x JobName=",
    "   JobState=FAILED",
    "   JobState=",
    "   Requeue=1 Restarts=²",
    f"   Requeue=1 Restarts={'9' * 5000} ExitCode=0:0",
    "71_0|COMPLETED|0:0",
    "71_[1-3:0]|PENDING|0:0",
    "71_[-3]|PENDING|0:0",
    f"71_{'9' * 5000}|FAILED|1:0",
    "71_0.batch|FAILED|1:0",
    "71_4|CANCELLED by 1|0:99999999999",
]


@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=40))).map("\n".join))
def test_any_answer_of_slurm(text: str) -> None:
    for read in (shown, accounted, log_path):
        try:
            read(text)
        except EngineFailed as error:
            assert "Slurm" in str(error)


@given(st.text(st.sampled_from("0123456789-,:%|_[]9")))
def test_any_tasks_of_slurm(tasks: str) -> None:
    for read, text in ((shown, job("PENDING", tasks)), (accounted, f"7_[{tasks}]|FAILED|1:0")):
        with contextlib.suppress(EngineFailed):
            assert len(read(text)) <= MOST_TASKS


# --- AWS ----------------------------------------------------------------------------------------


class Same:
    """A client that answers an operation always with the same."""

    def __init__(self, **answers: Any) -> None:
        self.calls = 0
        self._answers = answers

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        self.calls += 1
        answer: dict[str, Any] = self._answers.get(operation.replace("-", "_"), {})
        return answer


NAMES = (
    "jobId status statusReason arrayProperties size statusSummary FAILED attempts container reason "
    "exitCode logStreamName logConfiguration options awslogs-group jobs jobSummaryList nextToken "
    "events message jobDefinitionArn"
).split()
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.sampled_from(["a", "a:3", "f", "FAILED", "RUNNING", 10**30, 10**400]),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)
containers = st.fixed_dictionaries(
    {}, optional={"exitCode": values, "reason": values, "logStreamName": values,
                  "logConfiguration": values},
)  # fmt: skip
jobs = st.fixed_dictionaries(
    {"jobId": st.sampled_from(["a", "a:3", "f"])},
    optional={
        "status": st.one_of(st.just("FAILED"), values),
        "statusReason": values,
        "arrayProperties": st.one_of(
            st.fixed_dictionaries({"size": st.just(9), "statusSummary": values}), values
        ),
        "attempts": st.one_of(st.lists(st.fixed_dictionaries({"container": containers})), values),
        "container": st.one_of(containers, values),
    },
)
answers = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.one_of(st.lists(jobs, max_size=3), values)
            for name in ("jobs", "jobSummaryList", "events")
        }
        | {"nextToken": values, "jobId": values, "jobDefinitionArn": values},
    ),
    st.dictionaries(st.sampled_from(NAMES), values),
)


@given(describe=answers, listed=answers, events=answers)
def test_any_answer_of_aws(
    describe: dict[str, Any], listed: dict[str, Any], events: dict[str, Any]
) -> None:
    client = Same(describe_jobs=describe, list_jobs=listed, get_log_events=events,
                  submit_job=describe, register_job_definition=listed)  # fmt: skip
    engine = BatchEngine(OPTIONS, client)
    submitted = JobIds("a", "f")
    asked: list[Callable[[], object]] = [
        lambda: engine.state(submitted),
        lambda: engine.logs(submitted, 3, 9),
        lambda: engine.film_log(submitted, 9),
        lambda: engine.cancel(submitted),
        lambda: engine.submit(WORK),
    ]
    for ask in asked:
        try:
            ask()
        except (EngineFailed, BadSetting) as error:
            assert len(str(error)) < 10_000


FAILED_ARRAY = {"jobs": [{"jobId": "a", "status": "FAILED", "arrayProperties": {"size": 9}}]}


@pytest.mark.parametrize("children", [0, 3])
def test_the_same_page_again_and_again(children: int) -> None:
    page = {"jobSummaryList": [{"jobId": f"a:{index}"} for index in range(children)]}
    client = Same(describe_jobs=FAILED_ARRAY, list_jobs={**page, "nextToken": "again"})
    with pytest.raises(EngineFailed, match="children of a without an end"):
        BatchEngine(OPTIONS, client).state(JobIds("a"))
    assert client.calls < 9


def test_pages_without_an_end() -> None:
    class Other(Same):
        def call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
            answer = super().call(service, operation, request)
            return {**answer, "nextToken": str(self.calls)}

    client = Other(describe_jobs=FAILED_ARRAY)
    with pytest.raises(EngineFailed, match="without an end"):
        BatchEngine(OPTIONS, client).state(JobIds("a"))


def test_10000_children_that_failed() -> None:
    listed = {"jobSummaryList": [{"jobId": f"a:{index}"} for index in range(10_000)]}
    client = Same(describe_jobs=FAILED_ARRAY, list_jobs=listed)
    assert BatchEngine(OPTIONS, client).state(JobIds("a")).counts[State.FAILED] == 9
    assert client.calls == 102


def test_a_submission_without_an_id() -> None:
    for answer in ({}, {"jobId": None}, {"jobId": ""}, {"jobId": 7}, {"jobId": ["a"]}):
        with pytest.raises(EngineFailed, match="jobId"):
            BatchEngine(OPTIONS, Same(submit_job=answer)).submit(WORK)


# --- their programs -----------------------------------------------------------------------------


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    (tmp_path / "bin").mkdir()
    stand_ins = StandIns(tmp_path / "bin")
    for name, value in stand_ins.environment.items():
        monkeypatch.setenv(name, value)
    return stand_ins


CALLS: dict[str, Callable[[], object]] = {
    "aws": lambda: AwsCommand().call("batch", "describe-jobs", {}),
    "scontrol": lambda: SlurmEngine(SlurmOptions()).state(JobIds("71")),
    "scancel": lambda: SlurmEngine(SlurmOptions()).cancel(JobIds("71")),
}


def call(name: str, tmp_path: Path) -> object:
    if name == "sbatch":
        work = Work("shot", 2, "/a.blend", str(tmp_path / "out"), "blender", "/main.py")
        return SlurmEngine(SlurmOptions()).submit(work)
    return CALLS[name]()


def ends(pid: int) -> bool:
    """Whether a process that is being ended has ended."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], WAIT_SECONDS / 2)[0])
    finally:
        os.close(process)


@pytest.mark.parametrize("name", [*CALLS, "sbatch"])
def test_a_program_that_hangs_ends_with_all_that_it_has_started(
    name: str, programs: StandIns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_program, "LONGEST_SECONDS", 0.5)
    programs.put("sacct", "exit 0")
    programs.put(name, f"sleep 600 & echo $! > {tmp_path}/pid; sleep 600")
    with pytest.raises(ServiceFailed, match=f"{name}.* gave no answer in"):
        call(name, tmp_path)
    assert ends(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("name", [*CALLS, "sbatch"])
def test_a_program_that_never_ends_its_answer(
    name: str, programs: StandIns, tmp_path: Path
) -> None:
    programs.put("sacct", "exit 0")
    for stream in ("", " >&2"):
        programs.put(name, f"exec yes{stream}")
        with pytest.raises(ServiceFailed, match=f"{name}.* answered more than"):
            call(name, tmp_path)


def test_a_program_that_leaves_one_behind_with_its_output_open(
    programs: StandIns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_program, "LAST_BYTES_SECONDS", 0.5)
    program = programs.put("aws", f"sleep 600 & echo $! > {tmp_path}/pid; echo '{{}}'")
    assert ask_client([str(program)], os.environ).output == b"{}\n"
    assert ends(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    "answer",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe\x00",
        b"5",
        b'"jobs"',
        b"null",
        b"NaN",
        b'{"jobs": 1' + b"0" * 5000 + b"}",
        b"\x1b]52;c;eA==\x07" * 100,
    ],
    ids=lambda answer: repr(answer[:8]),
)
def test_what_is_no_object(answer: bytes, programs: StandIns, tmp_path: Path) -> None:
    (tmp_path / "answer").write_bytes(answer)
    programs.put("aws", f"cat {tmp_path}/answer")
    with pytest.raises(ServiceFailed, match="answered no (JSON|object)") as failed:
        AwsCommand().call("batch", "describe-jobs", {})
    assert len(str(failed.value)) < 2000


def test_a_long_complaint(programs: StandIns) -> None:
    for name in ("aws", "scancel"):
        programs.put(name, "head -c 300000 /dev/zero | tr '\\0' x >&2; exit 1")
        with pytest.raises(ServiceFailed) as failed:
            CALLS[name]()
        assert len(str(failed.value)) < 2000


def test_answers_that_json_takes(programs: StandIns, tmp_path: Path) -> None:
    (tmp_path / "answer").write_text(json.dumps({"jobs": [{"jobId": "a", "size": float("nan")}]}))
    programs.put("aws", f"cat {tmp_path}/answer")
    assert BatchEngine(OPTIONS).state(JobIds("a")).counts == {State.WAITING: 1}
