"""The array on this machine: small processes in the children's place, no Blender."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from array_chunk_render.chunking.array_environment import AWS_BATCH, ArrayEnvironment
from array_chunk_render.engines.local import children
from array_chunk_render.engines.local.children import LocalArray, most_permanent
from array_chunk_render.machine import main_command
from array_chunk_render.machine.environment import child_of_array
from hypothesis import given
from hypothesis import strategies as st

WAIT_SECONDS = 60
"""After which a test has failed: nothing here takes as long."""


class Lines:
    """What the children print, as it comes."""

    def __init__(self) -> None:
        self.of: dict[int, list[str]] = {}
        self._changed = threading.Condition()

    def __call__(self, index: int, line: str) -> None:
        with self._changed:
            self.of.setdefault(index, []).append(line)
            self._changed.notify_all()

    def wait_for(self, line: str, count: int) -> None:
        def are_there() -> bool:
            return sum(lines.count(line) for lines in self.of.values()) >= count

        with self._changed:
            assert self._changed.wait_for(are_there, WAIT_SECONDS), self.of


@pytest.fixture
def lines() -> Lines:
    return Lines()


def array_of(program: str, size: int, jobs: int, lines: Lines, **environ: str) -> LocalArray:
    """Children that run a small Python program, in which `index` is their own."""
    head = "import os, signal, sys, time; index = int(os.environ['AWS_BATCH_JOB_ARRAY_INDEX'])\n"
    command = [sys.executable, "-I", "-S", "-u", "-c", head + program]
    return LocalArray(command, {"PATH": os.environ["PATH"], **environ}, size, jobs, lines)


def test_every_child_runs_once_and_says_its_code(lines: Lines) -> None:
    array = array_of("print('child', index); sys.exit([0, 65, 0, 70][index])", 4, 2, lines)
    assert array.run() == [0, 65, 0, 70]
    assert lines.of == {index: [f"child {index}"] for index in range(4)}


def test_a_child_that_is_killed(lines: Lines) -> None:
    program = "os.kill(os.getpid(), [signal.SIGKILL, signal.SIGSEGV][index])"
    assert array_of(program, 2, 2, lines).run() == [137, 139]


def test_lines_of_both_streams_of_any_bytes_and_without_an_end(lines: Lines) -> None:
    program = (
        "os.write(1, b'one\\n'); os.write(2, b'two\\n'); os.write(1, b'\\xff\\n\\n'); "
        "os.write(1, b'no end')"
    )
    array_of(program, 1, 1, lines).run()
    assert lines.of == {0: ["one", "two", "\ufffd", "", "no end"]}


def test_much_output_does_not_stop_a_child(lines: Lines) -> None:
    array_of(
        "print('x' * 99, file=sys.stderr) or [print('y' * 99) for _ in range(5000)]", 1, 1, lines
    ).run()
    assert len(lines.of[0]) == 5001


def test_children_read_nothing_of_the_terminal(lines: Lines) -> None:
    assert array_of("sys.exit(len(sys.stdin.read()))", 1, 1, lines).run() == [0]


@pytest.mark.parametrize(("size", "jobs"), [(6, 1), (6, 2), (6, 6)])
def test_so_many_run_at_a_time(lines: Lines, tmp_path: Path, size: int, jobs: int) -> None:
    """Each of `jobs` children waits until as many run; more than that are never seen."""
    program = f"""
home = {str(tmp_path)!r}
open(f"{{home}}/{{index}}", "w").close()
group = index // {jobs} * {jobs}
while len(os.listdir(home)) < group + {jobs}:
    time.sleep(0.002)
print(len(os.listdir(home)) <= group + 2 * {jobs})
"""
    assert array_of(program, size, jobs, lines).run() == [0] * size
    assert lines.of == {index: ["True"] for index in range(size)}


# --- what the children are told -----------------------------------------------------------------


def test_the_environment_is_one_of_aws_batch() -> None:
    array = ArrayEnvironment.read(child_of_array({"PATH": "/bin"}, 10, 3, "local-1"))
    assert (array.engine, array.size, array.index) == (AWS_BATCH, 10, 3)
    assert (array.render_id, array.attempt) == ("local-1", 1)


def test_no_other_engine_is_left_in_it() -> None:
    """`run-array` may itself run as a job of Slurm, or as a child of AWS Batch."""
    outside = {
        "PATH": "/bin",
        "USE_GPU": "1",
        "ARRAY_CHUNK_SAMPLES": "4",
        "ARRAY_CHUNK_SIZE": "7",
        "ARRAY_CHUNK_INDEX": "5",
        "AWS_BATCH_JOB_ARRAY_SIZE": "99",
        "AWS_BATCH_JOB_ATTEMPT": "3",
        "SLURM_JOB_ID": "1",
        "SLURM_ARRAY_TASK_ID": "6",
        "SLURM_ARRAY_TASK_COUNT": "8",
        "SLURM_RESTART_COUNT": "2",
    }
    environ = child_of_array(outside, 2, 1, "local-1")
    array = ArrayEnvironment.read(environ)
    assert (array.size, array.index, array.attempt) == (2, 1, 1)
    assert {name for name in environ if not name.startswith("AWS_BATCH_")} == {
        "PATH",
        "USE_GPU",
        "ARRAY_CHUNK_SAMPLES",
    }


def test_all_children_share_one_render_id_and_no_other_array_has_it(lines: Lines) -> None:
    program = "print(os.environ['AWS_BATCH_JOB_ID'])"
    first, second = (array_of(program, 2, 2, lines) for _ in range(2))
    first.run()
    second.run()
    ids = [line.rpartition(":")[0] for index in (0, 1) for line in lines.of[index]]
    assert sorted(ids) == sorted([first.array_id, second.array_id] * 2)
    assert first.array_id != second.array_id


# --- ending it ----------------------------------------------------------------------------------

# Whole lines in one call each; and where a test fails, none of them stays for long.
UNTIL_ASKED = """
signal.alarm(120)
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(75))
os.write(1, b"ready\\n")
signal.pause()
"""
DEAF = """
signal.alarm(120)
signal.signal(signal.SIGTERM, lambda number, frame: os.write(1, b"heard\\n"))
os.write(1, b"ready\\n")
while True:
    signal.pause()
