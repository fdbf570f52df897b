"""What Slurm's commands answer, read back: texts of Slurm 22.05, shortened."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.engines.engine import ChildState, State
from array_chunk_render.engines.slurm.answers import accounted, log_path, shown, verdict_states
from array_chunk_render.publishing.output_folder import OutputFolder
from shown_jobs import job


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(job("RUNNING"), ChildState(3, State.RUNNING, attempts=1), id="runs"),
        pytest.param(
            job("RUNNING", restarts=2), ChildState(3, State.RUNNING, attempts=3), id="third attempt"
        ),
        pytest.param(
            job("PENDING", reason="BeginTime", restarts=1),
            ChildState(3, State.WAITING, attempts=1),
            id="requeued",
        ),
        pytest.param(
            job("COMPLETED"), ChildState(3, State.SUCCEEDED, exit_code=0, attempts=1), id="done"
        ),
        pytest.param(
            job("FAILED", reason="NonZeroExitCode", code="65:0"),
            ChildState(3, State.FAILED, "FAILED", 65, 1),
            id="failed",
        ),
        pytest.param(
            job("TIMEOUT", reason="TimeLimit", code="0:15"),
            ChildState(3, State.FAILED, "TIMEOUT (TimeLimit)", 143, 1),
            id="too late",
        ),
        pytest.param(
            job("OUT_OF_MEMORY", reason="OutOfMemory", code="0:125"),
            ChildState(3, State.FAILED, "OUT_OF_MEMORY (OutOfMemory)", 253, 1),
            id="out of memory",
        ),
        pytest.param(
            job("CANCELLED", reason="Resources", nodes="(null)"),
            ChildState(3, State.FAILED, "CANCELLED"),
            id="cancelled before it started",
        ),
        pytest.param(
            job("CANCELLED", "", "DependencyNeverSatisfied", nodes="(null)"),
            ChildState(0, State.FAILED, "CANCELLED (DependencyNeverSatisfied)"),
            id="the film of an array that failed",
        ),
        pytest.param(
            job("RUNNING", name="a JobState=FAILED ArrayTaskId=9 b"),
            ChildState(3, State.RUNNING, attempts=1),
            id="a name that says other things",
        ),
        pytest.param(
            job("A_STATE_OF_LATER"), ChildState(3, State.FAILED, "A_STATE_OF_LATER", None, 1),
            id="unknown",
        ),
    ],
)  # fmt: skip
def test_a_child_as_scontrol_shows_it(text: str, expected: ChildState) -> None:
    assert shown(text) == [expected]


@pytest.mark.parametrize(
    ("tasks", "indexes"),
    [
        ("0", [0]),
        ("2-5", [2, 3, 4, 5]),
        ("2-5%2", [2, 3, 4, 5]),
        ("1,4-6,9", [1, 4, 5, 6, 9]),
        ("0-6:3%1", [0, 3, 6]),
    ],
)
def test_tasks_that_wait_are_shown_as_one(tasks: str, indexes: list[int]) -> None:
    text = job("PENDING", tasks, reason="Resources", nodes="") + job("RUNNING", "7")
    assert shown(text) == [
        *(ChildState(index, State.WAITING) for index in indexes),
        ChildState(7, State.RUNNING, attempts=1),
    ]


def test_the_log_is_where_scontrol_says() -> None:
    assert log_path(job("RUNNING")) == "/logs of it/71_3.log"
    assert log_path("") == ""


def test_what_accounts_say() -> None:
    """As sacct(1) documents it: no Slurm with accounts is among the tests."""
    text = "71_0|COMPLETED|0:0\n71_1|FAILED|70:0\n71_[2-3%4]|PENDING|0:0\n"
    assert accounted(text + "71_4|CANCELLED by 1000|0:15\n71_5|NODE_FAIL|0:0\n") == [
        ChildState(0, State.SUCCEEDED, exit_code=0),
        ChildState(1, State.FAILED, "FAILED", 70),
        ChildState(2, State.WAITING),
        ChildState(3, State.WAITING),
        ChildState(4, State.FAILED, "CANCELLED", 143),
        ChildState(5, State.FAILED, "NODE_FAIL"),
    ]
    assert accounted("72|COMPLETED|0:0\n") == [ChildState(0, State.SUCCEEDED, exit_code=0)]
    assert accounted("Slurm accounting storage is disabled\n") == []


def put_verdict(folder: OutputFolder, name: str, **fields: Any) -> None:
    folder.children.mkdir(parents=True, exist_ok=True)
    (folder.children / f"{name}.json").write_text(json.dumps(fields))


def test_children_that_slurm_has_forgotten_are_known_by_their_verdicts(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path)
    assert verdict_states(folder, "71", ()) == {}
    ours: dict[str, Any] = {"render_id": "71", "message": "Frame 3 failed."}
    put_verdict(folder, "0-of-9.1.host-1", **ours, exit_code=70, attempt=1)
    put_verdict(folder, "0-of-9.2.host-1", **ours, exit_code=0, attempt=2)
    put_verdict(folder, "1-of-9.1.host-1", **ours, exit_code=65, attempt=1)
    put_verdict(folder, "2-of-9.1.host-1", **ours, exit_code=0, attempt=1)
    put_verdict(folder, "3-of-9.1.host-1", render_id="70", exit_code=0, attempt=1)
    put_verdict(folder, "4-of-9.1.host-1", **ours, exit_code="0", attempt=1)
    put_verdict(folder, "x-of-9.1.host-1", **ours, exit_code=0, attempt=1)
    (folder.children / "5-of-9.1.host-1.json").write_text('{"render_id": ')
    assert verdict_states(folder, "71", known={2}) == {
        0: ChildState(0, State.SUCCEEDED, "", 0, 2),
        1: ChildState(1, State.FAILED, "Frame 3 failed.", 65, 1),
    }
