"""A command that draws is tried once, in a process of its own, and nobody waits who need not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from array_chunk_render.machine.headless_drawing import DrawingTrial


def trial(script: str, seconds: float = 60.0) -> DrawingTrial:
    return DrawingTrial([sys.executable, "-c", script], os.environ, seconds)


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        pytest.param("pass", "", id="it draws"),
        pytest.param("raise SystemExit(65)", "it ended with 65", id="it refuses"),
        pytest.param("import os; os.abort()", "it ended with -6", id="it crashes"),
    ],
)
def test_what_comes_of_it(script: str, fault: str) -> None:
    tried = trial(script)
    assert not tried.is_over
    tried.wait()
    assert tried.is_over
    assert tried.fault == fault


def test_what_hangs_is_ended(tmp_path: Path) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    reading = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
    tried = trial(f"import signal; held = open({str(held)!r}, 'w'); signal.pause()", seconds=2.0)
    tried.wait()
    assert tried.fault == "it was not done after 2 s"
    assert os.read(reading, 1) == b"", "somebody holds it yet"
    os.close(reading)


def test_no_such_program(tmp_path: Path) -> None:
    tried = DrawingTrial([str(tmp_path / "none")], os.environ)
    tried.wait()
    assert tried.fault == "it could not be started: No such file or directory"


def test_nobody_waits_and_it_is_tried_once(tmp_path: Path) -> None:
    gate, tries = tmp_path / "gate", tmp_path / "tries"
    os.mkfifo(gate)
    script = f"open({str(tries)!r}, 'a').write('x'); open({str(gate)!r}).read()"
    tried = trial(script)
    tried.begin()
    tried.begin()
    assert not tried.is_over  # the process waits at the gate, and this one goes on
    gate.write_text("")
    tried.wait()
    tried.begin()
    assert tried.fault == ""
    assert tries.read_text() == "x"
