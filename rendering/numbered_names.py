"""Pure: file names that carry a number: one file for each frame, or for each UDIM tile."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath

_LAST_DIGITS = re.compile(r"(?P<head>.*?)(?P<digits>[0-9]+)(?P<tail>[^0-9]*)", re.DOTALL)
_FIRST_TILE = 1001
_TILES_IN_A_ROW = 10


@dataclass(frozen=True)
class NumberedName:
    """A file name of a sequence, such as ``smoke_0042.vdb``, without its number.

    The number is the last run of digits before the file's suffix; it is padded to `width` digits
    and may outgrow them (Blender: ``BLI_path_sequence_decode`` and ``_encode``).
    """

    head: str
    width: int
    tail: str

    @classmethod
    def read(cls, name: str) -> NumberedName | None:
        """The pattern that `name` is a member of; None where it has no number."""
        suffix = PurePosixPath(name).suffix
        match = _LAST_DIGITS.fullmatch(name.removesuffix(suffix))
        if match is None:
            return None
        return cls(match["head"], len(match["digits"]), match["tail"] + suffix)

    def numbered(self, number: int) -> str:
        """The name of the file with this number."""
        return f"{self.head}{number:0{self.width}d}{self.tail}"

    def members(self, names: Iterable[str]) -> list[str]:
        """Those of `names` that belong to the sequence, in the order of their numbers."""
        found = {}
        for name in names:
            digits = name[len(self.head) : len(name) - len(self.tail)]
            if digits.isdecimal() and name == self.numbered(int(digits)):
                found[int(digits)] = name
        return [found[number] for number in sorted(found)]


class Beyond(Enum):
    """What a sequence shows in the frames before its first file and after its last one."""

    NOTHING = "nothing"
    LAST_AFTER = "the last file afterwards"
    NEAREST = "the nearest file"
    REPEAT = "all of it again"
    PING_PONG = "all of it again, to and fro"


@dataclass(frozen=True)
class Playback:
    """How a sequence of `length` files is laid over the scene's frames from `first` on.

    The file shown at `first` has the number 1 + `offset`. Found by rendering coloured images and
    by reading back the frames of volumes, alike in Blender 4.2 and 5.0.
    """

    first: int
    length: int
    offset: int
    beyond: Beyond

    def numbers(self, frames: Iterable[int]) -> set[int]:
        """The numbers of the files that are seen in these frames."""
        places = {self._place(frame - self.first) for frame in frames} if self.length > 0 else set()
        return {place + 1 + self.offset for place in places if place is not None}

    def _place(self, place: int) -> int | None:
        last = self.length - 1
        if 0 <= place <= last:
            return place
        match self.beyond:
            case Beyond.REPEAT:
                return place % self.length
            case Beyond.PING_PONG:
                return last - abs(place % (2 * last) - last) if last else 0
            case Beyond.NEAREST:
                return min(max(place, 0), last)
            case Beyond.LAST_AFTER:
                return last if place > last else None
            case Beyond.NOTHING:
                return None


def tile_name(name: str, tile: int) -> str:
    """The name of a UDIM tile's file, where `name` holds ``<UDIM>`` or ``<UVTILE>``."""
    row, column = divmod(tile - _FIRST_TILE, _TILES_IN_A_ROW)
    return name.replace("<UDIM>", str(tile)).replace("<UVTILE>", f"u{column + 1}_v{row + 1}")
