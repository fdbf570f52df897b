"""Pure: the record of a frame, written after all of its files are in place: the commit."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath
from typing import Any, BinaryIO

from ..chunking.file_names import is_one_name
from ..chunking.runs import FRAME_LIMIT
from .durable import digest_of_open, fill_and_name, output_errors, write_whole
from .folder_handles import Odd
from .json_object import MOST_NAME, MOST_NUMBER, MOST_SECONDS, json_object, number_in, text_in
from .output_folder import PRIVATE, TEMPORARIES, OutputFolder, record_name

MOST_BYTES = 16 << 20
"""No record is longer: a frame has some files, each of them a line."""
MOST_FILES = 10_000
"""More than one frame has: each pass of each layer and view is one."""
MOST_PATH, MOST_PART = 4096, 255
"""Bytes of a name below the folder, and of one part of it: no file system takes more."""
MOST_FRAME_BYTES = 64 << 30
"""No frame has more, with all its layers; one that is said to may be read for hours."""
MOST_NANOSECONDS = (1 << 63) - 1
"""What a file system's time is from 1970 at the most, on either side."""
NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL})
"""What the system answers where no file can be of a name."""


@dataclass(frozen=True)
class RecordedFile:
    """One published file: its name below the output folder, size in bytes, time, digest."""

    name: str
    size: int
    mtime_ns: int
    digest: str


_FILE_FIELDS = {field.name for field in dataclasses.fields(RecordedFile)}


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
    fields = json_object(content)
    unknown = fields.keys() - {field.name for field in dataclasses.fields(Record)}
    files = fields.get("files")
    if unknown or not isinstance(files, list) or not 0 < len(files) <= MOST_FILES:
        raise ValueError("not a record")
    adopted = fields.get("adopted", False)
    if not isinstance(adopted, bool):
        raise ValueError("adopted is neither true nor false")
    recorded = tuple(map(_file, files))
    _refuse_shared_bytes(recorded)
    return Record(
        frame=_whole(fields, "frame", -FRAME_LIMIT, FRAME_LIMIT),
        fingerprint=_text(fields, "fingerprint"),
        render_id=_text(fields, "render_id"),
        files=recorded,
        seconds=number_in(fields, "seconds", MOST_SECONDS),
        child=text_in(fields, "child"),
        attempt=_whole({"attempt": 1, **fields}, "attempt", 0, MOST_NUMBER),
        process=text_in(fields, "process", MOST_NAME),
        adopted=adopted,
    )


def _file(fields: Any) -> RecordedFile:
    if not isinstance(fields, dict) or fields.keys() != _FILE_FIELDS:
        raise ValueError("not a recorded file")
    name = _text(fields, "name")
    if not is_inside(name):  # a name leads to reading and deleting
        raise ValueError("a file's name leads out of the folder")
    return RecordedFile(
        name=name,
        size=_whole(fields, "size", 0, MOST_FRAME_BYTES),
        mtime_ns=_whole(fields, "mtime_ns", -MOST_NANOSECONDS, MOST_NANOSECONDS),
        digest=_text(fields, "digest"),
    )


def _refuse_shared_bytes(files: Sequence[RecordedFile]) -> None:
    """Raise ValueError for files of which one is another, or its folder, or that have no end."""
    names = {file.name for file in files}
    if len(names) < len(files):
        raise ValueError("a file is there twice")
    if not names.isdisjoint(str(above) for name in names for above in PurePosixPath(name).parents):
        raise ValueError("a file is another one's folder")
    if sum(file.size for file in files) > MOST_FRAME_BYTES:
        raise ValueError("its files are too long")


def _text(fields: Mapping[str, Any], name: str) -> str:
    if name not in fields:
        raise ValueError(f"{name} is missing")
    return text_in(fields, name)


def _whole(fields: Mapping[str, Any], name: str, least: int, most: int) -> int:
    value = fields.get(name)
    if type(value) is not int or not least <= value <= most:  # a bool is an int, too
        raise ValueError(f"{name} is no possible number")
    return value


def is_inside(name: str, flavour: type[PurePath] = PurePath) -> bool:
    """Whether a published name stays below the output folder, and out of its private folder.

    Only as it is when nothing in it is superfluous: so that no file has two names.
    """
    try:
        parts = [os.fsencode(part) for part in name.split("/")]
    except UnicodeEncodeError:  # JSON can hold half characters
        return False
    if any(b"\0" in part or len(part) > MOST_PART for part in parts):
        return False
    if sum(map(len, parts)) + len(parts) > MOST_PATH:
        return False
    path = flavour(name)  # as this system reads it: Windows knows drives and another slash
    if path.anchor or not path.parts or path.as_posix() != name:
        return False
    if not all(is_one_name(part, flavour) for part in path.parts):
        return False
    return path.parts[0].casefold() != PRIVATE


def read_record(folder: OutputFolder, frame: int) -> Record | None:
    """The frame's record, or None where there is none that can be read.

    Raises OutputFailed where the file system answers with an error.
    """
    with output_errors(folder.record(frame), "read"):
        try:
            record = record_from_json(folder.held.read(record_name(frame), MOST_BYTES))
        except (FileNotFoundError, Odd, ValueError):
            # A record that can't be read proves nothing: its frame counts as not done.
            return None
    return record if record.frame == frame else None


def write_record(folder: OutputFolder, record: Record) -> None:
    """Write the record: from here on the frame is done. Raises OutputFailed."""
    with output_errors(folder.record(record.frame), "write"):
        write_whole(folder.held, record_name(record.frame), record.to_json(), TEMPORARIES)


def write_record_into(file: BinaryIO, temporary: str, folder: OutputFolder, record: Record) -> None:
    """Write the record as `write_record` does, by a file there that was opened as `temporary`."""
    name = record_name(record.frame)
    with output_errors(folder.held.path(name), "write"):
        fill_and_name(folder.held, file, temporary, record.to_json(), name)


def look_at(folder: OutputFolder, name: str) -> os.stat_result | None:
    """The state of a published file, or None where no file is there, or only a link to one."""
    try:
        there = folder.held.look_at(name)
    except OSError as error:
        if error.errno not in NOT_THERE:
            raise
        return None
    return there if stat.S_ISREG(there.st_mode) else None


def digest_of_published(folder: OutputFolder, name: str) -> str:
    """SHA-256 of a published file's bytes. Raises OSError."""
    with folder.held.open(name) as file:
        return digest_of_open(file)


def faults(folder: OutputFolder, record: Record) -> list[str]:
    """What the record says of its files and is not so; empty: all are as recorded.

    Size and time are enough where both are as recorded. Another time alone may be a copy or a
    restore, so then the bytes decide. Raises OutputFailed where a file can't be looked at.
    """
    wrong = []
    for file in record.files:
        with output_errors(folder.held.path(file.name), "read"):
            there = look_at(folder, file.name)
            if there is None:
                wrong.append(f"{file.name} is not there")
            elif there.st_size != file.size:
                wrong.append(f"{file.name} has {there.st_size} bytes, not {file.size}")
            elif (
                there.st_mtime_ns != file.mtime_ns
                and digest_of_published(folder, file.name) != file.digest
            ):
                wrong.append(f"{file.name} holds other bytes than those recorded")
    return wrong


def is_done(folder: OutputFolder, record: Record | None, fingerprint: str) -> bool:
    """Whether the frame is done: a record of this very render, and every file as recorded."""
    return record is not None and record.fingerprint == fingerprint and not faults(folder, record)
