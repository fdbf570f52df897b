"""Pure: the output folder as one child of one render sees it: what is done there, what is its own.

Where a file system may have had a bad moment, everything here is tried again (patience.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from ..chunking.plan import Child
from . import pin
from .durable import output_errors
from .fingerprint import Fingerprint
from .notes import Note
from .output_folder import RECORDS, OutputFolder, process_name
from .patience import Patience
from .proof import Proof, read_proof, store_proof
from .publish import Published, StagedFile, adopt, publish
from .record import Record, is_done, read_record

Result = TypeVar("Result")


class Destination(NamedTuple):
    """Where a child's frames go, and by whom they were rendered for which render."""

    folder: OutputFolder
    patience: Patience
    fingerprint: Fingerprint
    child: Child
    renders_again: bool = False
    """Whether frames that an earlier array has done are to be rendered again."""

    def repeat(self, work: Callable[[], Result]) -> Result:
        """Do work on the folder, which may be done twice without harm. Raises OutputFailed."""
        return self.patience.repeat(work)

    def make(self, folder_id: str = "") -> None:
        """Make the folder where it is not there, unless it has to be that with this id.

        Raises OutputFailed.
        """
        self.patience.make_folder(folder_id)

    def claim(self) -> str | None:
        """Make the folder this render's own.

        Returns a sentence to say where it was taken over from another render, else None.
        Raises SceneRefused where it can't be this render's, and OutputFailed.
        """
        return self.repeat(lambda: pin.claim(self.folder, self.fingerprint, self.child.render_id))

    def is_done(self, record: Record | None) -> bool:
        """Whether this record makes it needless to render its frame. Raises OutputFailed."""
        if not is_done(self.folder, record, self.fingerprint.digest):
            return False
        ours = record is not None and record.render_id == self.child.render_id
        return ours or not self.renders_again

    def done_record(self, frame: int, anew: bool = False) -> Record | None:
        """The record of a frame that needs no rendering; None: it does. Raises OutputFailed.

        `anew`: as it is now, and not as this host may have known it for a minute.
        """

        def look() -> Record | None:
            if anew:
                with output_errors(self.folder.records, "read"):
                    self.folder.held.look_anew(RECORDS)
            record = read_record(self.folder, frame)
            return record if self.is_done(record) else None

        return self.repeat(look)

    def has(self, frame: int) -> bool:
        """Whether the frame is there as this render wants it, by whichever array.

        Looks once: to be repeated by the caller. Raises OutputFailed.
        """
        return is_done(self.folder, read_record(self.folder, frame), self.fingerprint.digest)

    def proof(self) -> Proof | None:
        """What the array knows of the data kept between frames. Raises OutputFailed."""
        return self.repeat(lambda: read_proof(self.folder, self.fingerprint.digest))

    def store_proof(self, proof: Proof) -> Proof:
        """Have the array know it; returns what it knows by now. Raises OutputFailed."""
        return self.repeat(lambda: store_proof(self.folder, proof))

    def draft(self, frame: int, seconds: float) -> Record:
        """The record that a frame gets when its files are there."""
        return Record(
            frame=frame,
            fingerprint=self.fingerprint.digest,
            render_id=self.child.render_id,
            files=(),
            seconds=round(seconds, 3),
            child=str(self.child),
            attempt=self.child.attempt,
            process=process_name(),
        )

    def make_note(self, frame: int) -> Note:
        """Write down that the child begins this frame. Raises OutputFailed."""
        return self.repeat(lambda: Note.make(self.folder, frame, self.child.attempt))

    def publish(self, files: Sequence[StagedFile], draft: Record) -> Published:
        """Put a frame's files into the folder and record them. Raises what `publish` raises."""
        former: set[str] = set()

        def check_pin() -> None:
            pin.check(self.folder, self.fingerprint.digest)

        return self.repeat(
            lambda: publish(self.folder, files, draft, self.is_done, check_pin, former)
        )

    def adopt(self, names: Sequence[str], frame: int) -> None:
        """Record files that are there already as the frame's. Raises OutputFailed."""
        self.repeat(lambda: adopt(self.folder, names, self.draft(frame, 0.0)))
