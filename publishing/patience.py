"""Pure: trying again where a file system may have had a bad moment."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from ..chunking.errors import OutputFailed
from .durable import MAY_PASS
from .folder_identity import FolderIdentity
from .output_folder import OutputFolder

log = logging.getLogger(__name__)

PAUSES_SECONDS = (0.5, 2.0, 6.0)
"""From one try to the next: long enough for a hiccup, short enough for the grace of a signal."""

Result = TypeVar("Result")


class Patience:
    """Repeats work on one output folder, which has to be the same folder all the time.

    A shared folder can be unmounted under a child. What is then at its place is an empty folder of
    this machine, where frames would be lost, so a folder that vanished is never made again. It may
    be mounted again, and is known then by what is in it.
    """

    def __init__(self, folder: OutputFolder, pauses: Sequence[float] = PAUSES_SECONDS) -> None:
        self.folder = folder
        self._pauses = pauses
        self._identity = FolderIdentity(folder)
        self._said = False

    @property
    def folder_id(self) -> str:
        """The id in the folder; empty: none is known."""
        return self._identity.folder_id

    def make_folder(self, folder_id: str = "") -> None:
        """Make the folder where it is not there; from here on it has to be that one.

        With an id it has to be the folder that has it already, and is not made.
        """
        if folder_id:
            self._identity.expect(folder_id)

        def make() -> None:
            if folder_id:
                self._identity.check()
            self.folder.make()
            self._identity.learn()

        self._repeat(make, make)

    def repeat(self, work: Callable[[], Result]) -> Result:
        """Do the work, which may be done twice without harm; raises its last OutputFailed."""

        def again() -> Result:
            self._identity.check()
            self.folder.make()  # the private ones, where somebody removed them
            return work()

        return self._repeat(lambda: self.try_once(work), again)

    def try_once(self, work: Callable[[], Result]) -> Result:
        """Do the work once, where there is no time for another try; raises its OutputFailed."""
        self._identity.check()
        return work()

    def _repeat(self, first: Callable[[], Result], again: Callable[[], Result]) -> Result:
        attempt = first
        for pause in self._pauses:
            try:
                return attempt()
            except OutputFailed as error:
                if error.errno not in MAY_PASS:
                    raise
                if not self._said:
                    log.warning("%s Trying again.", error)
                self._said = True
                time.sleep(pause)
                self.folder.held.let_go()  # what is at its place by now counts
                attempt = again
        return attempt()
