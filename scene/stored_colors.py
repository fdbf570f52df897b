"""Pure: the names of color spaces, views, looks and displays that a .blend file stores.

Blender replaces a name that its OpenColorIO configuration has not, when it opens the file, and
keeps the other one alone. So the file itself is read, by its own description of its structures
(the block DNA1; Blender's doc/blender_file_format, and 5.0's longer heads of blocks). A compressed
file is unpacked where the module zstandard is there, as in Blender's own builds.
"""

from __future__ import annotations

import array
import contextlib
import importlib
import io
import math
import os
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from ..chunking.regular_files import open_regular

MOST_BYTES = 1 << 32
"""No block that counts is as long."""
MOST_BLOCKS = 1 << 22
"""So many are looked at, some ten seconds' work."""
ZSTD = b"\x28\xb5\x2f\xfd"

KINDS = {
    ("ColorManagedViewSettings", "view_transform"): "view",
    ("ColorManagedViewSettings", "look"): "look",
    ("ColorManagedDisplaySettings", "display_device"): "display",
    ("ColorManagedColorspaceSettings", "name"): "color space",
    ("NodeConvertColorSpace", "from_color_space"): "color space",
    ("NodeConvertColorSpace", "to_color_space"): "color space",
}
"""The fields that hold names, and of what."""
OVERRIDE = 1
"""The value of `color_management` with which an image format has settings of its own."""

_HEADERS = (
    (re.compile(rb"BLENDER-v[0-9]{3}"), struct.Struct("<4siQii"), (0, 1, 3)),
    (re.compile(rb"BLENDER17-01v[0-9]{4}"), struct.Struct("<4siQqq"), (0, 3, 1)),
)
"""Of little-endian files with pointers of 8 bytes, as all today's are: the beginning, the heads of
blocks, and where these have code, length and structure."""


class StoredName(NamedTuple):
    """One name in a .blend file."""

    owner: str
    """The data-block that stores it: two letters for its kind, and its name."""
    kind: str
    """view, look, display or color space."""
    name: str
    place: str
    """The fields that lead to it, such as ``view_settings.look``."""


def stored_names(path: Path) -> list[StoredName]:
    """All that the file stores, each once; none where it can't be read or isn't understood."""
    try:
        return list(dict.fromkeys(_names_in(path)))
    except (OSError, ValueError, struct.error, LookupError, RecursionError):
        return []


def _names_in(path: Path) -> Iterator[StoredName]:
    """The file is gone through twice, as its structures are described at its end."""
    blocks = _Blocks(path)
    structures = _Structures(blocks.description)
    owner = ""
    for number, content in blocks.of(structures.counts):
        if structures.begins_with_id(number):
            owner = structures.id_name(content)
        for field in structures.color_fields(number):
            name = _text(content, field.offset)
            if name and field.counts_in(content):
                yield StoredName(owner, field.kind, name, field.path)


