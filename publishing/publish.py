"""Pure: a frame put into the output folder, so that no reader ever sees half of it.

The order is what makes it safe. Files first, under names nobody looks for, on disk; then each
under its own name in one step; the record last. Whatever ends this process in between leaves a
frame without a true record, and that is a frame that is rendered again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple, Protocol

from ..chunking.errors import OutputFailed, SceneRefused
from .belonging import is_surely_of
from .durable import copy_durably, digest_of_open, output_errors
from .held_folder import HeldFolder
from .output_folder import RECORDS, OutputFolder, record_name, temporary_name
from .record import (
    Record,
    RecordedFile,
    digest_of_published,
    is_inside,
    look_at,
    read_record,
    write_record,
    write_record_into,
)

MOST_AT_ONCE = 4
"""Files of one frame that are written at a time."""
MOST_ROUNDS = 20
"""How often a publish starts over where other processes replace its files."""


class FrameFile(Protocol):
    """A file of a frame, and the name below the output folder that it is to get."""

    @property
    def name(self) -> str: ...

    def copy_to(self, folder: HeldFolder, temporary: str) -> str:
        """Copy it to a new name in the folder, on disk; return its digest.

        Raises OSError for what is wrong with the folder.
        """


class StagedFile(NamedTuple):
    """A file in the stage."""

    path: Path
    name: str

    def copy_to(self, folder: HeldFolder, temporary: str) -> str:
        return copy_durably(self.path, folder, temporary)


class Published(NamedTuple):
    """A frame that is in the output folder."""

    record: Record
    removed: tuple[str, ...] = ()
    """Files that the frame had before and has no more: of another format, of a second view."""
    kept: tuple[str, ...] = ()
    """Files that its former record lists, and that may be another frame's by their names."""


def publish(
    folder: OutputFolder,
    staged: Sequence[FrameFile],
    draft: Record,
    is_done: Callable[[Record | None], bool],
    check_pin: Callable[[], None],
    former: set[str],
    check_places: Callable[[], None] = lambda: None,
) -> Published:
    """Put a frame's files into the output folder and record them.

    `draft` is the record without its files. `is_done` tells whether a record that is there makes
    this work needless (a copy of this child was faster): then that record is returned and
    nothing is touched. `check_pin` raises SceneRefused where the folder went to another render.
    `former` gets the names of the frame's former records, of which those that this one has no more
    are removed in the end; a try after one that failed is to be given the same set, for the records
    may be gone by then. `check_places` is called when all is copied, before anything is replaced;
    what it raises ends the publishing.
    Raises OutputFailed where the output can't be written, and SceneRefused where a name can't be.
    """
    _refuse_names(staged)
    for number in range(MOST_ROUNDS):
        with _copies(folder, staged, draft.frame) as (copies, record_file):
            check_pin()
            with output_errors(folder.records, "read"):
                folder.held.look_anew(RECORDS)  # a copy on another host may have been faster
            old = read_record(folder, draft.frame)
            if old is not None:
                _look_anew_at_files(folder, old)
                # After the first round others are at it, in the same tick of the clock perhaps.
                if is_done(old) and (number == 0 or _is_true(folder, old, {})):
                    return _ended(folder, former, old)
                former.update(file.name for file in old.files)
            check_places()
            if old is not None and old.fingerprint != draft.fingerprint:
                # From here to the new record the frame's files may be of two renders.
                forget(folder, draft.frame)
            _put_in_place(folder, copies)
            record = dataclasses.replace(draft, files=tuple(copy.file for copy in copies))
            check_pin()
            write_record_into(record_file.file, record_file.name, folder, record)
            inodes = {copy.file.name: copy.inode for copy in copies}
            if _is_true(folder, record, inodes):
                return _ended(folder, former, record)
        # Files of another process are there. Of a copy of this child: then its record may be
        # true, which the next round sees. Or of a child of the render before this one, that was
        # about to publish when the folder was taken over: they must not stay, whole or not.
    raise OutputFailed(
        f"The files of frame {draft.frame} in {str(folder.root)!r} keep changing while they are "
        "recorded: end the other program that writes them."
    )


def adopt(folder: OutputFolder, names: Sequence[str], draft: Record) -> Record:
    """Record files that are there already, whoever made them, without touching them."""
    files = []
    for name in names:
        # Size, time and bytes of one and the same file, though its name may pass to another.
        with output_errors(folder.held.path(name), "read"), folder.held.open(name) as opened:
            there = os.fstat(opened.fileno())
            digest = digest_of_open(opened)
        files.append(RecordedFile(name, there.st_size, there.st_mtime_ns, digest))
    record = dataclasses.replace(draft, files=tuple(files), adopted=True)
    write_record(folder, record)
    return record


def forget(folder: OutputFolder, frame: int) -> None:
    """Take a frame's record away, and have that on disk."""
    with output_errors(folder.record(frame), "remove"):
        folder.held.remove(record_name(frame))
        folder.held.sync(RECORDS)


def _refuse_names(staged: Sequence[FrameFile]) -> None:
    seen = set()
    for file in staged:
        if not is_inside(file.name):
            raise SceneRefused(
                f"The file {file.name!r} would not be in the output folder: write the paths of "
                "the File Output nodes without '..', by names that this system can have."
            )
        if file.name in seen:
            raise SceneRefused(
                f"Two files of one frame want the name {file.name!r}: give the File Output nodes "
                "different folders or file names."
            )
        seen.add(file.name)


