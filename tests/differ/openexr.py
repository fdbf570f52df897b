"""Reading the values of OpenEXR files that are not compressed: all parts, layers and channels."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"\x76\x2f\x31\x01"
MULTIPART = 0x1000
BYTES_OF_TYPE = {0: 4, 1: 2, 2: 4}
CODES = {0: "I", 1: "e", 2: "f"}
"""Of the types of channels: whole numbers, halves and floats."""


@dataclass(frozen=True)
class Channel:
    name: str
    code: str
    data: bytes

    def values(self) -> tuple[float, ...]:
        count = len(self.data) // struct.calcsize(self.code)
        return struct.unpack(f"<{count}{self.code}", self.data)


class Reader:
    """Goes through the bytes of a file."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def number(self) -> int:
        self.at += 4
        return int(struct.unpack_from("<i", self.data, self.at - 4)[0])

    def text(self) -> str:
        end = self.data.index(0, self.at)
        text = self.data[self.at : end].decode()
        self.at = end + 1
        return text

    def header(self) -> dict[str, bytes]:
        """The attributes of one part; none: there is no further part."""
        attributes: dict[str, bytes] = {}
        while name := self.text():
            self.text()  # its type
            length = self.number()
            attributes[name] = self.data[self.at : self.at + length]
            self.at += length
        return attributes


def read_channels(path: Path) -> dict[str, Channel]:
    """All channels of a file by their names; the lines of each, one after the other.

    Raises ValueError for a file that is none, or is compressed.
    """
    reader = Reader(path.read_bytes())
    if reader.data[:4] != MAGIC:
        raise ValueError(f"{path} is no OpenEXR file")
    reader.at = 4
    is_multipart = bool(reader.number() & MULTIPART)
    headers = [reader.header()]
    while is_multipart and (header := reader.header()):
        headers.append(header)
    if any(header["compression"] != b"\0" for header in headers):
        raise ValueError(f"{path} is compressed")
    parts = [list(_channels(header)) for header in headers]
    sizes = [_size(header) for header in headers]
    reader.at += 8 * sum(height for _, height in sizes)
    lines: dict[tuple[int, int], list[bytes]] = {}
    for _ in range(sum(height for _, height in sizes)):
        number = reader.number() if is_multipart else 0
        reader.at += 8
        for place, (_, kind) in enumerate(parts[number]):
            length = BYTES_OF_TYPE[kind] * sizes[number][0]
            line = reader.data[reader.at : reader.at + length]
            lines.setdefault((number, place), []).append(line)
            reader.at += length
    found = {}
    for (number, place), each in lines.items():
        name, kind = parts[number][place]
        part = headers[number].get("name", b"").decode()
        full = name if name.startswith(part) else f"{part}.{name}"
        view = headers[number].get("view", b"").decode()
        found[f"{full}@{view}" if view else full] = Channel(full, CODES[kind], b"".join(each))
    return found


def _channels(header: dict[str, bytes]) -> Iterator[tuple[str, int]]:
    reader = Reader(header["channels"])
    while name := reader.text():
        yield name, reader.number()
        reader.at += 12


def _size(header: dict[str, bytes]) -> tuple[int, int]:
    left, top, right, bottom = struct.unpack("<4i", header["dataWindow"])
    return right - left + 1, bottom - top + 1
