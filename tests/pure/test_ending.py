"""How the thread that watches a child ends it, where no other thread comes to do so.

Each child is a process of its own, whose main thread is held up as if it were in Blender.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from array_chunk_render.child.session import RunningChunk, Session
from array_chunk_render.chunking.errors import EXIT_COMPLETE, Interrupted
from array_chunk_render.command_line.ending import DELIVERY_SECONDS, Deliver, Ending
from array_chunk_render.machine.session_folder import SessionFolder
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.patience import Patience
from array_chunk_render.publishing.verdict import Verdict
from deliveries import LONG_SECONDS

OnHold = Callable[[RunningChunk], None]
"""What happens to the chunk while the thread waits for frames that are being published."""


class Arriving:
    """A delivery whose frames arrive while they are waited for."""

    has_failed = False

    def __init__(self, chunk: RunningChunk, on_hold: OnHold) -> None:
        self._chunk, self._on_hold = chunk, on_hold

    def hold(self, seconds: float) -> None:
        self._on_hold(self._chunk)


def nothing(chunk: RunningChunk) -> None:
    pass


def is_published(chunk: RunningChunk) -> None:
    chunk.verdict.rendered.append(7)


def is_complete(chunk: RunningChunk) -> None:
    chunk.verdict.is_complete = True


def ended(folder: Path, on_hold: OnHold, deliver: Deliver) -> int | None:
    """The exit code of a child that gets SIGTERM in frame 7, which its grace has no time for."""

    def child() -> NoReturn:
        logging.basicConfig(filename=folder / "log", force=True)
        verdict = Verdict(wanted=[7, 8])
        session = Session()
        chunk = session.begin(verdict, SessionFolder(folder), Patience(OutputFolder(folder)))
        arriving: Any = Arriving(chunk, on_hold)
        chunk.delivery = arriving
        chunk.begin(7)
        Ending(session, verdict, DELIVERY_SECONDS, 0.0, 0.0, deliver, folder / "local").watch()
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait()  # in Blender
        raise AssertionError

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join(LONG_SECONDS)
    process.kill()
    process.join()
    return process.exitcode


def delivering(folder: Path) -> Deliver:
    def deliver(verdict: Verdict) -> int:
        (folder / "message").write_text(verdict.message)
        return verdict.exit_code

    return deliver


def test_frame_in_work_is_abandoned(tmp_path: Path) -> None:
    assert ended(tmp_path, nothing, delivering(tmp_path)) == Interrupted.exit_code
    assert "frame 7 was abandoned" in (tmp_path / "message").read_text()


def test_frame_that_is_published_meanwhile_is_not_called_abandoned(tmp_path: Path) -> None:
    assert ended(tmp_path, is_published, delivering(tmp_path)) == Interrupted.exit_code
    assert "no frame was in work" in (tmp_path / "message").read_text()


def test_chunk_that_is_complete_meanwhile_is_complete(tmp_path: Path) -> None:
    assert ended(tmp_path, is_complete, delivering(tmp_path)) == EXIT_COMPLETE
    assert (tmp_path / "message").read_text() == ""


@pytest.mark.parametrize(
    ("on_hold", "code"), [(nothing, Interrupted.exit_code), (is_complete, EXIT_COMPLETE)]
)
def test_error_that_nobody_thought_of_does_not_keep_the_child(
    on_hold: OnHold, code: int, tmp_path: Path
) -> None:
    def deliver(verdict: Verdict) -> int:
        raise RuntimeError("nobody thought of this")

    assert ended(tmp_path, on_hold, deliver) == code
    assert "The verdict could not be delivered" in (tmp_path / "log").read_text()
