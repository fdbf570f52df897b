"""Pure: the frames that a child takes, the next one while the one before it is in work.

To take a frame is to claim it and to make its note, which are writes to the output folder. On a
slow disk they would be waited for before each frame; so the next frame is taken in a thread,
shortly before the one in work will be done. Not earlier: what is taken, no other child can take.
Where a note takes as long as a frame, several are taken ahead, and their notes made at once.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import NamedTuple

from ..chunking.errors import OutputFailed
from ..publishing.notes import Note
from .share import Share, Take, Wait

LONGEST_PAUSE_SECONDS = 0.1
"""How long is waited without a look whether the child is to stop."""
EARLIER = 3.0
"""So many times as early as taking the last frame took, the next one is taken."""
SLOWER = 1.5
"""Taking a frame is expected to take so many times as long as the last time."""
MOST_AHEAD = 4
"""Frames taken ahead where taking one takes longer than rendering one."""


class Assignment(NamedTuple):
    """A frame that is this process' to render."""

    frame: int
    is_own: bool
    """Whether it is of the child's own chunk."""
    note: Note


Pending = Future[Future[Assignment] | None]
"""A frame that is being taken, in turn, and whose note is then made beside other notes."""


class FrameSource:
    """Gives the frames that `share` takes, each with its note. A context manager.

    `make_note` and the share's board may raise ChunkErrors, which come out of `next`.
    """

    def __init__(
        self,
        share: Share,
        make_note: Callable[[int], Note],
        is_to_stop: Callable[[], bool],
    ) -> None:
        self._share = share
        self._steps = share.steps()
        self._make_note = make_note
        self._is_to_stop = is_to_stop
        self._taking = ThreadPoolExecutor(1, thread_name_prefix="take")
        self._noting = ThreadPoolExecutor(MOST_AHEAD, thread_name_prefix="note")
        self._ahead: list[Pending] = []
        self._is_wanted = threading.Event()
        self._is_closed = False
        self._seconds = 0.0
        """How long it took to take the last frame."""

    def __enter__(self) -> FrameSource:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_closed = True
        self._is_wanted.set()
        self._taking.shutdown()
        self._noting.shutdown()
        for pending in self._ahead:
            self.give_back(_assignment_of(pending))

    def give_back(self, assignment: Assignment | None) -> None:
        """Nobody is to think that a frame is in work that was taken ahead, and not begun."""
        if assignment is not None:
            with contextlib.suppress(OutputFailed):
                assignment.note.remove()

    def next(self) -> Assignment | None:
        """The next frame, or None: there is none, or the child is to stop."""
        self._is_wanted.set()
        future = self._ahead.pop(0).result() if self._ahead else self._take()
        assignment = None if future is None else future.result()
        if self._is_ending():  # asked for after the frame was taken
            self.give_back(assignment)
            return None
        return assignment

    def abandon(self) -> None:
        """Give back what was taken ahead, from the thread that is about to end the process."""
        self._is_closed = True
        for pending in tuple(self._ahead):
            self.give_back(_assignment_of(pending))

    def _is_ending(self) -> bool:
        return self._is_closed or self._is_to_stop()

    def look_ahead(self, seconds: float | None) -> None:
        """A frame is about to be rendered that should take so long (None: nobody knows)."""
        self._is_wanted.clear()
        pause = None if seconds is None else max(0.0, seconds - EARLIER * self._seconds)
        # As many ahead as end while one is taken, so that none is waited for.
        depth = min(1 + int(SLOWER * self._seconds / seconds), MOST_AHEAD) if seconds else 1
        for _ in range(depth - len(self._ahead)):
            self._ahead.append(self._taking.submit(self._take_later, pause))

    def _take_later(self, pause: float | None) -> Future[Assignment] | None:
        self._is_wanted.wait(pause)
        return self._take()

    def _take(self) -> Future[Assignment] | None:
        """Wait as the share says until it has a frame to take; None: there is none, or to stop."""
        while not self._is_ending():
            started = time.monotonic()
            step = next(self._steps, None)
            if step is None:
                return None
            if not isinstance(step, Wait):
                seconds = time.monotonic() - started
                return self._noting.submit(self._make_assignment, step, seconds)
            end = time.monotonic() + step.seconds
            while (left := end - time.monotonic()) > 0 and not self._is_ending():
                time.sleep(min(left, LONGEST_PAUSE_SECONDS))
        return None

    def _make_assignment(self, step: Take, step_seconds: float) -> Assignment:
        started = time.monotonic()
        assignment = Assignment(step.frame, step.is_own, self._make_note(step.frame))
        self._seconds = step_seconds + time.monotonic() - started
        return assignment


def _assignment_of(pending: Pending) -> Assignment | None:
    """What was taken ahead; None: nothing, nothing yet, or an error that nobody asks for."""
    future = pending.result() if pending.done() and not pending.exception() else None
    return future.result() if future and future.done() and not future.exception() else None
