"""Pure: the folder that frames are fetched to: an output folder like that which they come from."""

from __future__ import annotations

import dataclasses
import json
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..chunking.errors import SceneRefused
from ..publishing import pin as pins
from ..publishing.durable import output_errors, write_whole
from ..publishing.fingerprint import Fingerprint
from ..publishing.folder_handles import Odd
from ..publishing.json_object import json_object, text_in, whole_in
from ..publishing.output_folder import FETCHED, TEMPORARIES, OutputFolder
from ..publishing.patience import PAUSES_SECONDS, Patience
from ..publishing.pin import Pin, read_pin
from ..publishing.publish import FrameFile, publish
from ..publishing.record import (
    NOT_THERE,
    Record,
    RecordedFile,
    digest_of_published,
    is_done,
    look_at,
    read_record,
)
from ..publishing.sweep import sweep
from .frame_source import Damaged
from .manifest import MOST_BYTES, MOST_FILE_BYTES, MOST_TEXT, Mark

VERSION = 1


class InTheWay(Damaged):
    """Raised when what lies in a frame's place is not this render's frame; the text names it."""


class FetchedFolder:
    """Frames of one render, and what was fetched beside them, with the marks that all had there.

    Where the marks are lost, records are read once more; no picture is.
    """

    def __init__(self, root: Path, pauses: Sequence[float] = PAUSES_SECONDS) -> None:
        """`pauses` are the seconds after which is tried again what this folder's disk refuses."""
        self.folder = OutputFolder(root)
        self._patience = Patience(self.folder, pauses)
        self._fingerprint = ""
        self._marks: dict[str, Mark] = {}
        self._stored: dict[str, Mark] = {}

    def claim(self, pin: Pin) -> None:
        """Make the folder, of this render. Raises SceneRefused where it is of another one."""
        before = read_pin(self.folder)  # a folder that is refused is left as it is
        if before is not None and before.fingerprint != pin.fingerprint:
            raise SceneRefused(
                f"--to is {str(self.folder.root)!r}, which holds frames of another render, "
                f"{before.render_id!r}: {pins.changes_between(pin, before)}. Fetch to another "
                "folder."
            )
        self._patience.make_folder()
        self._patience.repeat(
            lambda: pins.claim(self.folder, Fingerprint(pin.parts), pin.render_id, takes_over=False)
        )
        self._fingerprint = pin.fingerprint
        sweep(self.folder)
        with output_errors(self.folder.held.path(FETCHED), "read"):
            try:
                self._marks = _marks_of(self.folder.held.read(FETCHED, MOST_BYTES))
            except (FileNotFoundError, Odd, ValueError):
                self._marks = {}
        self._stored = dict(self._marks)

    # Marks

    @property
    def marks(self) -> Mapping[str, Mark]:
        """By the names of the files that were fetched the marks that these had at the source."""
        return self._marks

    def set_mark(self, name: str, mark: Mark) -> None:
        """Remember what a file was fetched by, from the next `store` on."""
        self._marks[name] = mark

    def store(self) -> None:
        """Have the marks on disk. Raises OutputFailed."""
        if self._marks == self._stored:
            return
        fields = {name: [mark.bytes, mark.word] for name, mark in sorted(self._marks.items())}
        content = json.dumps({"version": VERSION, "marks": fields}, indent=0).encode()
        with output_errors(self.folder.held.path(FETCHED), "write"):
            write_whole(self.folder.held, FETCHED, content, TEMPORARIES)
        self._stored = dict(self._marks)

    # Frames

    def record(self, frame: int) -> Record | None:
        """The record of a frame that is here, whole, of this render; None: it is to be fetched."""
        record = read_record(self.folder, frame)
        return record if is_done(self.folder, record, self._fingerprint) else None

    def put(self, record: Record, files: Sequence[FrameFile]) -> None:
        """Put a frame's files here, and its record last.

        Raises InTheWay where something else is in the place of one of them, Damaged where this
        disk can't have their names, OutputFailed, and what the files raise.
        """
        self._refuse_what_is_in_the_way(record)
        former: set[str] = set()

        def is_here(old: Record | None) -> bool:
            is_same = old is not None and contents_of(old) == contents_of(record)
            return is_same and is_done(self.folder, old, self._fingerprint)

        def check_pin() -> None:
            pins.check(self.folder, self._fingerprint)

        def check_places() -> None:
            self._refuse_what_is_in_the_way(record)  # what was made while they were copied

        draft = dataclasses.replace(record, files=())
        self._patience.repeat(
            lambda: publish(self.folder, files, draft, is_here, check_pin, former, check_places)
        )

    def _refuse_what_is_in_the_way(self, record: Record) -> None:
        old = read_record(self.folder, record.frame)
        if old is not None and old.fingerprint != self._fingerprint:
            path = self.folder.record(record.frame)
            raise InTheWay(f"{str(path)!r} is of another render, and in the way")
        ours = {file.name for file in old.files} if old is not None else set()
        for file in record.files:
            path = self.folder.held.path(file.name)
            if _is_in_the_way(self.folder, file, file.name in ours):
                raise InTheWay(f"{str(path)!r} is in the way")

    # What lies beside the frames

    def write(self, name: str, content: bytes) -> None:
        """Put a small file here, whole. Raises OutputFailed."""
        with output_errors(self.folder.held.path(name), "write"):
            write_whole(self.folder.held, name, content, TEMPORARIES)

    def has(self, name: str) -> bool:
        """Whether a file of this name is here. Raises OutputFailed."""
        with output_errors(self.folder.held.path(name), "read"):
            return look_at(self.folder, name) is not None

    def remove(self, name: str) -> None:
        """Remove a file that was fetched, and forget it. Raises OutputFailed."""
        with output_errors(self.folder.held.path(name), "remove"):
            self.folder.held.remove(name)
        self._marks.pop(name, None)


def contents_of(record: Record) -> set[tuple[str, int, str]]:
    """Names, sizes and digests of a frame's files: equal ones are the same frame."""
    return {(file.name, file.size, file.digest) for file in record.files}


def _is_in_the_way(folder: OutputFolder, file: RecordedFile, is_ours: bool) -> bool:
    with output_errors(folder.held.path(file.name), "read"):
        try:
            there = folder.held.look_at(file.name)
        except FileNotFoundError:
            return False
        except Odd:  # a link, or a file, on the way there
            return True
        except OSError as error:
            if error.errno in NOT_THERE:  # a name that this disk can't have
                raise Damaged(f"{file.name}: {error.strerror}") from None
            raise
        if not stat.S_ISREG(there.st_mode):
            return True
        if is_ours:
            return False
        is_as_long = there.st_size == file.size
        return not (is_as_long and digest_of_published(folder, file.name) == file.digest)


def _marks_of(content: bytes) -> dict[str, Mark]:
    """What this program has stored. Raises ValueError for anything else."""
    fields = json_object(content)
    marks = fields.get("marks")
    if fields.get("version") != VERSION or not isinstance(marks, dict):
        raise ValueError("it is of another version")
    read = {}
    for name, mark in marks.items():
        if not isinstance(mark, list) or len(mark) != 2:
            raise ValueError("it holds no marks")
        pair = {"bytes": mark[0], "word": mark[1]}
        read[name] = Mark(
            whole_in(pair, "bytes", MOST_FILE_BYTES), text_in(pair, "word", MOST_TEXT)
        )
    return read
