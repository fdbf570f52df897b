"""Pure: is this TIFF whole? Every directory, every value, every strip or tile inside the file.

Layout: TIFF 6.0 (Adobe), sections 2 and 15; BigTIFF: libtiff's description. A TIFF may have bytes
that nothing points to, and its end is nowhere written down: a cut is seen because it takes away
something that is pointed to. In every TIFF that Blender writes, the last byte is such a one.
Changed bytes inside the pixels are not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Literal, NamedTuple

from .source import BrokenPicture, Source

_MOST_DIRECTORIES = 16
_MOST_ENTRIES = 1024
_MOST_VALUES = 256 * 1024
"""Far above what any writer needs; they keep a directory of lies from taking minutes."""
_MOST_SHOWN = 4
"""How many values a message shows."""

_WIDTH, _HEIGHT, _SAMPLES, _PLANES = 256, 257, 277, 284
_STRIP_OFFSETS, _ROWS_PER_STRIP, _STRIP_BYTES = 273, 278, 279
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES = 322, 323, 324, 325
_VALUE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_VALUE_BYTES |= {16: 8, 17: 8, 18: 8}
_LETTERS = {1: "B", 3: "H", 4: "I", 16: "Q"}
"""The types that a size or a place may have: BYTE, SHORT, LONG, LONG8."""
_NEEDED = frozenset(
    {_WIDTH, _HEIGHT, _SAMPLES, _PLANES, _STRIP_OFFSETS, _ROWS_PER_STRIP, _STRIP_BYTES}
    | {_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES}
)
_SEPARATE_PLANES = 2


@dataclass(frozen=True)
class _Layout:
    """How one of the four kinds of TIFF writes its numbers."""

    order: Literal["<", ">"]
    offset_letter: Literal["I", "Q"]

    @property
    def offset(self) -> Struct:
        return Struct(self.order + self.offset_letter)

    @property
    def count(self) -> Struct:
        """How many entries a directory has."""
        return Struct(self.order + ("H" if self.offset_letter == "I" else "Q"))

    @property
    def entry(self) -> Struct:
        """Tag, type, number of values, and the values or their place."""
        inline = self.offset.size
        return Struct(f"{self.order}HH{self.offset_letter}{inline}s")


_LAYOUTS = {
    b"II*\0": _Layout("<", "I"),
    b"MM\0*": _Layout(">", "I"),
    b"II+\0": _Layout("<", "Q"),
    b"MM\0+": _Layout(">", "Q"),
}


class _Directory(NamedTuple):
    """What the directory at byte `start` says of one picture: the values of its tags."""

    start: int
    values: dict[int, tuple[int, ...]]

    def one(self, tag: int, default: int | None = None) -> int:
        """The one value of a tag, which is positive, and is there unless it has a default."""
        values = self.values.get(tag) or ((default,) if default is not None else ())
        if len(values) != 1 or values[0] < 1:
            more = len(values) - _MOST_SHOWN
            raise BrokenPicture(
                f"tag {tag} of the TIFF's directory at byte {self.start} is {values[:_MOST_SHOWN]}"
                + (f" and {more} more" if more > 0 else "")
            )
        return values[0]

    def pieces(self) -> tuple[int, Sequence[int], Sequence[int]]:
        """How many strips or tiles there are to be; their places; their lengths."""
        count = self.one(_SAMPLES, 1) if self.one(_PLANES, 1) == _SEPARATE_PLANES else 1
        if _TILE_OFFSETS in self.values:
            count *= _parts(self.one(_WIDTH), self.one(_TILE_WIDTH))
            count *= _parts(self.one(_HEIGHT), self.one(_TILE_HEIGHT))
            return count, self.values[_TILE_OFFSETS], self.values.get(_TILE_BYTES, ())
        height = self.one(_HEIGHT)
        count *= _parts(height, self.one(_ROWS_PER_STRIP, height))
        return count, self.values.get(_STRIP_OFFSETS, ()), self.values.get(_STRIP_BYTES, ())


def _parts(length: int, part: int) -> int:
    return -(-length // part)


def recognises(start: bytes) -> bool:
    """True for the first bytes of a TIFF or BigTIFF, of either byte order."""
    return start[:4] in _LAYOUTS


def measure(source: Source) -> tuple[int, int]:
    """Width and height of the first picture. Raises BrokenPicture where one is not whole."""
    layout = _LAYOUTS[source.read(0, 4, "the TIFF's header")]
    sizes = []
    for directory in _directories(source, layout):
        _check_pieces(source, directory)
        sizes.append((directory.one(_WIDTH), directory.one(_HEIGHT)))
    if not sizes:
        raise BrokenPicture("the TIFF has no directory: its writer did not finish, at byte 4")
    return sizes[0]


def _directories(source: Source, layout: _Layout) -> Iterator[_Directory]:
    """The directories, each of which says where the next one is."""
    pointer = 4 if layout.offset_letter == "I" else 8
    seen: set[int] = set()
    while True:
        (start,) = source.unpack(layout.offset, pointer, "a pointer to a TIFF directory")
        if start == 0:
            return
        if start in seen or len(seen) == _MOST_DIRECTORIES:
            raise BrokenPicture(f"the TIFF's directories go round in a circle, at byte {start}")
        seen.add(start)
        (count,) = source.unpack(layout.count, start, "a TIFF directory's length")
        if count > _MOST_ENTRIES:
            raise BrokenPicture(f"a TIFF directory claims {count} entries, at byte {start}")
        yield _read_directory(source, layout, start, count)
        pointer = start + layout.count.size + count * layout.entry.size


def _read_directory(source: Source, layout: _Layout, start: int, count: int) -> _Directory:
    """The tags that matter here; the values of all tags are checked to be in the file."""
    directory = _Directory(start, {})
    table_bytes = count * layout.entry.size
    table = source.read(start + layout.count.size, table_bytes, "a TIFF directory")
    for tag, kind, number, inline in layout.entry.iter_unpack(table):
        what = f"the TIFF's value of tag {tag}"
        length = number * _VALUE_BYTES.get(kind, 0)
        is_inline = length <= len(inline)
        place = 0 if is_inline else layout.offset.unpack(inline)[0]
        source.need(place, length, what)
        if tag not in _NEEDED or kind not in _LETTERS:
            continue
        if tag in directory.values or number > _MOST_VALUES:
            raise BrokenPicture(f"{what} is there twice or {number} long, after byte {start}")
        raw = inline[:length] if is_inline else source.read(place, length, what)
        directory.values[tag] = Struct(f"{layout.order}{number}{_LETTERS[kind]}").unpack(raw)
    return directory


def _check_pieces(source: Source, directory: _Directory) -> None:
    """Raise unless all strips or tiles are there, each written and inside the file."""
    count, offsets, lengths = directory.pieces()
    if count != len(offsets) or count != len(lengths):
        raise BrokenPicture(
            f"the TIFF's directory at byte {directory.start} lists {len(offsets)} places and "
            f"{len(lengths)} lengths of its {count} strips or tiles"
        )
    for number, (offset, length) in enumerate(zip(offsets, lengths, strict=True)):
        what = f"strip or tile {number} of the TIFF"
        if offset == 0 or length == 0:
            raise BrokenPicture(f"{what} was never written, says byte {directory.start} and on")
        source.need(offset, length, what)
