"""What an output folder holds, judged by code that shares nothing with the product's.

Only what docs/OUTPUT_FOLDER.md tells other programs is used here: where records lie and what is in
them, and the PNG specification. Nothing of the package is imported.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PICTURE_SUFFIXES = {".png", ".exr", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".tga"}
PRIVATE = ".array_chunk"


class Half(Exception):
    """Raised for a file that is no whole PNG."""


def pixels_of(content: bytes) -> bytes:
    """The unpacked scanlines of a PNG. Raises Half unless it is whole, to its very last byte."""
    if not content.startswith(SIGNATURE):
        raise Half(f"{len(content)} bytes, no signature")
    packed, at, kind, header = b"", len(SIGNATURE), b"", b""
    while kind != b"IEND":
        if at + 12 > len(content):
            raise Half(f"cut off after {len(content)} bytes")
        (length,) = struct.unpack_from(">I", content, at)
        kind, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        if content[at + 8 + length : at + 12 + length] != struct.pack(
            ">I", zlib.crc32(kind + data)
        ):
            raise Half(f"a wrong check sum in {kind!r}")
        packed += data if kind == b"IDAT" else b""
        header = data if kind == b"IHDR" else header
        at += length + 12
    if at != len(content):
        raise Half("bytes behind its end")
    try:
        return header + zlib.decompress(packed)
    except zlib.error as error:
        raise Half(str(error)) from error


def pictures_in(folder: Path) -> Iterator[Path]:
    """All files that a reader would take for frames: by their suffix, wherever they lie."""
    for path in folder.rglob("*"):
        if path.suffix.lower() in PICTURE_SUFFIXES:
            yield path


@dataclass(frozen=True)
class Reference:
    """The film as Blender alone renders it."""

    pixels: dict[str, bytes]
    """By the picture's name below the output folder."""

    @classmethod
    def read(cls, folder: Path) -> Reference:
        return cls({name_in(folder, path): pixels_of(path.read_bytes())
                    for path in pictures_in(folder)})  # fmt: skip

    def files_of(self, frame: int) -> set[str]:
        return {name for name in self.pixels if Path(name).stem.endswith(f"{frame:05d}")}


def name_in(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


@dataclass
class Findings:
    """What an output folder holds."""

    done: set[int] = field(default_factory=set)
    """Frames whose record is there and true: every file with the recorded size and digest."""
    untrue: dict[int, str] = field(default_factory=dict)
    """Frames with a record that is not true of its files."""
    half: dict[str, str] = field(default_factory=dict)
    """Files under a final name that are not whole."""
    wrong: dict[str, str] = field(default_factory=dict)
    """Files that a true record names and that are not the picture that Blender alone renders."""
    strange: set[str] = field(default_factory=set)
    """Files that look like frames and are none of this film's."""


def look_at(output: Path, reference: Reference) -> Findings:
    """Look at everything in an output folder that no process writes to at the moment."""
    found = Findings()
    recorded = _read_records(output, reference, found)
    for path in pictures_in(output):
        name = name_in(output, path)
        if name not in reference.pixels:
            found.strange.add(name)
            continue
        try:
            pixels = pixels_of(path.read_bytes())
        except Half as half:
            found.half[name] = str(half)
            continue
        if name in recorded and pixels != reference.pixels[name]:
            found.wrong[name] = "other pixels than the reference's"
    return found


def _read_records(output: Path, reference: Reference, found: Findings) -> set[str]:
    recorded: set[str] = set()
    render = _pinned_render(output)
    for path in (output / PRIVATE / "frames").glob("*.json"):
        frame = int(path.stem)
        try:
            record = json.loads(path.read_bytes())
            wrong = _faults(output, record, reference.files_of(frame))
            of_this_render = render in (None, record["fingerprint"])
        except (ValueError, KeyError, TypeError) as error:
            found.half[name_in(output, path)] = repr(error)
            continue
        if not of_this_render:
            found.untrue[frame] = "it is of another render than the folder"
        elif wrong:
            found.untrue[frame] = wrong
        else:
            found.done.add(frame)
            recorded |= {each["name"] for each in record["files"]}
    return recorded


def _pinned_render(output: Path) -> str | None:
    """The fingerprint of the render that the folder is pinned for, if it can be read."""
    try:
        return str(json.loads((output / PRIVATE / "render.json").read_bytes())["fingerprint"])
    except (OSError, ValueError, KeyError):
        return None


def _faults(output: Path, record: dict[str, Any], wanted: set[str]) -> str:
    names = {each["name"] for each in record["files"]}
    if names != wanted:
        return f"it names {sorted(names)}, not {sorted(wanted)}"
    for each in record["files"]:
        path = output / each["name"]
        if not path.is_file():
            return f"{each['name']} is not there"
        content = path.read_bytes()
        if len(content) != each["size"] or hashlib.sha256(content).hexdigest() != each["digest"]:
            return f"{each['name']} holds other bytes"
    return ""
