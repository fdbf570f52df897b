"""Pure: whether a child has delivered its whole chunk, and what it has to say where it has not."""

from __future__ import annotations

import errno
import itertools

from ..chunking.errors import (
    FramesGivenUp,
    Interrupted,
    OutputFailed,
    RenderFailed,
)
from ..chunking.frames import FrameSet
from ..publishing.destination import Destination
from ..publishing.durable import output_errors
from ..publishing.output_folder import RECORDS
from ..publishing.verdict import Verdict


class Completeness:
    """Looks at one child's chunk as a whole."""

    def __init__(
        self,
        destination: Destination,
        chunk: FrameSet,
        verdict: Verdict,
        frame_attempts: int,
    ) -> None:
        self._destination = destination
        self._chunk = chunk
        self._verdict = verdict
        self._frame_attempts = frame_attempts

    def refuse_unfinished(self, stop_reason: str) -> None:
        """Raise Interrupted where the child was asked to stop (empty: nobody asked) too early."""
        if not stop_reason:
            return
        left = self._destination.repeat(self._left)
        if left:
            raise Interrupted(
                f"{stop_reason}: not done of this chunk: {FrameSet.of(left)}. What is finished is "
                "published; run this child again for the rest."
            )

    def _left(self) -> list[int]:
        """Frames that were not begun here, from the first on that nobody else delivered either.

        Not each of them is looked at: in the grace of a signal there is no time for a long chunk's.
        """
        verdict = self._verdict
        begun = {*verdict.reused, *verdict.adopted, *verdict.rendered, *verdict.failed}
        ended = begun | verdict.given_up.keys()
        not_begun = (frame for frame in self._chunk if frame not in ended)
        return list(itertools.dropwhile(self._destination.has, not_begun))

    def refuse_incomplete(self) -> None:
        """Raise the error for frames that failed, were given up, or are gone again."""
        failed = self._verdict.failed
        if failed:
            raise RenderFailed(
                f"Blender failed on {len(failed)} of {len(self._chunk)} frames: "
                f"{FrameSet.of(failed)}. The others are done."
            )
        if self._verdict.given_up:
            frames = FrameSet.of(sorted(self._verdict.given_up))
            raise FramesGivenUp(
                f"Frames {frames} are given up: each crashed Blender or hung in "
                f"{self._frame_attempts} attempts. All others of this chunk are done. "
                "Look at the log and the scene, then render them by --frames with a higher "
                "--frame-attempts."
            )
        self._destination.repeat(self._sync_records)
        found = len(self._verdict.reused) + len(self._verdict.adopted)
        if found < len(self._chunk):  # otherwise all was found done a moment ago
            self._destination.repeat(self._refuse_lost)

    def _sync_records(self) -> None:
        """Have the records' names on disk: others may have written some, and been ended then."""
        folder = self._destination.folder
        with output_errors(folder.records, "write"):
            folder.held.sync(RECORDS)

    def _refuse_lost(self) -> None:
        """Look at the whole chunk once more: others may have been here since.

        A copy of this child that is about to publish a frame again makes it look lost for a moment,
        so this counts as something that may pass.
        """
        self._destination.folder.held.let_go()  # a folder on the way may have been moved, too
        lost = [frame for frame in self._chunk if not self._destination.has(frame)]
        if lost:
            root = str(self._destination.folder.root)
            raise OutputFailed(
                f"Frames {FrameSet.of(lost)} were written to {root!r}, but their files are gone or "
                "changed by now: see what else writes to that folder, and run this child again.",
                errno.EBUSY,
            )
