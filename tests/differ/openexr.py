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

    def take(self, length: int) -> bytes:
        self.at += length
        return self.data[self.at - length : self.at]

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
            attributes[name] = self.take(self.number())
        return attributes


@dataclass(frozen=True)
class Part:
    """One part of a file: its name (of single parts: none), size and channels with their types."""

    prefix: str
    view: str
    width: int
    height: int
    channels: list[tuple[str, int]]

    @classmethod
    def of(cls, header: dict[str, bytes]) -> Part:
        if header["compression"] != b"\0":
            raise ValueError("an OpenEXR file that is compressed")
        left, top, right, bottom = struct.unpack("<4i", header["dataWindow"])
        prefix, view = (header.get(name, b"").decode() for name in ("name", "view"))
        channels = list(_channels(header))
        return cls(prefix, view, right - left + 1, bottom - top + 1, channels)

    def full(self, name: str) -> str:
        """A channel's name with those of its part and its view."""
        whole = name if name.startswith(self.prefix) else f"{self.prefix}.{name}"
        return f"{whole}@{self.view}" if self.view else whole


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
    parts = [Part.of(header) for header in headers]
    data: dict[str, tuple[int, bytearray]] = {}
    lines = sum(part.height for part in parts)
    reader.at += 8 * lines  # where each line is: they follow one another anyway
    for _ in range(lines):
        part = parts[reader.number() if is_multipart else 0]
        reader.at += 8  # which line, and its length
        for name, kind in part.channels:
            length = BYTES_OF_TYPE[kind] * part.width
            data.setdefault(part.full(name), (kind, bytearray()))[1].extend(reader.take(length))
    return {name: Channel(name, CODES[kind], bytes(line)) for name, (kind, line) in data.items()}


def _channels(header: dict[str, bytes]) -> Iterator[tuple[str, int]]:
    reader = Reader(header["channels"])
    while name := reader.text():
        yield name, reader.number()
        reader.at += 12
