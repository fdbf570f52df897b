"""Pure: the frames that a child works on, from taking one to the record or the failure.

It writes down what others may want to know of them: notes and claims beside the frames, the verdict
and the log. Frames end in the threads that deliver them.
"""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Container, Mapping

from ..chunking.errors import (
    OutputFailed,
    RenderFailed,
)
from ..publishing.destination import Destination
from ..publishing.notes import (
    Note,
    NotedFrame,
    remove_notes,
)
from ..publishing.publish import Published
from ..publishing.verdict import Verdict
from .board import FolderBoard
from .delivery import Rendered
from .progress import (
    Pace,
    Progress,
)
from .taking import Taken

log = logging.getLogger(__name__)


class InWork:
    """The frames of one child that are taken and not delivered."""

    def __init__(
        self,
        destination: Destination,
        board: FolderBoard,
        verdict: Verdict,
        own: Container[int],
        noted: Mapping[int, NotedFrame],
        pace: Pace,
    ) -> None:
        """`noted` are the notes of earlier attempts, which a frame loses when it is done."""
        self._destination = destination
        self._board = board
        self._verdict = verdict
        self._own = own
        self._noted = noted
        self._pace = pace
        self._notes: dict[int, Note] = {}
        self.progress: deque[Progress] = deque()
        """What the main thread has not shown yet."""

    def set_lanes(self, count: int) -> None:
        """So many processes share the chunk from here on."""
        self._pace.lanes = count

    def begin(self, taken: Taken) -> None:
        """The frame is about to be rendered."""
        self._notes[taken.frame] = taken.note
        self._board.begin(taken.frame)

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

    def end(self, rendered: Rendered, outcome: Published | RenderFailed) -> None:
        """The frame was published, or its files are broken. Raises OutputFailed."""
        frame = rendered.frame
        if isinstance(outcome, RenderFailed):
            self.fail(frame, outcome)
            return
        own = frame in self._own
        (self._verdict.rendered if own else self._verdict.helped).append(frame)
        self._destination.repeat(self._notes.pop(frame).remove)
        if frame in self._noted:
            remove_notes(self._destination.folder, self._noted[frame].notes)
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
            self.progress.append(self._pace.delivered(frame, rendered.draft.seconds))
        else:
            _log_helped(frame, rendered.draft.seconds)

    def end_in_lane(self, frame: int, seconds: float, is_helped: bool) -> None:
        """Another lane of this child has delivered the frame."""
        if is_helped:
            self._verdict.helped.append(frame)
            _log_helped(frame, seconds)
        else:
            self._verdict.rendered.append(frame)
            self.progress.append(self._pace.delivered(frame, seconds))


def _log_helped(frame: int, seconds: float) -> None:
    fields = {"frame": frame, "seconds": seconds, "helped": True}
    log.info("frame %d · %.1f s · for another child", frame, seconds, extra={"fields": fields})
