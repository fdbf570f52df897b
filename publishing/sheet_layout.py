"""Pure: which frames a contact sheet shows, and where on it each one goes.

Lengths are pixels. Places count from the middle of the sheet, x to the right and y upwards, as
Blender's sequencer does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

MOST_PICTURES = 48
COLUMNS = 8
LONGEST_EDGE = 240
NARROWEST_CELL = 160
"""Room for a label of seven digits, a sign and the word "missing"."""
LABEL_HEIGHT = 28
GAP = 12

Item = TypeVar("Item")


class Cell(NamedTuple):
    """Where a picture and the label below it have their middles."""

    x: float
    picture_y: float
    label_y: float


@dataclass(frozen=True)
class SheetLayout:
    """A grid that is filled row by row, from the top left."""

    count: int
    picture_width: int
    picture_height: int

    @property
    def scale(self) -> float:
        """What a picture's size is multiplied by. Small pictures are not enlarged."""
        return min(1.0, LONGEST_EDGE / max(self.picture_width, self.picture_height))

    @property
    def columns(self) -> int:
        return min(self.count, COLUMNS)

    @property
    def rows(self) -> int:
        return -(-self.count // COLUMNS)

    @property
    def width(self) -> int:
        return GAP + self.columns * self._step_x

    @property
    def height(self) -> int:
        return GAP + self.rows * self._step_y

    @property
    def thumbnail_part(self) -> tuple[float, float]:
        """Width and height of a picture as it is shown, as parts of the sheet's."""
        return (
            self.picture_width * self.scale / self.width,
            self.picture_height * self.scale / self.height,
        )

    @property
    def _thumbnail_height(self) -> int:
        return max(1, round(self.picture_height * self.scale))

    @property
    def _step_x(self) -> int:
        return max(NARROWEST_CELL, round(self.picture_width * self.scale)) + GAP

    @property
    def _step_y(self) -> int:
        return self._thumbnail_height + LABEL_HEIGHT + GAP

    def cell(self, place: int) -> Cell:
        """Where the picture at `place` goes, counted from 0."""
        row, column = divmod(place, self.columns)
        left = GAP + column * self._step_x
        top = self.height / 2 - GAP - row * self._step_y
        return Cell(
            x=left + (self._step_x - GAP) / 2 - self.width / 2,
            picture_y=top - self._thumbnail_height / 2,
            label_y=top - self._thumbnail_height - LABEL_HEIGHT / 2,
        )


def even_spread(items: Sequence[Item], most: int = MOST_PICTURES) -> list[Item]:
    """At most `most` of the items, evenly spread, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    last = len(items) - 1
    return [items[place * last // (most - 1)] for place in range(most)]
