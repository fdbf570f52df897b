"""Pure: the report's page kept up to date while its array renders."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ..chunking.errors import ChunkError
from ..chunking.frames import FrameSet
from ..publishing.output_folder import OutputFolder
from ..publishing.places import report_path
from ..publishing.sheet_layout import even_spread
from ..report.facts import Facts, gather_facts
from ..report.live_facts import LiveFacts
from ..report.page import Surroundings, page, write_page
from ..report.thumbnails import SinglePictures

RENEWED_SECONDS = 5
"""How often a browser loads the page anew."""
MOST_NEWEST = 8
MOST_A_LOOK = 12
"""So many small pictures are made at one look; the others at the next ones."""

MakePicture = Callable[[int, Path], bytes]
"""Makes a frame's small picture as JPEG. Raises ChunkError where it can't."""

log = logging.getLogger(__name__)


class LiveReport:
    """One page, written anew whenever there is news. What can be seen of it is always whole."""

    def __init__(
        self,
        folder: OutputFolder,
        frames: FrameSet,
        rerun: Callable[[Facts], str],
        make_picture: MakePicture | None,
    ) -> None:
        """`rerun` gives the command that renders what is missing; without Blender no pictures."""
        self.target = report_path(folder.root)
        self._folder = folder
        self._frames = frames
        self._spread = frozenset(even_spread(frames))
        self._rerun = rerun
        self._make_picture = make_picture
        self._facts = LiveFacts(folder, frames)
        self._last: Facts | None = None
        self._kept: dict[int, bytes | None] = {}
        """Of each frame that is shown, or was, its small picture; None: there is none of it."""

    @property
    def is_complete(self) -> bool:
        """Whether all frames were done at the last look."""
        return self._facts.is_complete

    def look(self) -> None:
        """Read what is new, and write the page if anything is. Raises ChunkError."""
        news = self._facts.look()
        self._last = news or self._last
        made = self._make_pictures()
        if self._last is not None and (news is not None or made):
            self._write(self._last, RENEWED_SECONDS)

    def end(self, with_survey: bool) -> Facts | None:
        """Write the page as it is to stay. Raises ChunkError.

        With a survey of the whole folder, which is returned then, or as it was at the last look.
        """
        survey = gather_facts(self._folder, self._frames) if with_survey else None
        if facts := survey or self._last:
            self._write(facts, 0)
        return survey

    def _write(self, facts: Facts, renewed_seconds: int) -> None:
        why_not = "the report was made without Blender." if self._make_picture is None else ""
        pictures = SinglePictures(
            {frame: jpeg for frame in self._newest() if (jpeg := self._kept.get(frame))},
            {frame: jpeg for frame in sorted(self._spread) if (jpeg := self._kept.get(frame))},
        )
        shown = pictures if pictures.newest or pictures.spread else None
        around = Surroundings(
            datetime.now(UTC), self._rerun(facts), shown, why_not, renewed_seconds
        )
        write_page(self.target, page(facts, around))

    def _newest(self) -> list[int]:
        return list(self._facts.done)[-MOST_NEWEST:]

    def _make_pictures(self) -> bool:
        """Make those that are to be shown and were never made; whether there were any."""
        done, newest = self._facts.done, self._newest()
        shown = [*reversed(newest), *(frame for frame in self._spread if frame in done)]
        due = [frame for frame in dict.fromkeys(shown) if frame not in self._kept]
        for frame in due[:MOST_A_LOOK] if self._make_picture is not None else ():
            try:
                picture = self._folder.root / done[frame].files[0].name
                self._kept[frame] = self._make_picture(frame, picture)
            except ChunkError as error:
                log.warning("The report has no picture of frame %d: %s", frame, error)
                self._kept[frame] = None
        for frame in self._kept.keys() - self._spread - set(newest):
            self._kept[frame] = None  # it was shown, and is not made again
        return bool(due) and self._make_picture is not None
