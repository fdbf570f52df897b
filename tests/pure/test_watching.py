"""An array watched by a thread: an engine of real processes, Python in Blender's place."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from array_chunk_render.engines.engine import (
    ArrayState,
    ChildState,
    EngineFailed,
    JobIds,
    State,
    Work,
)
from array_chunk_render.engines.submissions import Submission
from array_chunk_render.engines.watching import FAR_SECONDS, FILM, NEAR_SECONDS, Watched

WAIT_SECONDS = 60.0
CHILD = "import sys; print('child', sys.argv[1]); sys.exit(70 * (input() == 'fail'))"


@dataclass
class Processes:
    """An engine: each child is a process that ends when it is told how."""

    folder: Path
    name: str = "processes"
    refuses: str = ""
    looked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _children: list[subprocess.Popen[str]] = field(default_factory=list)

    def submit(self, work: Work) -> JobIds:
        for index in range(work.size):
            with (self.folder / f"{index}.log").open("w") as log:
                command = [sys.executable, "-u", "-c", CHILD, str(index)]
                child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, text=True)
            self._children.append(child)
        return JobIds("1")

    def tell(self, index: int, how: str) -> None:
        self._children[index].communicate(how)

    def state(self, submitted: JobIds) -> ArrayState:
        self.looked.release()
        if self.refuses:
            raise EngineFailed(self.refuses)
        codes = [child.poll() for child in self._children]
        counts = dict.fromkeys(State, 0)
        for code in codes:
            counts[
                State.RUNNING if code is None else State.FAILED if code else State.SUCCEEDED
            ] += 1
        failed = [
            ChildState(index, State.FAILED, f"exit code {code}", code)
            for index, code in enumerate(codes)
            if code
        ]
        return ArrayState(submitted.job, counts, failed)

    def logs(self, submitted: JobIds, index: int, lines: int) -> list[str]:
        if index >= len(self._children):
            raise EngineFailed(f"There is no child {index}.")
        return (self.folder / f"{index}.log").read_text().splitlines()[-lines:]

    def film_log(self, submitted: JobIds, lines: int) -> list[str]:
        return ["Frame 3 is missing."]

    def cancel(self, submitted: JobIds) -> None:
        for child in self._children:
            child.kill()
            child.communicate()


@pytest.fixture
def engine(tmp_path: Path) -> Processes:
    made = Processes(tmp_path)
    made.submit(Work("film", 2, "", "", "", ""))
    yield made
    made.cancel(JobIds("1"))


def wait_for(watched: Watched, engine: Processes, condition: Callable[[], object]) -> None:
    """Have it looked at until something is so."""
    while not condition():
        watched.look()
        assert engine.looked.acquire(timeout=WAIT_SECONDS), "nobody looks any more"


def test_a_thread_watches_until_all_has_ended(engine: Processes) -> None:
    watched = Watched(Submission("processes", "1"), engine)
    watched.start()
    wait_for(watched, engine, lambda: watched.state)
    assert watched.state is not None
    assert (watched.state.state, watched.is_over) == (State.RUNNING, False)
    engine.tell(0, "end\n")
    engine.tell(1, "fail\n")
    watched.ask_for_tail(1)
    wait_for(watched, engine, lambda: watched.is_over and 1 in watched.tails)
    assert [(child.index, child.reason) for child in watched.state.failed] == [(1, "exit code 70")]
    assert watched.tails == {1: ["child 1"]}
    watched.stop()


def test_what_the_engine_refuses_is_kept_until_it_answers(engine: Processes) -> None:
    watched = Watched(Submission("processes", "1"), engine)
    watched.look_now()
    known = watched.state
    engine.refuses = "The network is unreachable."
    watched.look_now()
    assert (watched.error, watched.state) == (engine.refuses, known)
    engine.refuses = ""
    watched.look_now()
    assert watched.error == ""


def test_a_log_that_is_refused_is_said_in_its_place(engine: Processes) -> None:
    watched = Watched(Submission("processes", "1"), engine)
    watched.ask_for_tail(7)
    watched.look_now()
    assert (watched.tails[7], watched.error) == (["There is no child 7."], "")


def test_the_film_s_log(engine: Processes) -> None:
    watched = Watched(Submission("processes", "1", "2"), engine)
    watched.ask_for_tail(FILM)
    watched.look_now()
    assert watched.tails == {FILM: ["Frame 3 is missing."]}


def test_after_the_end_it_rests_and_when_stopped_it_ends(engine: Processes) -> None:
    engine.tell(0, "end\n")
    engine.tell(1, "end\n")
    watched = Watched(Submission("local", "1"), engine)
    watched.seconds = 0.0
    watched.start()
    wait_for(watched, engine, lambda: watched.is_over)
    watched.stop()
    (thread,) = (each for each in threading.enumerate() if each.name == "array watch")
    thread.join(WAIT_SECONDS)
    assert not thread.is_alive()


def test_frames_are_counted_where_the_folder_is_seen(engine: Processes, tmp_path: Path) -> None:
    told = Submission("processes", "1", output=str(tmp_path / "out"), frames="1-4")
    watched = Watched(told, engine)
    watched.look_now()
    assert (watched.done, watched.wanted) == (None, 4)
    (tmp_path / "out").mkdir()
    watched.look_now()
    assert watched.done == 0


def test_a_farm_is_asked_less_often_than_this_machine(engine: Processes) -> None:
    assert Watched(Submission("local", "1"), engine).seconds == NEAR_SECONDS
    assert Watched(Submission("aws_batch", "1"), engine).seconds == FAR_SECONDS
