"""The bytes of .blend files, made by hand: plain, and compressed by Zstandard."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from array_chunk_render.chunking.errors import BlendUnreadable
from array_chunk_render.command_line.blend_file import check_blend

CONTENTS = (b"x" * 264, b"", b"y" * 7, b"z" * 40_000)


def block(head: str, code: bytes, content: bytes) -> bytes:
    if head == "5.0":
        return struct.pack("<4siQqq", code, 3, 0x7F00, len(content), 1) + content
    return struct.pack(head, code, len(content), 0x7F00, 3, 1) + content


def plain(header: bytes = b"BLENDER-v402", head: str = "<4siQii") -> bytes:
    blocks = [block(head, b"DATA", content) for content in CONTENTS]
    return header + b"".join([*blocks, block(head, b"ENDB", b"")])


def frame(*blocks: tuple[int, bytes], checksum: bytes = b"", described: int = 0x20) -> bytes:
    """A frame of Zstandard: 0 a raw block, 1 a repeated byte, 2 a compressed block."""
    parts = [struct.pack("<IBB", 0xFD2FB528, described | 4 * bool(checksum), 99)]
    for number, (kind, content) in enumerate(blocks, start=1):
        size = 500 if kind == 1 else len(content)
        head = size << 3 | kind << 1 | (number == len(blocks))
        parts.append(head.to_bytes(3, "little") + content)
    return b"".join([*parts, checksum])


FRAMES = (
    frame((2, b"c" * 90)),
    frame((0, b"r" * 30), (1, b"b"), (2, b"c" * 70), checksum=b"sum!"),
    frame((0, b"r" * 500), (0, b"")),
)


def skippable(content: bytes) -> bytes:
    return struct.pack("<II", 0x184D2A5E, len(content)) + content


def table(frames: Sequence[bytes], checksums: bool = False) -> bytes:
    entries = b"".join(struct.pack("<II", len(each), 999) + b"sum!" * checksums for each in frames)
    return skippable(entries + struct.pack("<IBI", len(frames), 0x80 * checksums, 0x8F92EAB1))


SEEKABLE = b"".join([*FRAMES, table(FRAMES)])


def is_whole(home: Path, content: bytes) -> bool:
    path = home / "scene.blend"
    path.write_bytes(content)
    try:
        check_blend(path)
    except BlendUnreadable as error:
        assert error.exit_code == 66
        assert repr(str(path)) in str(error)
        assert "Upload it again" in str(error)
        return False
    return True


def bytes_read() -> int:
    """What this process has asked the system to read, by proc(5)."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["rchar"])
