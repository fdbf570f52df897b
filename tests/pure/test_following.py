"""Waiting for an array: what ends it, what it says meanwhile, and what is run then."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import BadSetting, Interrupted
from array_chunk_render.command_line.following import (
    EndSignals,
    follow,
    refuse_alone,
    run_when_done,
)
from array_chunk_render.command_line.sources import Invocation, gather
from array_chunk_render.command_line.words import parse_words
from array_chunk_render.engines.engine import ArrayState, ChildState, State
from array_chunk_render.engines.submissions import Submission, last_into, remember
from array_chunk_render.engines.watching import exit_code_of
from array_chunk_render.machine.end_requests import END_SIGNALS
from array_chunk_render.machine.environment import with_outcome


@pytest.fixture
def signals() -> Iterator[EndSignals]:
    before = {number: signal.getsignal(number) for number in END_SIGNALS}
    yield EndSignals()
    signal.set_wakeup_fd(-1)
    for number, handler in before.items():
        signal.signal(number, handler)


def test_it_looks_until_a_look_says_that_it_is_over(signals: EndSignals) -> None:
    answers = iter((False, False, True))
    follow(lambda: next(answers), 0.0, signals)
    assert list(answers) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_waiting_and_the_work(
    number: signal.Signals, signals: EndSignals
) -> None:
    signals.check()

    def look() -> bool:
        os.kill(os.getpid(), number)
        return False

    with pytest.raises(Interrupted, match=number.name):
        follow(look, 3600.0, signals)
    with pytest.raises(Interrupted, match=number.name):
        signals.check()


def failed(*codes: int | None) -> list[ChildState]:
    return [ChildState(index, State.FAILED, "", code) for index, code in enumerate(codes)]


@pytest.mark.parametrize(
    ("state", "children", "film", "code"),
    [
        (State.SUCCEEDED, [], None, 0),
        (State.FAILED, failed(74), None, 74),
        (State.FAILED, failed(75, 70, 65), None, 65),
        (State.FAILED, failed(137, 70), None, 70),
        (State.FAILED, failed(None), None, 75),
        (State.FAILED, [], None, 75),
        (State.SUCCEEDED, [], ChildState(0, State.FAILED, "", 65), 65),
        (State.SUCCEEDED, [], ChildState(0, State.FAILED), 70),
        (State.SUCCEEDED, [], ChildState(0, State.SUCCEEDED), 0),
        (State.FAILED, failed(74), ChildState(0, State.FAILED, "not started"), 74),
    ],
)
def test_what_an_array_ended_with(
    state: State, children: Sequence[ChildState], film: ChildState | None, code: int
) -> None:
    assert exit_code_of(ArrayState("1", {state: 1}, children, film)) == code


def invocation(*words: str) -> Invocation:
    return gather(parse_words(["status", *words]), {})


def test_a_command_needs_something_to_wait_for() -> None:
    with pytest.raises(BadSetting, match="--follow nothing is waited for"):
        refuse_alone(invocation("--when-done", "true"))
    refuse_alone(invocation("--when-done", "true", "--follow"))


@pytest.mark.parametrize(
    ("command", "code", "ended"),
    [("exit 3", 0, 69), ("exit 3", 74, 74), ("true", 0, 0), ("true", 65, 65), ("", 0, 0)],
)
def test_what_this_process_ends_with(command: str, code: int, ended: int) -> None:
    assert run_when_done(invocation("--follow", "--when-done", command), code, {}) == ended


def test_the_command_is_told_the_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARRAY_CHUNK_DONE_STATE", "of an earlier one")
    command = f"env > '{tmp_path}/told'"
    given = invocation("--follow", "--when-done", command)
    run_when_done(given, 74, {"frames": 3, "of": None, "folder": "/x y"})
    told = set((tmp_path / "told").read_text().splitlines())
    names = {line for line in told if line.startswith("ARRAY_CHUNK_DONE_")}
    code, frames = "ARRAY_CHUNK_DONE_CODE=74", "ARRAY_CHUNK_DONE_FRAMES=3"
    assert names == {code, frames, "ARRAY_CHUNK_DONE_FOLDER=/x y"}


def test_the_command_may_start_children_of_ours() -> None:
    environ = with_outcome({}, {"code": 0, "state": "succeeded"})
    assert gather(parse_words(["verify"]), environ).settings.keys() <= {"attempt"}


def test_what_was_submitted_last_into_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert last_into(tmp_path) is None
    (tmp_path / "link").symlink_to(tmp_path)
    for number, (job, output) in enumerate((("1", tmp_path), ("2", tmp_path), ("3", "/x"))):
        kept = remember(Submission("local", job, output=str(output)))
        os.utime(kept, (number, number))
    remember(Submission("local", "4"))
    there = last_into(tmp_path / "link")
    assert there is not None
    assert there.job == "2"
