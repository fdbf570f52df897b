"""Pure: what of a child's chunk is done, before its first frame and after its last one."""

from __future__ import annotations

import errno
import itertools
import logging

from ..chunking.errors import FramesGivenUp, Interrupted, OutputFailed, RenderFailed
from ..chunking.frames import FrameSet
from ..chunking.settings import Settings
from ..publishing.destination import Destination
from ..publishing.durable import output_errors
from ..publishing.formats import BrokenPicture, inspect_open
from ..publishing.notes import NotedFrame, read_notes, remove_notes
from ..publishing.output_folder import RECORDS, frame_name
from ..publishing.verdict import Verdict
from .renderer import Renderer

log = logging.getLogger(__name__)


class Completeness:
    """Looks at one child's chunk as a whole: what is left to render, and at last whether any is.

    What it sees it keeps in the verdict.
    """

    def __init__(
        self,
        settings: Settings,
        destination: Destination,
        chunk: FrameSet,
        verdict: Verdict,
        renderer: Renderer,
    ) -> None:
        self._settings = settings
        self._destination = destination
        self._chunk = chunk
        self._verdict = verdict
        self._renderer = renderer
        self.notes: dict[int, NotedFrame] = {}
        """By frame that is left to render: what earlier attempts noted that ended in it."""

    def remaining(self) -> list[int]:
        """The frames that are to be rendered, those with notes last. Raises OutputFailed."""
        verdict, left = self._verdict, []
        for frame in self._chunk:
            if self._destination.done_record(frame) is not None:
                verdict.reused.append(frame)
            elif self._settings.existing == "keep" and self._adopt(frame):
                verdict.adopted.append(frame)
            else:
                left.append(frame)
        total = len(self._chunk)
        if verdict.reused:
            frames = FrameSet.of(verdict.reused)
            log.info("reused: %d of %d frames are done already: %s", len(frames), total, frames)
        if verdict.adopted:
            frames = FrameSet.of(verdict.adopted)
            verdict.warn(
                f"adopted: {len(frames)} of {total} frames were there already and are kept, "
                f"whoever rendered them: {frames}"
            )
        return self._in_order(left) if left else []

    def _adopt(self, frame: int) -> bool:
        """Record the frame's pictures if they are there, whole and of the right size.

        File Output nodes' files are left alone: which of them there should be is not to be known
        without rendering.
        """
        stem = f"{self._settings.prefix}{frame_name(frame)}"
        for names in self._renderer.picture_names(stem):
            if all(map(self._is_whole, names)):
                self._destination.adopt(names, frame)
                return True
        return False

    def _is_whole(self, name: str) -> bool:
        try:
            with self._destination.folder.held.open(name) as file:
                picture = inspect_open(file)
        except (BrokenPicture, OSError):
            return False
        return (picture.width, picture.height) in self._renderer.sizes

    def _in_order(self, left: list[int]) -> list[int]:
        """The frames to render: those that an earlier attempt ended in come last, if at all."""
        folder, chunk, todo = self._destination.folder, frozenset(self._chunk), frozenset(left)
        for frame, notes in self._destination.repeat(lambda: read_notes(folder, chunk)).items():
            if frame not in todo:
                # Its child was killed between the record and the end of its note.
                remove_notes(folder, notes.notes)
                continue
            self.notes[frame] = notes
            if len(notes.evidence) >= self._settings.frame_attempts:
                self._verdict.given_up[frame] = notes.evidence[-1].splitlines()[0]
            elif notes.evidence:
                log.warning("frame %d crashed Blender before; it is tried again, last", frame)
        again = [frame for frame in left if frame in self.notes]
        fresh = [frame for frame in left if frame not in self.notes]
        return fresh + [frame for frame in again if frame not in self._verdict.given_up]

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
        ended = {*verdict.reused, *verdict.adopted, *verdict.rendered, *verdict.failed}
        ended |= verdict.given_up.keys()
        rest = (frame for frame in self._chunk if frame not in ended)
        return list(itertools.dropwhile(self._destination.has, rest))

    def refuse_incomplete(self) -> None:
        """Raise the error for frames that failed, were given up, or are gone again.

        In this order: a frame that failed may come right in the next attempt, one that was given
        up will not. RenderFailed, FramesGivenUp and OutputFailed are the errors.
        """
        verdict = self._verdict
        if verdict.failed:
            raise RenderFailed(
                f"Blender failed on {len(verdict.failed)} of {len(self._chunk)} frames: "
                f"{FrameSet.of(verdict.failed)}. The others are done."
            )
        if verdict.given_up:
            raise FramesGivenUp(
                f"Frames {FrameSet.of(sorted(verdict.given_up))} are given up: each crashed "
                f"Blender or hung in {self._settings.frame_attempts} attempts. All others of this "
                "chunk are done. Look at the log and the scene, then render them by --frames with "
                "a higher --frame-attempts."
            )
        self._destination.repeat(self._sync_records)
        # Where nothing was left at the start, each frame was looked at a moment ago.
        if len(verdict.reused) + len(verdict.adopted) < len(self._chunk):
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
