"""Standard error that goes by way of a file: nothing of it is lost, whatever ends the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from array_chunk_render.command_line.chatter import SHELL

pytestmark = pytest.mark.skipif(not os.path.exists(SHELL), reason="needs a shell")
TESTS = Path(__file__).resolve().parent.parent

BEGIN = """
import ctypes, os, signal, sys
sys.path.insert(0, sys.argv[1])
import conftest
from pathlib import Path
from array_chunk_render.command_line.chatter import ErrorStream
print("before", file=sys.stderr, flush=True)
stream = ErrorStream(Path(sys.argv[2]))
print("first", file=sys.stderr, flush=True)
"""

ENDS = {
    "in order": ("stream.let_go()", 0),
    "abort": ("os.abort()", -signal.SIGABRT),
    "kill": ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
    "exit without a word": ("os._exit(3)", 3),
    "segmentation fault": ("os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV),
}


def run(program: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BEGIN + program, str(TESTS), str(home / "errors")],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("end", ENDS)
def test_every_line_comes_out_once_and_in_order(end: str, tmp_path: Path) -> None:
    statement, code = ENDS[end]
    ended = run(f"os.write(2, b'last\\n')\n{statement}\nos.write(2, b'after\\n')", tmp_path)
    after = ["after"] if code == 0 else []
    assert ended.stderr.splitlines() == ["before", "first", "last", *after]
    assert ended.returncode == code
    assert (tmp_path / "errors").read_text() == "first\nlast\n"


def test_a_writer_that_holds_pythons_lock_is_not_waited_for(tmp_path: Path) -> None:
    """More than any pipe holds, by a function of C that keeps the lock."""
    program = """
data = b"x" * (1 << 20)
ctypes.PyDLL(None).write(2, data, len(data))
stream.let_go()
"""
    ended = run(program, tmp_path)
    assert ended.returncode == 0
    assert ended.stderr == f"before\nfirst\n{'x' * (1 << 20)}"


def test_a_reader_that_has_gone_away(tmp_path: Path) -> None:
    program = "os.write(2, b'x' * (1 << 18))\nstream.let_go()\nprint('ended')"
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-c", BEGIN.replace('print("before"', '0 and print("before"') + program]
        + [str(TESTS), str(tmp_path / "errors")],
        stdout=subprocess.PIPE,
        stderr=writing,
        check=False,
    )
    os.close(writing)
    assert (ended.returncode, ended.stdout) == (0, b"ended\n")
