"""Pure: the bakes of geometry nodes that are inside a .blend which isn't compressed.

A .blend describes its own structures, in its block DNA1 (Blender's doc/blender_file_format): so the
place of a field is looked up, whatever Blender wrote it. Files of 64-bit machines only.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ...chunking.regular_files import open_regular

_HEAD = struct.Struct("<4siQii")
"""Code, length, address, structure, number; before Blender 5.0."""
_HEAD_5 = struct.Struct("<4siQqq")
"""Code, structure, address, length, number."""
_HEADER, _HEADER_5 = 12, 17
"""Bytes before the first block."""
_MAGIC_5 = b"BLENDER17"

STRUCTURE = "NodesModifierBake"


MOST_BYTES = 64 << 20
"""No description of structures is longer, and no block of bakes."""


class _Block(NamedTuple):
    """A block of the file, of which only the head has been read."""

    code: bytes
    structure: int
    number: int
    start: int
    length: int

    def is_bake(self, layout: _Layout) -> bool:
        return self.code == b"DATA" and self.structure == layout.index

    def read(self, file: BinaryIO) -> bytes:
        """Its data. Raises ValueError where the file can't hold so much, or nobody needs it."""
        if not 0 <= self.length <= MOST_BYTES:
            raise ValueError(f"a block of {self.length} bytes")
        file.seek(self.start)
        return file.read(self.length)


def packed_bake_ids(path: Path) -> frozenset[int]:
    """The ids of all bakes that hold their frames inside this file.

    Heads of blocks are read, and those blocks that matter: such a file can be of gigabytes.
    Raises OSError where it can't be read, ValueError or struct.error where it isn't a .blend.
    """
    with open_regular(path) as file:
        layout = _Layout()
        for block in _blocks(file):
            if block.code == b"DNA1":
                layout = _Layout.read(block.read(file))
        bakes = [each for each in _blocks(file) if each.is_bake(layout)]
        return frozenset(
            bake_id for block in bakes for bake_id in layout.packed(block.number, block.read(file))
        )


def _blocks(file: BinaryIO) -> Iterator[_Block]:
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    is_5 = file.read(len(_MAGIC_5)) == _MAGIC_5
    head, at = (_HEAD_5, _HEADER_5) if is_5 else (_HEAD, _HEADER)
    while at < size:
        file.seek(at)
        code, *fields = head.unpack(file.read(head.size))
        structure, length = (fields[0], fields[2]) if is_5 else (fields[2], fields[0])
        at += head.size
        if code == b"ENDB":
            return
        if length < 0:
            raise ValueError(f"a block of {length} bytes")
        yield _Block(code, structure, fields[3], at, length)
        at += length


@dataclass(frozen=True)
class _Layout:
    """Where the two fields of a bake lie."""

    index: int = -1
    """Number of its structure in this file; -1: this Blender has none."""
    size: int = 0
    id_at: int = 0
    packed_at: int = 0

    @classmethod
    def read(cls, dna: bytes) -> _Layout:
        names, types, sizes, structures = _parts(dna)
        for index, (kind, fields) in enumerate(structures):
            if types[kind] != STRUCTURE:
                continue
            places: dict[str, int] = {}
            at = 0
            for field_type, field_name in fields:
                name = names[field_name]
                places[name] = at
                count = math.prod(int(each.rstrip("]")) for each in name.split("[")[1:])
                at += count * (8 if name.startswith(("*", "(")) else sizes[field_type])
            if "*packed" in places:
                return cls(index, sizes[kind], places["id"], places["*packed"])
        return cls()

    def packed(self, count: int, data: bytes) -> Iterator[int]:
        """The ids of those of the `count` bakes of a block that are inside the file."""
        for number in range(count):
            start = number * self.size
            (pointer,) = struct.unpack_from("<Q", data, start + self.packed_at)
            if pointer:
                yield struct.unpack_from("<i", data, start + self.id_at)[0]


Structures = list[tuple[int, list[tuple[int, int]]]]


def _parts(dna: bytes) -> tuple[list[str], list[str], list[int], Structures]:
    names, at = _texts(dna, dna.index(b"NAME") + 4)
    types, at = _texts(dna, at + 4)
    sizes = list(struct.unpack_from(f"<{len(types)}h", dna, at + 4))
    at = _aligned(at + 4 + 2 * len(types))
    (count,) = struct.unpack_from("<i", dna, at + 4)
    at += 8
    structures: Structures = []
    for _ in range(count):
        kind, number = struct.unpack_from("<hh", dna, at)
        flat = struct.unpack_from(f"<{2 * number}h", dna, at + 4)
        structures.append((kind, list(zip(flat[::2], flat[1::2], strict=True))))
        at += 4 + 4 * number
    return names, types, sizes, structures


def _texts(dna: bytes, at: int) -> tuple[list[str], int]:
    (count,) = struct.unpack_from("<i", dna, at)
    at += 4
    texts = []
    for _ in range(count):
        end = dna.index(b"\0", at)
        texts.append(dna[at:end].decode())
        at = end + 1
    return texts, _aligned(at)


def _aligned(at: int) -> int:
    return (at + 3) // 4 * 4