"""
WITH_A_CHILD_OF_ITS_OWN = """
if os.fork():
    os.write(1, b"ready\\n")
    signal.pause()
""" + DEAF.replace("ready", "ready too")


def run_aside(array: LocalArray) -> tuple[threading.Thread, list[int]]:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.extend(array.run()), daemon=True)
    thread.start()
    return thread, codes


def ended(thread: threading.Thread) -> bool:
    thread.join(WAIT_SECONDS)
    return not thread.is_alive()


def test_children_are_asked_to_end_and_no_more_are_started(lines: Lines) -> None:
    array = array_of(UNTIL_ASKED, 5, 2, lines)
    thread, codes = run_aside(array)
    lines.wait_for("ready", 2)
    array.end()
    assert ended(thread)
    assert codes == [75] * 5
    assert set(lines.of) == {0, 1}


def test_what_was_done_before_stays_done(lines: Lines) -> None:
    program = f"if index < 2: sys.exit(65 * index)\n{UNTIL_ASKED}"
    array = array_of(program, 4, 1, lines)
    thread, codes = run_aside(array)
    lines.wait_for("ready", 1)
    array.end()
    assert ended(thread)
    assert codes == [0, 65, 75, 75]


def test_a_child_that_does_not_end_is_killed(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "GRACE_SECONDS", 0.2)
    array = array_of(DEAF, 2, 2, lines)
    thread, codes = run_aside(array)
    lines.wait_for("ready", 2)
    array.end()
    assert ended(thread)
    assert codes == [75, 75]  # ended by us, not by a crash
    assert lines.of == {index: ["ready", "heard"] for index in (0, 1)}


def test_a_wrappers_own_child_ends_too(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wrapper ends when it is asked; the Blender that it started does not."""
    monkeypatch.setattr(children, "GRACE_SECONDS", 0.2)
    array = array_of(WITH_A_CHILD_OF_ITS_OWN, 1, 1, lines)
    thread, codes = run_aside(array)
    lines.wait_for("ready", 1)
    lines.wait_for("ready too", 1)
    array.end()
    assert ended(thread)
    assert codes == [75]


def test_ending_twice_and_ending_what_has_ended(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "GRACE_SECONDS", 0.01)
    array = array_of("pass", 2, 2, lines)
    assert array.run() == [0, 0]
    array.end()
    array.end()
    assert array.run() == [75, 75]


# --- the code of the whole array ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        pytest.param([], 0, id="no children"),
        pytest.param([0, 0], 0, id="all complete"),
        pytest.param([0, 70, 0], 70, id="one failed"),
        pytest.param([70, 65, 75], 65, id="never retry before retry"),
        pytest.param([66, 64, 65], 64, id="the first of those never to be retried"),
        pytest.param([75, 74, 70], 70, id="the first of those to be retried"),
        pytest.param([137, 75], 75, id="ours before a kill"),
        pytest.param([139, 137], 137, id="a kill, a crash"),
        pytest.param([75, 1, 137], 1, id="Blender's own 1 is not retried"),
        pytest.param([1, 65], 65, id="ours says more than Blender's own 1"),
    ],
)
def test_the_most_permanent_code(codes: Sequence[int], code: int) -> None:
    assert most_permanent(codes) == code


@given(st.lists(st.integers(0, 255)))
def test_an_array_is_complete_only_if_all_children_are(codes: list[int]) -> None:
    assert (most_permanent(codes) == 0) == (not any(codes))
    assert most_permanent(codes) in {0, *codes}
    assert most_permanent(codes[::-1]) == most_permanent(codes)


# --- the children's command ---------------------------------------------------------------------


def test_children_run_in_this_python_where_there_is_no_other_blender(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("BLENDER_EXECUTABLE", raising=False)
    command = main_command.main_command("/a b.blend")
    assert command == [sys.executable, str(main_command.MAIN), "--"]
    assert main_command.MAIN.is_file()


def test_children_run_in_the_blender_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLENDER_EXECUTABLE", "/opt/blender")
    start = ["/opt/blender", "-b"]
    end = ["-P", str(main_command.MAIN), "--"]
    assert main_command.main_command("/a b.blend") == [*start, "/a b.blend", *end]
    assert main_command.main_command("") == [*start, *end]
