"""What the operating systems do differently with processes, as far as this one can show it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from array_chunk_render.machine.end_requests import END_SIGNALS, EndRequests
from array_chunk_render.machine.process_lock import hold_lock, is_locked
from array_chunk_render.machine.processes import is_running

WAIT_SECONDS = 60.0


@contextlib.contextmanager
def ending() -> Iterator[EndRequests]:
    before = {number: signal.getsignal(number) for number in END_SIGNALS}
    yield EndRequests()
    signal.set_wakeup_fd(-1)
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def requests() -> Iterator[EndRequests]:
    with ending() as made:
        yield made


@pytest.mark.parametrize("number", END_SIGNALS)
def test_a_thread_hears_what_asks_for_the_end(number: int, requests: EndRequests) -> None:
    heard: list[str] = []
    thread = threading.Thread(target=lambda: heard.append(requests.wait(WAIT_SECONDS)))
    thread.start()
    os.kill(os.getpid(), number)
    thread.join(WAIT_SECONDS)
    assert heard == [signal.Signals(number).name]


def test_a_closed_terminal_is_no_end_with_nohup() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with ending() as requests:
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGINT)
        assert requests.wait(WAIT_SECONDS) == "SIGINT"
    signal.signal(signal.SIGHUP, before)


def test_a_signal_before_the_waiting_is_not_lost(requests: EndRequests) -> None:
    signal.raise_signal(signal.SIGTERM)
    assert requests.wait(WAIT_SECONDS) == "SIGTERM"
    assert requests.wait(0.01) == ""


def test_a_signal_that_a_script_handles_asks_for_nothing(requests: EndRequests) -> None:
    before = signal.signal(signal.SIGUSR1, lambda number, frame: None)
    signal.raise_signal(signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)
    assert requests.wait(WAIT_SECONDS) == ""


HOLDER = """
import os, sys
sys.path.insert(0, {tests!r})
import conftest
from array_chunk_render.machine.process_lock import hold_lock
file = open({lock!r}, "ab")
hold_lock(file)
print("held", flush=True)
sys.stdin.read()
"""


def has_holder(lock: Path) -> bool:
    with open(lock, "rb") as file:
        return is_locked(file)


def test_a_lock_ends_with_its_process(tmp_path: Path, repository: Path) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    assert not has_holder(lock)
    program = HOLDER.format(tests=str(repository / "tests"), lock=str(lock))
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert has_holder(lock)
        holder.kill()
    assert not has_holder(lock)
    with open(lock, "ab") as file:
        hold_lock(file)
        assert has_holder(lock)
    assert not has_holder(lock)


def test_whether_a_process_runs() -> None:
    ended = subprocess.Popen(["true"])
    assert os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT) is not None
    assert not is_running(ended.pid)  # a zombie, as nobody has waited for it
    ended.wait()
    assert not is_running(ended.pid)
    assert is_running(os.getpid())
    assert not is_running(0)
    assert not is_running(-1)
