"""Pure: a whole film at a glance: what is done, in work, failed and missing, and what came last."""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..chunking.frames import FrameSet
from ..publishing.done_counter import DoneCounter
from ..publishing.durable import output_errors
from ..publishing.folder_handles import Odd
from ..publishing.formats import BrokenPicture, inspect_open
from ..publishing.output_folder import NOTES, OutputFolder, frame_of
from ..publishing.record import Record
from .children import VerdictReader

DONE, IN_WORK, FAILED, MISSING = "done", "in work", "failed", "missing"
STATES = (DONE, IN_WORK, FAILED, MISSING)
"""From the bottom of the strip to its top."""
COLORS = {
    DONE: (46, 158, 94, 255),
    IN_WORK: (86, 148, 242, 255),
    FAILED: (222, 72, 60, 255),
    MISSING: (92, 92, 92, 255),
}
"""Red, green, blue and opacity, to 255."""
TILES = 10
TILE_EDGE = 32
"""Pixels of a tile on each side."""
MOST_NEWEST = 4
MOST_PIXELS = 1 << 26
"""8192 x 8192: a small picture of a larger one is not worth its time."""


@dataclass(frozen=True)
class NewFrame:
    """A frame that is done: its number, its picture, and a word for what is in that."""

    frame: int
    picture: Path
    digest: str


@dataclass(frozen=True)
class FilmLook:
    """What a look at the output folder has told."""

    done: int
    """How many are done of the frames that were to be counted."""
    states: tuple[str, ...]
    """Of each frame of the film, in its order."""
    newest: tuple[NewFrame, ...]
    """The last of them first. Their pictures are whole."""

    @property
    def counts(self) -> dict[str, int]:
        """How many frames are in each state that there is."""
        counts = Counter(self.states)
        return {state: counts[state] for state in STATES if counts[state]}


class FilmWatch:
    """Looks again and again. Each record and verdict is read once, and of pictures the newest."""

    def __init__(self, folder: OutputFolder, film: FrameSet, counted: FrameSet) -> None:
        """`film` is all that is shown, `counted` what is counted as done."""
        self._folder = folder
        self._film = film
        self._counted = counted
        self._counter = DoneCounter(folder, film)
        self._verdicts = VerdictReader(folder)
        self._whole: dict[str, bool] = {}
        """Whether the newest pictures are whole, by digest."""

    def look(self, goes_on: bool) -> FilmLook | None:
        """What there is now; None: the folder is not there. Raises OutputFailed.

        Where the array does not go on, a frame that was begun is in nobody's work.
        """
        if self._counter.count() is None:
            return None
        try:
            records = self._counter.records
            in_work = self._noted() if goes_on else set()
            failed = self._failed()
            states = tuple(
                DONE if frame in records
                else IN_WORK if frame in in_work
                else FAILED if frame in failed
                else MISSING
                for frame in self._film
            )  # fmt: skip
            done = sum(frame in records for frame in self._counted)
            return FilmLook(done, states, tuple(self._newest(records)))
        finally:
            self._folder.held.let_go()  # it may be unmounted until the next look

    def _noted(self) -> set[int | None]:
        with output_errors(self._folder.notes, "read"):
            try:
                return {frame_of(name.split(".")[0]) for name in self._folder.held.names(NOTES)}
            except (FileNotFoundError, Odd):
                return set()

    def _failed(self) -> set[int]:
        """What children whose last start has failed did not deliver."""
        ours = ("", self._counter.fingerprint)  # one that ended early has none
        verdicts = [each for each in self._verdicts.read().verdicts if each.fingerprint in ours]
        last = {(each.child.size, each.child.index): each for each in verdicts}
        own, failed = frozenset(self._film), set[int]()
        for verdict in (each for each in last.values() if each.exit_code):
            failed.update(verdict.wanted.among(own))
        return failed

    def _newest(self, records: dict[int, Record]) -> Iterator[NewFrame]:
        newest = [records[frame] for frame in list(records)[: -MOST_NEWEST - 1 : -1]]
        digests = {record.files[0].digest for record in newest}
        self._whole = {each: known for each, known in self._whole.items() if each in digests}
        for record in newest:
            file = record.files[0]
            if file.digest not in self._whole:
                self._whole[file.digest] = self._is_whole(file.name)
            if self._whole[file.digest]:
                yield NewFrame(record.frame, self._folder.root / file.name, file.digest)

    def _is_whole(self, name: str) -> bool:
        """Blender's readers crash on what is not."""
        try:
            with self._folder.held.open(name) as file:
                picture = inspect_open(file)
        except (BrokenPicture, OSError):
            return False
        return picture.width * picture.height <= MOST_PIXELS


def tiles_of(states: Sequence[str]) -> tuple[bytes, ...]:
    """The strip as square pictures that stand side by side: four bytes a pixel, from the bottom.

    A column stands for as many frames as there have to be; each state that one of them is in is
    seen, however many they are.
    """
    columns = [_column(part) for part in _parts(states, TILES * TILE_EDGE)]
    tiles = []
    for start in range(0, len(columns), TILE_EDGE):
        part = columns[start : start + TILE_EDGE]
        rows = (column[row * 4 : row * 4 + 4] for row in range(TILE_EDGE) for column in part)
        tiles.append(b"".join(rows))
    return tuple(tiles)


def _parts(states: Sequence[str], count: int) -> Iterator[Sequence[str]]:
    for place in range(count):
        start = place * len(states) // count
        yield states[start : max(start + 1, (place + 1) * len(states) // count)]


def _column(states: Sequence[str]) -> bytes:
    there = [state for state in STATES if state in states]
    heights = {
        state: max(TILE_EDGE // 4, TILE_EDGE * states.count(state) // len(states))
        for state in there
    }
    most = max(heights, key=lambda state: heights[state])
    heights[most] += TILE_EDGE - sum(heights.values())
    return b"".join(bytes(COLORS[state]) * heights[state] for state in there)


def pixels_of(tile: bytes) -> array[int]:
    """A tile as Blender takes the pixels of an icon: one whole number each."""
    pixels = array("i", tile)
    if sys.byteorder == "big":
        pixels.byteswap()
    return pixels
