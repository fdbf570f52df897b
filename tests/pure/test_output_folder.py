"""Names in the output folder: of frames, and of the processes that write there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from array_chunk_render.publishing.output_folder import (
    OutputFolder,
    frame_name,
    frame_of,
    host_of,
    process_name,
)
from array_chunk_render.publishing.verdict import Verdict, deliver_verdict, file_stem
from hypothesis import given
from hypothesis import strategies as st

TESTS = Path(__file__).resolve().parents[1]
PROCESS_SEVEN = f"""
import os, socket, sys
sys.path.insert(0, {str(TESTS)!r})
import conftest
os.getpid, socket.gethostname = lambda: 7, lambda: "container"
from array_chunk_render.publishing.output_folder import process_name
print(process_name(), process_name())
"""


def test_processes_of_one_host_name_and_id_have_names_of_their_own() -> None:
    """As in containers, where each is the seventh process of a host with the same name."""
    names = [
        subprocess.run(
            [sys.executable, "-c", PROCESS_SEVEN], capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert all(first == second for first, second in names)
    assert len({first for first, _ in names}) == 2
    assert all(re.fullmatch(r"container-7-[0-9a-f]{8}", first) for first, _ in names)


def test_a_process_that_was_forked_has_a_name_of_its_own() -> None:
    ours = process_name()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, process_name().encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 1000).decode()
    for descriptor in (reading, writing):
        os.close(descriptor)
    assert theirs != ours
    assert process_name() == ours


def test_two_arrays_in_containers_keep_both_their_verdicts(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path / "out")
    (tmp_path / "log").write_text("log")
    for job, token in (("one", "0123abcd"), ("other", "4567cdef")):
        verdict = Verdict(render_id=job).as_fields()
        deliver_verdict(folder, {**verdict, "process": f"container-7-{token}"}, tmp_path / "log")
    assert (
        len(list(folder.children.glob("*.json"))) == len(list(folder.children.glob("*.log"))) == 2
    )


def test_a_verdict_s_name_tells_child_attempt_and_process() -> None:
    fields = Verdict(size=3, index=1, attempt=2).as_fields()
    assert file_stem(fields) == f"1-of-3.2.{process_name()}"


@pytest.mark.parametrize(
    ("process", "host"),
    [
        pytest.param("node-1-4242-0123abcd", "node-1", id="with a random part"),
        pytest.param("node-1-4242", "node-1", id="of an earlier version"),
        pytest.param("ip-10-0-0-1-77-01234567", "ip-10-0-0-1", id="numbers everywhere"),
        pytest.param("host", "", id="no process id"),
    ],
)
def test_the_host_of_a_process(process: str, host: str) -> None:
    assert host_of(process) == host


@given(st.integers(-1_048_574, 1_048_574))
def test_the_frame_of_its_name(frame: int) -> None:
    assert frame_of(frame_name(frame)) == frame


@pytest.mark.parametrize(
    "name",
    [
        "",
        "1",
        "0001",
        "000001",
        "-1",
        "-00001",
        "-0000",
        "9999999",
        "00001.png",
        "²" * 5,
        "00001\n",
    ],
)
def test_names_of_no_frame(name: str) -> None:
    assert frame_of(name) is None
