"""Pure: by what an output folder is known again, also after its file system was mounted anew.

As long as device and inode are the same, so is the folder. Where they are others it may still be:
a network file system can come back under new numbers. So each output folder has a random id in it,
which the first child puts there and nobody replaces. The pin would not do: another render replaces
it, and a child that ran while nothing was mounted left the same one in the folder beneath.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import uuid
from pathlib import Path

from ..chunking.errors import OutputFailed
from .durable import output_errors, write_first, write_whole
from .folder_handles import Odd
from .held_folder import HeldFolder
from .output_folder import FOLDER_ID, PRIVATE, TEMPORARIES, OutputFolder

log = logging.getLogger(__name__)

MOST_BYTES = 64
"""No id is longer."""

_ID = re.compile(rb"[0-9a-f]{32}")


class FolderIdentity:
    """The folder that is there now; `learn` has it known again under other numbers, too."""

    def __init__(self, folder: OutputFolder) -> None:
        self._folder = folder
        self._numbers = _numbers_of(folder.root)
        self.folder_id = ""
        """The random id in the folder; empty: none is known."""

    def expect(self, folder_id: str) -> None:
        """Take for it what has this id, whether it is there now or not yet."""
        self._numbers, self.folder_id = None, folder_id
        self._folder.held.accept_only(self._is_same)

    def learn(self) -> None:
        """Take what is there now, and give it an id where it has none. Raises OutputFailed.

        From here on nothing is reached in another folder by this one's name, whoever asks.
        """
        with output_errors(self._folder.held.path(FOLDER_ID), "write"):
            folder_id = _read(self._folder.held)
            if not folder_id:
                # It has none, or a broken one.
                ours, held = uuid.uuid4().hex.encode(), self._folder.held
                if write_first(held, FOLDER_ID, ours, TEMPORARIES):
                    held.sync(PRIVATE)
                elif not _read(held):  # else another child was faster
                    write_whole(held, FOLDER_ID, ours, TEMPORARIES)
                folder_id = _read(self._folder.held)
            self._numbers, self.folder_id = self._folder.held.numbers(), folder_id
        self._folder.held.accept_only(self._is_same)

    def check(self) -> None:
        """Raise OutputFailed where the folder is gone, or another one is in its place.

        One look, as long as it was not mounted again.
        """
        before = self._numbers
        with output_errors(self._folder.root, "look at"):
            if _numbers_of(self._folder.root) == before:
                return
            self._folder.held.let_go()  # it is held where it was mounted before
            is_same = self._is_same(HeldFolder(self._folder.root))
        if not is_same:
            raise OutputFailed(
                f"The output folder {str(self._folder.root)!r} is gone, or another folder is in "
                "its place: see that it is mounted.",
                errno.ENOENT,
            )
        if before is not None:
            log.info("The output folder %r was mounted again.", str(self._folder.root))

    def _is_same(self, there: HeldFolder) -> bool:
        try:
            numbers = there.numbers()
        except FileNotFoundError:
            return False
        if numbers == self._numbers:
            return True
        if not self.folder_id or _read(there) != self.folder_id:
            return False
        self._numbers = numbers
        return True


def _numbers_of(root: Path) -> tuple[int, int] | None:
    try:
        there = os.stat(root)
    except OSError:
        return None
    return there.st_dev, there.st_ino


def _read(held: HeldFolder) -> str:
    """The id in a folder; empty: there is none that we have made."""
    try:
        content = held.read(FOLDER_ID, MOST_BYTES)
    except (FileNotFoundError, Odd):
        return ""
    return content.decode() if _ID.fullmatch(content) else ""
