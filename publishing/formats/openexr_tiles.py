"""Pure: the tiles of a tiled OpenEXR, of one or of many levels of resolution.

Blender writes scan lines; tiles come from other programs' pictures in the output folder.
Layout: "OpenEXR File Layout" and "Technical Introduction to OpenEXR" of the OpenEXR project.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .source import BrokenPicture

_ONE_LEVEL, _MIP_MAP, _RIP_MAP = range(3)


@dataclass(frozen=True)
class Tiling:
    """How a data window of `width` x `height` pixels is cut into tiles.

    `mode` is the last byte of the attribute: the kind of levels, plus 16 where the sizes of the
    smaller levels are rounded up. Raises BrokenPicture where no picture can be cut like that.
    """

    width: int
    height: int
    tile_width: int
    tile_height: int
    mode: int

    def __post_init__(self) -> None:
        kind, rounding = self.mode & 0xF, self.mode >> 4
        if min(self.tile_width, self.tile_height) < 1 or kind > _RIP_MAP or rounding > 1:
            raise BrokenPicture(
                f"the OpenEXR has tiles of {self.tile_width}x{self.tile_height} pixels in mode "
                f"{self.mode}, in its header from byte 8 on"
            )

    @property
    def count(self) -> int:
        """The number of tiles of all levels."""
        return sum(across * down for _, _, across, down in self._levels())

    def places(self) -> Iterator[tuple[int, int, int, int]]:
        """Column and row of each tile, x and y number of its level, in the offset table's order."""
        for level_x, level_y, across, down in self._levels():
            for row in range(down):
                for column in range(across):
                    yield column, row, level_x, level_y

    def _levels(self) -> Iterator[tuple[int, int, int, int]]:
        """x and y number of each level, and how many tiles it has across and down."""
        for level_x, level_y in self._level_numbers():
            across = _ceil_divide(self._reduced(self.width, level_x), self.tile_width)
            down = _ceil_divide(self._reduced(self.height, level_y), self.tile_height)
            yield level_x, level_y, across, down

    def _level_numbers(self) -> Iterator[tuple[int, int]]:
        kind = self.mode & 0xF
        if kind == _RIP_MAP:
            for level_y in range(self._level_count(self.height)):
                for level_x in range(self._level_count(self.width)):
                    yield level_x, level_y
        else:
            longest = max(self.width, self.height)
            for level in range(self._level_count(longest) if kind == _MIP_MAP else 1):
                yield level, level

    def _level_count(self, length: int) -> int:
        """1 + log2 of the length, rounded down or up."""
        return (length - 1).bit_length() + 1 if self._rounds_up else length.bit_length()

    def _reduced(self, length: int, level: int) -> int:
        halved = _ceil_divide(length, 1 << level) if self._rounds_up else length >> level
        return max(1, halved)

    @property
    def _rounds_up(self) -> bool:
        return self.mode >> 4 == 1


def _ceil_divide(length: int, part: int) -> int:
    return -(-length // part)
