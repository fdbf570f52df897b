"""Pure: the record of a frame, written after all of its files are in place: the commit."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO

from .durable import digest_of, fill_and_name, output_errors, write_whole
from .output_folder import PRIVATE, OutputFolder

NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL})
"""What the system answers where no file can be of a name."""


@dataclass(frozen=True)
class RecordedFile:
    """One published file: its name below the output folder, size in bytes, time, digest."""

    name: str
    size: int
    mtime_ns: int
    digest: str


@dataclass(frozen=True)
class Record:
    """What is known of one finished frame."""

    frame: int
    fingerprint: str
    render_id: str
    files: tuple[RecordedFile, ...]
    seconds: float = 0.0
    child: str = ""
    attempt: int = 1
    process: str = ""
    adopted: bool = False
    """True for a picture that was there already and was kept, whoever rendered it."""

    def to_json(self) -> bytes:
        return json.dumps(dataclasses.asdict(self), indent=1).encode()


def record_from_json(content: bytes) -> Record:
    """The record that these bytes hold. Raises ValueError where they hold none."""
    try:
        fields = json.loads(content)
        files = tuple(RecordedFile(**each) for each in fields.pop("files"))
        record = Record(files=files, **fields)
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    _check_types(record)
    return record


def _check_types(record: Record) -> None:
    texts = isinstance(record.fingerprint, str) and isinstance(record.render_id, str)
    fits = isinstance(record.frame, int) and texts
    if not (fits and record.files and all(map(_is_sound, record.files))):
        raise ValueError("not a record")


def _is_sound(file: RecordedFile) -> bool:
    texts = isinstance(file.name, str) and isinstance(file.digest, str)
    numbers = isinstance(file.size, int) and isinstance(file.mtime_ns, int)
    # A name leads to reading and deleting: it must not lead out of the folder.
    return texts and numbers and is_inside(file.name)


def is_inside(name: str) -> bool:
    """Whether a published name stays below the output folder, and out of its private folder."""
    path = PurePath(name)  # as this system reads it: Windows knows drives and another slash
    if path.anchor or not path.parts or ".." in path.parts:
        return False
    return path.parts[0].casefold() != PRIVATE and _can_be_a_name(name)


def _can_be_a_name(name: str) -> bool:
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:  # JSON can hold half characters
        return False


def read_record(folder: OutputFolder, frame: int) -> Record | None:
    """The frame's record, or None where there is none that can be read.

    Raises OutputFailed where the file system answers with an error.
    """
    path = folder.record(frame)
    with output_errors(path, "read"):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
    try:
        record = record_from_json(content)
    except ValueError:
        # A record that can't be read proves nothing: its frame counts as not done.
        return None
    return record if record.frame == frame else None


def write_record(folder: OutputFolder, record: Record) -> None:
    """Write the record: from here on the frame is done. Raises OutputFailed."""
    path = folder.record(record.frame)
    with output_errors(path, "write"):
        write_whole(path, record.to_json(), folder.temporaries)


def write_record_into(file: BinaryIO, folder: OutputFolder, record: Record) -> None:
    """The same, into a new file of the output folder's file system, which was opened before."""
    path = folder.record(record.frame)
    with output_errors(path, "write"):
        fill_and_name(file, record.to_json(), path)


def look_at(folder: OutputFolder, name: str) -> os.stat_result | None:
    """The state of a published file, or None where no file is there."""
    try:
        there = os.stat(folder.root / name)
    except OSError as error:
        if error.errno not in NOT_THERE:
            raise
        return None
    return there if stat.S_ISREG(there.st_mode) else None


def faults(
    folder: OutputFolder, record: Record, digest: Callable[[Path], str] = digest_of
) -> list[str]:
    """What the record says of its files and is not so; empty: all are as recorded.

    Size and time are enough where both are as recorded. Another time alone may be a copy or a
    restore, so then the bytes decide. Raises OutputFailed where a file can't be looked at.
    """
    found = []
    for file in record.files:
        path = folder.root / file.name
        with output_errors(path, "read"):
            there = look_at(folder, file.name)
            if there is None:
                found.append(f"{file.name} is not there")
            elif there.st_size != file.size:
                found.append(f"{file.name} has {there.st_size} bytes, not {file.size}")
            elif there.st_mtime_ns != file.mtime_ns and digest(path) != file.digest:
                found.append(f"{file.name} holds other bytes than those recorded")
    return found


def is_done(folder: OutputFolder, record: Record | None, fingerprint: str) -> bool:
    """Whether the frame is done: a record of this very render, and every file as recorded."""
    return record is not None and record.fingerprint == fingerprint and not faults(folder, record)