class _Copy(NamedTuple):
    """A file of the frame, beside the others in the temporary folder of this process."""

    name: str
    file: RecordedFile
    """What it will be under its own name: looked at before another process can replace it."""
    inode: int


class _RecordFile(NamedTuple):
    """The file beside them that will be the record."""

    name: str
    file: BinaryIO


@contextlib.contextmanager
def _copies(
    folder: OutputFolder, staged: Sequence[FrameFile], frame: int
) -> Iterator[tuple[list[_Copy], _RecordFile]]:
    """The frame's files in the temporary folder, and a file for its record, which is empty yet."""
    home = temporary_name(frame)
    # Two tries of one process may meet here: the names inside are nobody else's.
    token = uuid.uuid4().hex
    names = [f"{home}/{token}-{number}" for number in range(len(staged))]
    record = f"{home}/{token}-record"
    try:
        with output_errors(folder.held.path(home), "make"):
            folder.held.make(home)
        # At once: a network disk takes its time for each new file, and a frame has many passes.
        with ThreadPoolExecutor(min(len(staged) + 1, MOST_AT_ONCE), "copy") as pool:
            opening = pool.submit(_create, folder, record)
            copying = [
                pool.submit(_copy, folder, *each) for each in zip(staged, names, strict=True)
            ]
        with _closed_in_the_end(opening.result()) as file:
            yield [each.result() for each in copying], _RecordFile(record, file)
    finally:
        _clear(folder, home, (*names, record))


@contextlib.contextmanager
def _closed_in_the_end(file: BinaryIO) -> Iterator[BinaryIO]:
    try:
        yield file
    finally:
        with contextlib.suppress(OSError):  # closed already, or of no use
            file.close()


def _create(folder: OutputFolder, name: str) -> BinaryIO:
    with output_errors(folder.held.path(name), "write"):
        return folder.held.create(name)


def _copy(folder: OutputFolder, file: FrameFile, name: str) -> _Copy:
    with output_errors(folder.held.path(name), "write"):
        digest = file.copy_to(folder.held, name)
        there = folder.held.look_at(name)
    recorded = RecordedFile(file.name, there.st_size, there.st_mtime_ns, digest)
    return _Copy(name, recorded, there.st_ino)


def _clear(folder: OutputFolder, home: str, names: Sequence[str]) -> None:
    """Remove what has not got a name of its own, and the folder; what stays is swept by age."""
    with contextlib.suppress(OSError):
        folder.held.remove_folder(home)
        return
    for name in names:
        with contextlib.suppress(OSError):
            folder.held.remove(name)
    with contextlib.suppress(OSError):  # another try of this process works in it, too
        folder.held.remove_folder(home)


def _put_in_place(folder: OutputFolder, copies: Sequence[_Copy]) -> None:
    changed: dict[str, None] = {}
    for copy in copies:
        name = copy.file.name
        parents = [parent.as_posix() for parent in PurePosixPath(name).parents][:-1]
        with output_errors(folder.held.path(name), "write"):
            if parents:  # never the root: where it is gone, its disk is
                folder.held.make(parents[0])
            folder.held.replace(copy.name, name)
        # A folder that is new has a name to be kept too, in the folder above it.
        changed.update(dict.fromkeys((*parents, "")))
    for parent in changed:
        with output_errors(folder.held.path(parent), "write"):
            folder.held.sync(parent)


def _look_anew_at_files(folder: OutputFolder, record: Record) -> None:
    """What a host has put there itself it believes to be there, whoever has replaced it."""
    for home in {file.name.rpartition("/")[0] for file in record.files}:
        with output_errors(folder.held.path(home), "read"):
            folder.held.look_anew(home)


def _is_true(folder: OutputFolder, record: Record, inodes: Mapping[str, int]) -> bool:
    """Whether the files are those of the record; `inodes` are those of the files put there.

    Two copies of a child may write files of one size within one tick of the disk's clock (some
    milliseconds): where the inode is another one, which some network disks make up, bytes decide.
    """
    _look_anew_at_files(folder, record)
    for file in record.files:
        with output_errors(folder.held.path(file.name), "read"):
            there = look_at(folder, file.name)
        if there is None or (there.st_size, there.st_mtime_ns) != (file.size, file.mtime_ns):
            return False
        if there.st_ino != inodes.get(file.name):
            with output_errors(folder.held.path(file.name), "read"):
                if digest_of_published(folder, file.name) != file.digest:
                    return False
    return True


def _ended(folder: OutputFolder, former: Collection[str], record: Record) -> Published:
    """The frame as published, when what only its former records listed is removed.

    Of that, whatever may be another frame's stays: a record's word alone is not enough.
    """
    removed, kept = [], []
    new_names = [file.name for file in record.files]
    for name in sorted({*former} - {*new_names}):
        with output_errors(folder.held.path(name), "remove"):
            there = look_at(folder, name)
            if there is None or _is_one_of(folder, there, new_names):
                continue
            if is_surely_of(record.frame, name, new_names):
                folder.held.remove(name)  # a copy of this child removes it too
                removed.append(name)
                folder.held.sync(name.rpartition("/")[0])
            else:
                kept.append(name)
    return Published(record, tuple(removed), tuple(kept))


def _is_one_of(folder: OutputFolder, there: os.stat_result, names: Sequence[str]) -> bool:
    """Whether it is one of these files: some file systems take two spellings for one name."""
    others = (look_at(folder, name) for name in names)
    return any(
        other is not None and (other.st_dev, other.st_ino) == (there.st_dev, there.st_ino)
        for other in others
    )