class _Blocks:
    """The blocks of a file up to its last one: which structure each holds, and where it is.

    Raises ValueError for what is no .blend that is known.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.description = b""
        """The block that describes the structures."""
        self._numbers, self._places, self._lengths = (array.array("q") for _ in range(3))
        with _opened(path) as stream:
            self._find(stream)

    def of(self, counts: Callable[[int], bool]) -> Iterator[tuple[int, bytes]]:
        """Number and content of the blocks whose structure counts, in their order."""
        counting = {number for number in set(self._numbers) if counts(number)}
        with _opened(self._path) as stream:
            blocks = zip(self._numbers, self._places, self._lengths, strict=True)
            for number, place, length in blocks:
                if number in counting:
                    stream.seek(place)
                    yield number, stream.read(length)

    def _find(self, stream: BinaryIO) -> None:
        start = stream.read(len(b"BLENDER-v402"))
        if start.startswith(b"BLENDER1"):
            start += stream.read(len(b"v0500"))
        header = next((each for each in _HEADERS if each[0].fullmatch(start)), None)
        if header is None:
            raise ValueError("no .blend that is known")
        _, head, (code_at, length_at, number_at) = header
        place = len(start)
        for _ in range(MOST_BLOCKS):
            values = head.unpack(stream.read(head.size))
            code, length, number = values[code_at], values[length_at], values[number_at]
            if code == b"ENDB" or not 0 <= length < MOST_BYTES:
                return
            place += head.size
            if code == b"DNA1":
                self.description = stream.read(length)
            else:
                self._numbers.append(number)
                self._places.append(place)
                self._lengths.append(length)
                stream.seek(length, os.SEEK_CUR)
            place += length


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    unbuffered: Any = open_regular(path)
    with io.BufferedReader(unbuffered) as stream:
        if not stream.peek(len(ZSTD)).startswith(ZSTD):
            yield stream
            return
        try:
            zstandard: Any = importlib.import_module("zstandard")
        except ImportError:
            raise ValueError("nothing here unpacks it") from None
        unpacking = zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True)
        try:
            yield unpacking
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from None


def _text(content: bytes, offset: int) -> str:
    return content[offset : offset + 66].partition(b"\0")[0].decode("utf-8", "replace")


class _Field(NamedTuple):
    """Where in a structure one name stands."""

    path: str
    kind: str
    offset: int
    switch: int = -1
    """Offset of the byte that says whether the format around it has settings of its own."""

    def counts_in(self, content: bytes) -> bool:
        return self.switch < 0 or content[self.switch] == OVERRIDE


class _Structures:
    """A file's own description of its structures."""

    def __init__(self, dna: bytes) -> None:
        self._data, self._place = dna, 4
        self._fields = self._strings(b"NAME")
        self._types = self._strings(b"TYPE")
        self._skip(b"TLEN")
        self._sizes = struct.unpack_from(f"<{len(self._types)}H", dna, self._place)
        self._place += 2 * len(self._types)
        self._structures = self._read_structures()
        self._number_of = {kind: number for number, (kind, _) in enumerate(self._structures)}
        self._known: dict[int, list[_Field]] = {}

    def _skip(self, tag: bytes) -> None:
        self._place += -self._place % 4
        if self._data[self._place : self._place + 4] != tag:
            raise ValueError(f"no {tag!r} at byte {self._place} of its structures")
        self._place += 4

    def _strings(self, tag: bytes) -> list[str]:
        self._skip(tag)
        (count,) = struct.unpack_from("<i", self._data, self._place)
        self._place += 4
        *strings, rest = self._data[self._place :].split(b"\0", count)
        if len(strings) != count:
            raise ValueError(f"not all {count} words of {tag!r} are in its structures")
        self._place = len(self._data) - len(rest)
        return [each.decode("ascii") for each in strings]

    def _read_structures(self) -> list[tuple[int, list[tuple[int, int]]]]:
        self._skip(b"STRC")
        (total,) = struct.unpack_from("<i", self._data, self._place)
        self._place += 4
        structures = []
        for _ in range(total):
            kind, count = struct.unpack_from("<HH", self._data, self._place)
            flat = struct.unpack_from(f"<{2 * count}H", self._data, self._place + 4)
            structures.append((kind, list(zip(flat[::2], flat[1::2], strict=True))))
            self._place += 4 + 4 * count
        return structures

    def counts(self, number: int) -> bool:
        """Whether the blocks of a structure are to be read. Few of all that are described occur."""
        is_known = 0 <= number < len(self._structures)
        return is_known and (self.begins_with_id(number) or bool(self.color_fields(number)))

    def begins_with_id(self, number: int) -> bool:
        _, fields = self._structures[number]
        kind, name = fields[0] if fields else (0, 0)
        return self._types[kind] == "ID" and self._fields[name] == "id"

    def id_name(self, content: bytes) -> str:
        kind = self._types.index("ID")
        for name, _, offset in self._layout(self._number_of[kind]):
            if name == "name":
                return _text(content, offset)
        raise ValueError("an ID without a name")

    def color_fields(self, number: int) -> list[_Field]:
        """The names in a structure, those in structures inside it too."""
        if number not in self._known:
            self._known[number] = list(self._search(number))
        return self._known[number]

    def _search(self, number: int) -> Iterator[_Field]:
        own = self._types[self._structures[number][0]]
        layout = list(self._layout(number))
        switches = [offset for name, _, offset in layout if name == "color_management"]
        switch = switches[0] if switches else -1
        for name, kind, offset in layout:
            if (own, name) in KINDS:
                yield _Field(name, KINDS[own, name], offset)
            elif kind in self._number_of:
                for inner in self.color_fields(self._number_of[kind]):
                    inside = inner.switch + offset if inner.switch >= 0 else switch
                    yield _Field(f"{name}.{inner.path}", inner.kind, offset + inner.offset, inside)

    def _layout(self, number: int) -> Iterator[tuple[str, int, int]]:
        """Name, type and offset of each field that is no pointer."""
        offset = 0
        for kind, index in self._structures[number][1]:
            name = self._fields[index]
            count = 1
            if "[" in name:
                count = math.prod(map(int, re.findall(r"\[(\d+)\]", name)))
            is_pointer = name.startswith(("*", "(*"))
            if not is_pointer:
                yield name.partition("[")[0], kind, offset
            offset += count * (8 if is_pointer else self._sizes[kind])
