"""Pure: file names that carry a number: one file for each frame, or for each UDIM tile."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import PurePosixPath
from typing import NamedTuple

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
    number: int = field(default=0, compare=False)
    """The one of the name that was read."""

    @classmethod
    def read(cls, name: str) -> NumberedName | None:
        """The pattern that `name` is a member of; None where it has no number."""
        suffix = PurePosixPath(name).suffix
        match = _LAST_DIGITS.fullmatch(name.removesuffix(suffix))
        if match is None:
            return None
        digits = match["digits"]
        return cls(match["head"], len(digits), match["tail"] + suffix, int(digits))

    def numbered(self, number: int) -> str:
        """The name of the file with this number."""
        return f"{self.head}{number:0{self.width}d}{self.tail}"

    def members(self, names: Iterable[str]) -> list[str]:
        """Those of `names` that belong to the sequence, in the order of their numbers."""
        return [self.numbered(number) for number in self.numbers(names)]

    def numbers(self, names: Iterable[str]) -> list[int]:
        """The numbers of those of `names` that belong to the sequence, in their order."""
        numbers = set()
        for name in names:
            digits = name[len(self.head) : len(name) - len(self.tail)]
            if digits.isdecimal() and name == self.numbered(int(digits)):
                numbers.add(int(digits))
        return sorted(numbers)


class FrameFiles(NamedTuple):
    """The files of a baked cache, one for each of the `baked` frames.

    `head` and `tail` are patterns as in fnmatch, around the frame's number of `width` digits.
    """

    head: str
    width: int
    tail: str
    baked: range | None
    """None: from the first one that is there to the last."""

    def lacking(self, names: Collection[str], frames: Iterable[int]) -> list[str]:
        """The patterns that none of `names` matches, for what is read in these frames.

        Before its first and after its last frame a cache is read there. Between frames that a
        cache leaves out on purpose (its step) nothing is wanted.
        """
        baked = self._those_there(names) if self.baked is None else self.baked
        if not baked:
            return []
        first, last = baked[0], baked[-1]
        read = {min(max(frame, first), last) for frame in frames}
        patterns = [
            f"{self.head}{frame:0{self.width}d}{self.tail}"
            for frame in sorted(read.intersection(baked))
        ]
        return [pattern for pattern in patterns if not fnmatch.filter(names, pattern)]

    def _those_there(self, names: Iterable[str]) -> range:
        pattern = fnmatch.translate(f"{self.head}\0{self.tail}").replace("\0", r"([0-9]+)")
        matches = filter(None, map(re.compile(pattern).match, names))
        numbers = {int(match[1]) for match in matches if len(match[1]) >= self.width}
        return range(min(numbers), max(numbers) + 1) if numbers else range(0)


class Beyond(Enum):
    """What a sequence shows in the frames before its first file and after its last one."""

    NOTHING = "nothing"
    LAST_AFTER = "the last file afterwards"
    NEAREST = "the nearest file"
    REPEAT = "all of it again"
    PING_PONG = "all of it again, to and fro"


class Playback(NamedTuple):
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
