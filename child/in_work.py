"""Pure: the frames that a child works on, from taking one to its record or failure, and its pace.

What others may want to know of them is written down here: notes and claims beside the frames, the
verdict and the log. Frames end in the threads that deliver them.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from ..chunking.errors import OutputFailed, RenderFailed
from ..publishing.destination import Destination
from ..publishing.notes import Note, NotedFrame, read_notes, remove_notes
from ..publishing.publish import Published
from ..publishing.verdict import Verdict
from .board import FolderBoard
from .delivery import StagedFrame
from .taking import Assignment

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How far a chunk is, after one more of its frames was delivered."""

    frame: int
    seconds: float
    done: int
    total: int
    seconds_left: float


class Pace:
    """Counts a chunk's frames as they are delivered, and tells how far it is after each.

    Frames are delivered by several threads.
    """

    def __init__(
        self, total: int, done: int, on_progress: Callable[[Progress], None] = lambda progress: None
    ) -> None:
        self._total = total
        self._done = done
        self._seconds: list[float] = []
        self._counting = threading.Lock()
        self._on_progress = on_progress
        self._unshown: deque[Progress] = deque()
        self.lanes = 1
        """How many processes share the chunk."""

    @property
    def left(self) -> int:
        """How many frames are not delivered yet."""
        return self._total - self._done

    def delivered(self, frame: int, seconds: float) -> Progress:
        """Take note of a frame that took so long, and say so in the log."""
        with self._counting:
            self._seconds.append(seconds)
            self._done = min(self._done + 1, self._total)
            mean = sum(self._seconds) / len(self._seconds)
            left = mean * self.left / self.lanes
            progress = Progress(frame, seconds, self._done, self._total, left)
            log.info(  # under the lock, or a later count may stand before an earlier one
                "frame %d · %.1f s · %d/%d · %d %% · ETA %s",
                frame,
                seconds,
                self._done,
                self._total,
                self._done * 100 // self._total,
                duration(left),
                extra={"fields": vars(progress)},
            )
        self._unshown.append(progress)
        return progress

    def show(self) -> None:
        """Tell `on_progress` of the frames that were delivered meanwhile, in this thread."""
        while self._unshown:
            self._on_progress(self._unshown.popleft())


def duration(seconds: float) -> str:
    """Seconds in words that a person reads at a glance."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} m"
    return f"{minutes} m {rest} s" if minutes else f"{rest} s"


class InWork:
    """The frames of one child that are taken and not delivered."""

    def __init__(
        self,
        destination: Destination,
        board: FolderBoard,
        verdict: Verdict,
        own: Collection[int],
        earlier_notes: Mapping[int, NotedFrame],
        pace: Pace,
    ) -> None:
        """`earlier_notes` are those of earlier attempts, which a frame loses when it is done."""
        self._destination = destination
        self._board = board
        self._verdict = verdict
        self._own = own
        self._earlier_notes = dict(earlier_notes)
        self._pace = pace
        self._notes: dict[int, Note] = {}

    def set_lanes(self, count: int) -> None:
        """So many processes share the chunk from here on."""
        self._pace.lanes = count

    def begin(self, assignment: Assignment) -> None:
        """The frame is about to be rendered."""
        self._notes[assignment.frame] = assignment.note
        self._board.begin(assignment.frame)

    def give_back(self, frame: int) -> None:
        """The frame is abandoned, and not by its own fault."""
        # What went wrong comes first; a note that stays does no more than put its frame last.
        with contextlib.suppress(OutputFailed):
            self._notes.pop(frame).remove()

    def fail(self, frame: int, error: RenderFailed) -> None:
        """Blender failed on the frame; it stays undone."""
        self.give_back(frame)
        self._board.end(frame, is_delivered=False)
        if frame in self._own:
            self._verdict.failed[frame] = str(error)
            log.error("frame %d failed: %s", frame, error)
        else:
            self._verdict.warn(f"Frame {frame} of another child failed here: {error}")

    def end(self, staged: StagedFrame, outcome: Published | RenderFailed) -> None:
        """The frame was published, or its files are broken. Raises OutputFailed."""
        frame = staged.frame
        if isinstance(outcome, RenderFailed):
            self.fail(frame, outcome)
            return
        own = frame in self._own
        (self._verdict.rendered if own else self._verdict.helped).append(frame)
        self._destination.repeat(self._notes.pop(frame).remove)
        if frame in self._earlier_notes:
            remove_notes(self._destination.folder, self._earlier_notes[frame].notes)
        self._board.end(frame, is_delivered=True)
        if outcome.removed:
            names = ", ".join(outcome.removed)
            log.info("frame %d: removed what it has no more: %s", frame, names)
        if outcome.kept:
            self._verdict.warn(
                f"Frame {frame}: its former record lists {', '.join(outcome.kept)}, which may be "
                "another frame's by the name: what it has no more of these is yours to remove."
            )
        if own:
            self._pace.delivered(frame, staged.draft.seconds)
        else:
            _log_helped(frame, staged.draft.seconds)

    def end_in_lane(self, frame: int, seconds: float, is_helped: bool) -> None:
        """Another lane of this child has delivered the frame."""
        if is_helped:
            self._verdict.helped.append(frame)
            _log_helped(frame, seconds)
        else:
            self._verdict.rendered.append(frame)
            self._pace.delivered(frame, seconds)

    def crash_in_lane(self) -> None:
        """A lane crashed: its note is to go when the frame is done. From any thread."""
        with contextlib.suppress(OutputFailed):  # then it stays, and puts its frame last
            self._earlier_notes.update(read_notes(self._destination.folder, frozenset(self._own)))


def _log_helped(frame: int, seconds: float) -> None:
    fields = {"frame": frame, "seconds": seconds, "helped": True}
    log.info("frame %d · %.1f s · for another child", frame, seconds, extra={"fields": fields})
