"""Pure: ending a child in order: on a signal, at its time limit, in a frame that hangs.

A thread of its own hears what asks for the end, deep in a frame as well (`machine.end_requests`).
Either the frame in work still fits the grace, then the main thread ends after it; or the thread
itself delivers the verdict and leaves the process.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from ..child.session import RunningChunk, Session
from ..chunking.errors import EXIT_COMPLETE, ChunkError, Interrupted, RenderFailed
from ..machine.end_requests import EndRequests
from ..publishing.verdict import Verdict
from . import chatter

log = logging.getLogger(__name__)

DELIVERY_SECONDS = 3.0
"""What is kept of the grace for the verdict, which goes to the output folder too."""
MOST_LOCK_SECONDS = 10.0
"""How long a frame that is just being published is waited for."""
LOOK_SECONDS = 0.1
"""How often is looked whether the frame still fits, once the child has been asked to stop."""

Deliver = Callable[[Verdict], int]
"""Delivers a verdict, says in the log how it ended, and returns the exit code."""


class Ending:
    """Watches over one child from a thread of its own; times are in seconds."""

    def __init__(
        self,
        session: Session,
        empty: Verdict,
        grace: float,
        time_limit: float,
        frame_timeout: float,
        deliver: Deliver,
        local_folder: Path,
    ) -> None:
        self._session = session
        self._local_folder = local_folder
        self._empty = empty  # for an end before the chunk was begun
        self._grace = grace
        self._limit = time.monotonic() + time_limit if time_limit else None
        self._frame_timeout = frame_timeout
        self._deliver = deliver
        self._reason = ""
        self._deadline = float("inf")

    def watch(self) -> None:
        """Begin to watch. To be called from the main thread."""
        threading.Thread(target=self._watch, args=(EndRequests(),), daemon=True).start()

    def _watch(self, requests: EndRequests) -> None:
        while True:
            if name := requests.wait(self._seconds_to_wait()):
                self._ask_to_stop(name, time.monotonic() + self._grace)
            if self._limit is not None and time.monotonic() >= self._limit - self._grace:
                self._ask_to_stop("The time limit is near", self._limit)
            chunk = self._session.chunk
            if self._frame_timeout and chunk and chunk.frame_seconds > self._frame_timeout:
                self._end_hung(chunk)
            if self._reason and not self._fits(chunk):
                self._end(chunk, self._interrupted)

    def _seconds_to_wait(self) -> float | None:
        if self._reason:
            return LOOK_SECONDS
        if self._limit is None and not self._frame_timeout:
            return None
        return 1.0

    def _ask_to_stop(self, reason: str, deadline: float) -> None:
        if self._reason:
            return
        self._reason = reason
        self._deadline = deadline - DELIVERY_SECONDS
        self._session.ask_to_stop(reason)
        log.warning("%s: this child ends within %.0f s", reason, deadline - time.monotonic())

    def _fits(self, chunk: RunningChunk | None) -> bool:
        """Whether what is being done can be waited for."""
        left = self._deadline - time.monotonic()
        # Before the first frame the main thread stops by itself as soon as Blender lets it.
        return left > 0 and (chunk is None or chunk.seconds_left_of_frame <= left)

    def _interrupted(self, chunk: RunningChunk | None) -> Interrupted:
        if chunk is None or chunk.frame in (None, *chunk.verdict.rendered):
            what = "no frame was in work"
        else:
            what = f"frame {chunk.frame} was abandoned after {chunk.frame_seconds:.0f} s"
        return Interrupted(
            f"{self._reason}: {what}. What is finished is published; run this child again for the "
            "rest."
        )

    def _end_hung(self, chunk: RunningChunk) -> NoReturn:
        text = f"Frame {chunk.frame} was not done after {self._frame_timeout:.0f} s"
        if chunk.note is not None:
            chunk.note.add_evidence(text)
        chunk.note = None
        self._end(chunk, lambda _: RenderFailed(f"{text} (--frame-timeout): Blender is ended."))

    def _end(
        self,
        chunk: RunningChunk | None,
        make_error: Callable[[RunningChunk | None], ChunkError],
    ) -> NoReturn:
        """Deliver and leave. The main thread is in Blender, or waits for the disk."""
        verdict = chunk.verdict if chunk is not None else self._empty
        code = Interrupted.exit_code
        try:
            is_ours = self._is_ours_to_end(chunk)
            error = make_error(chunk)  # only now: the frame in work may have been finished
            code = EXIT_COMPLETE if verdict.is_complete else error.exit_code
            if is_ours:
                verdict.fail(error)
                code = self._deliver(verdict)
                chatter.let_go()
                shutil.rmtree(self._local_folder, ignore_errors=True)
                if chunk is not None:
                    chunk.clear()
        except Exception:
            log.exception("The verdict could not be delivered")
        finally:  # the main thread takes no other frame: without this nothing would end it
            os._exit(code)

    def _is_ours_to_end(self, chunk: RunningChunk | None) -> bool:
        """Wait for what may still be finished; whether the main thread has not begun to leave."""
        left = self._deadline + DELIVERY_SECONDS / 2 - time.monotonic()
        end = time.monotonic() + min(max(0.0, left), MOST_LOCK_SECONDS)
        if chunk is not None:
            chunk.hold(_until(end))  # a frame that is being published may be done by then
        if self._session.lanes is not None:
            self._session.lanes.wait(_until(end))
        return self._session.end.close(_until(end))


def _until(end: float) -> float:
    return max(0.0, end - time.monotonic())
