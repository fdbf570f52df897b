"""Pure: what of a chunk is there already, and in which order the rest is rendered."""

from __future__ import annotations

import logging
from collections.abc import Container

from ..chunking.frames import FrameSet
from ..chunking.settings import Settings
from ..publishing.destination import Destination
from ..publishing.formats import BrokenPicture, inspect_open
from ..publishing.notes import (
    NotedFrame,
    read_notes,
    remove_notes,
)
from ..publishing.output_folder import frame_name
from ..publishing.verdict import Verdict
from .renderer import Renderer

log = logging.getLogger(__name__)


class Remaining:
    """Looks at every frame of a chunk once, and keeps what it finds in the verdict."""

    def __init__(
        self,
        settings: Settings,
        destination: Destination,
        verdict: Verdict,
        renderer: Renderer,
    ) -> None:
        self._settings = settings
        self._destination = destination
        self._verdict = verdict
        self._renderer = renderer
        self.noted: dict[int, NotedFrame] = {}
        """Frames that an earlier attempt ended in."""

    def frames(self, chunk: FrameSet) -> list[int]:
        """The frames that are to be rendered, those with notes last. Raises OutputFailed."""
        todo = [frame for frame in chunk if not self._is_there(frame)]
        self._say_what_is_there(len(chunk))
        return self._in_order(todo) if todo else []

    def _is_there(self, frame: int) -> bool:
        if self._destination.done_record(frame) is not None:
            self._verdict.reused.append(frame)
            return True
        if self._settings.existing == "keep" and self._adopt(frame):
            self._verdict.adopted.append(frame)
            return True
        return False

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

    def _say_what_is_there(self, total: int) -> None:
        if self._verdict.reused:
            frames = FrameSet.of(self._verdict.reused)
            log.info("reused: %d of %d frames are done already: %s", len(frames), total, frames)
        if self._verdict.adopted:
            frames = FrameSet.of(self._verdict.adopted)
            self._verdict.warn(
                f"adopted: {len(frames)} of {total} frames were there already and are kept, "
                f"whoever rendered them: {frames}"
            )

    def _in_order(self, todo: list[int]) -> list[int]:
        """The frames to render: those that an earlier attempt ended in come last, if at all."""
        self._read_notes(frozenset(todo))
        for frame, noted_frame in self.noted.items():
            if len(noted_frame.evidence) >= self._settings.frame_attempts:
                self._verdict.given_up[frame] = noted_frame.evidence[-1].splitlines()[0]
            elif noted_frame.evidence:
                log.warning("frame %d crashed Blender before; it is tried again, last", frame)
        fresh = [frame for frame in todo if frame not in self.noted]
        again = [frame for frame in todo if frame in self.noted]
        return fresh + [frame for frame in again if frame not in self._verdict.given_up]

    def _read_notes(self, todo: Container[int]) -> None:
        """Keep the notes of frames to render; those of frames that are done have nothing to tell.

        Their child was killed between the record and the end of its note.
        """
        own = frozenset(self._verdict.wanted)
        noted = self._destination.repeat(lambda: read_notes(self._destination.folder, own))
        for frame, noted_frame in noted.items():
            if frame in todo:
                self.noted[frame] = noted_frame
            else:
                remove_notes(self._destination.folder, noted_frame.notes)
