"""Pure: what a publisher and its readers do in a folder, by names and never through a link.

Names are those of POSIX, relative to the folder, such as `.array_chunk/frames/00001.json`; the
empty name is the folder's own. How they are reached, and what keeps them inside, is in
folder_handles.py. Everything here raises OSError as the system gives it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from ..chunking.regular_files import content_of
from .folder_handles import NO_LINK, FolderHandles, Odd, numbers_of, refuse_link, sync_open

PAUSES_WHILE_OPEN_SECONDS = (0.01, 0.05, 0.2, 0.5, 1.0)
"""From one try to the next, where somebody else has a file open."""
_IS_OPEN = frozenset({5, 32})
"""What Windows answers: ERROR_ACCESS_DENIED, which also means what it says; or
ERROR_SHARING_VIOLATION."""

# A pipe is not waited for until somebody writes to it; a terminal is not made this process' own.
_WAIT_FOR_NOBODY = NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_READ = os.O_RDONLY | _WAIT_FOR_NOBODY
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _WAIT_FOR_NOBODY
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINK


class HeldFolder:
    """Does what a publisher and its readers need, by names below one folder.

    Folders are held open between calls, so that a frame costs no more calls than by paths. Where
    somebody moves them away and makes others in their places, that is seen after `let_go`.
    """

    def __init__(self, root: Path, handles: FolderHandles | None = None) -> None:
        self.root = root
        self._handles = handles or FolderHandles(root)

    def path(self, name: str) -> Path:
        """The whole path, for messages and for programs that know nothing else."""
        return self.root / name

    def let_go(self) -> None:
        """Hold no folder any more: from here on all are looked up anew."""
        self._handles.let_go()

    def look_anew(self, name: str) -> None:
        """From here on see what is in this folder now, not what NFS may believe for a minute."""
        self._handles.look_anew(name)

    # The folder itself

    def accept_only(self, is_same: Callable[[HeldFolder], bool]) -> None:
        """From here on reach nothing in another folder that is in this one's place.

        `is_same` is asked about what is opened in its place; where it says no, ESTALE is raised.
        Without handles (Windows) it is not asked: who works there is to look by himself.
        """
        self._handles.accept_only(lambda handles: is_same(HeldFolder(self.root, handles)))

    @property
    def is_known(self) -> bool:
        """Whether the folder has to be one and the same by now."""
        return self._handles.is_known

    def numbers(self) -> tuple[int, int]:
        """Device and inode of the folder that is held."""
        descriptor = self._handles.folder("").descriptor
        return numbers_of(os.stat(self.root if descriptor is None else descriptor))

    # Folders

    def make(self, name: str) -> None:
        """Make a folder where it is not there, and those on the way to it, never the root."""
        if self._handles.holds(name):
            return
        parent = name.rpartition("/")[0]
        if parent:
            self.make(parent)
        place = self._handles.place(name)
        try:
            os.mkdir(place.name, dir_fd=place.at)
        except OSError as error:
            # Another was faster, or an error of NFS came after the deed. Or it is no folder.
            try:
                self._handles.folder(name)
            except FileNotFoundError:
                raise error from None

    def is_folder(self, name: str) -> bool:
        """Whether a folder is there, and no link to one."""
        try:
            self._handles.folder(name)
        except (FileNotFoundError, Odd):
            return False
        return True

    def remove_folder(self, name: str) -> None:
        """Remove a folder that is empty."""
        self._handles.forget(name)  # before: an error of NFS may come after the deed
        place = self._handles.place(name)
        os.rmdir(place.name, dir_fd=place.at)

    def names(self, name: str) -> list[str]:
        """What is in a folder."""
        with self._handles.listed(name) as listed:
            return os.listdir(listed)

    def contents(self, name: str) -> tuple[list[str], list[str]]:
        """The folders in a folder, and everything else in it, links too."""
        folders: list[str] = []
        others: list[str] = []
        with self._handles.listed(name) as listed, os.scandir(listed) as entries:
            for entry in entries:
                (folders if entry.is_dir(follow_symlinks=False) else others).append(entry.name)
        return folders, others

    def sync(self, name: str) -> None:
        """Have the names in a folder on disk, where its file system can."""
        folder = self._handles.folder(name)
        if folder.descriptor is not None:  # Windows can't open a folder
            sync_open(folder.descriptor)

    # Files

    def look_at(self, name: str) -> os.stat_result:
        """The state of whatever is there, of a link itself."""
        place = self._handles.place(name)
        return os.stat(place.name, dir_fd=place.at, follow_symlinks=False)

    def open(self, name: str) -> BinaryIO:
        """Open a file to read it. Raises Odd for what is none."""
        return self._handles.open_file(name, _READ)

    def read(self, name: str, most_bytes: int) -> bytes:
        """All of a file. Raises Odd for what is none, and for one of more bytes than that."""
        return self.read_with_state(name, most_bytes)[0]

    def read_with_state(self, name: str, most_bytes: int) -> tuple[bytes, os.stat_result]:
        """All of a file, as `read` gives it, with the state that it had when it was opened."""
        with self.open(name) as file:
            there = os.fstat(file.fileno())
            content = content_of(file, there, most_bytes)
        if len(content) > most_bytes:
            raise Odd(errno.EFBIG, f"{str(self.path(name))!r} has more than {most_bytes} bytes")
        return content, there

    def create(self, name: str) -> BinaryIO:
        """Make a new file and open it to write. Raises FileExistsError where anything is there."""
        place = self._handles.place(name)
        # Blender's own modes: 0666 less the umask, where mkstemp would make 0600.
        return open(os.open(place.name, _NEW, 0o666, dir_fd=place.at), "wb")

    def create_anew(self, name: str) -> BinaryIO:
        """Make a new file in place of what is there: of a link itself, not of what it leads to."""
        try:
            return self.create(name)
        except FileExistsError:
            self.remove(name)
            return self.create(name)

    def append_to(self, name: str) -> BinaryIO:
        """Open a file to write at its end, and make it where it is not there.

        Nothing is kept back in a buffer. Raises Odd for what is no file.
        """
        return self._handles.open_file(name, _APPEND)

    def replace(self, source: str, target: str) -> None:
        """Give `source` the name `target` in one step.

        On NFS a rename that is answered by an error may have happened all the same (rename(2)), so
        after an error the file under the new name is looked at: is it the one that was to go there?
        """
        before = self.look_at(source)
        old, new = self._handles.place(source), self._handles.place(target)
        try:
            _once_closed(
                lambda: os.replace(old.name, new.name, src_dir_fd=old.at, dst_dir_fd=new.at)
            )
        except OSError:
            try:
                after = self.look_at(target)
            except OSError:
                after = None
            if after is None or numbers_of(after) != numbers_of(before):
                raise

    def link(self, source: str, target: str) -> None:
        """Give a file a further name. Raises FileExistsError where anything has it."""
        old, new = self._handles.place(source), self._handles.place(target)
        ways = {"src_dir_fd": old.at, "dst_dir_fd": new.at}
        os.link(old.name, new.name, **ways, follow_symlinks=old.at is None)

    def remove(self, name: str) -> None:
        """Remove a file, or a link itself; one that is gone already is as good."""
        with contextlib.suppress(FileNotFoundError):
            place = self._handles.place(name)
            _once_closed(lambda: os.unlink(place.name, dir_fd=place.at))

    def renew(self, name: str) -> None:
        """Set a file's times to now: on a network file system that is its server's now."""
        self._set_times(name, {})

    def date(self, name: str, modified: int) -> None:
        """Set a file's times to one in nanoseconds since 1970."""
        self._set_times(name, {"ns": (modified, modified)})

    def _set_times(self, name: str, times: dict[str, Any]) -> None:
        place = self._handles.place(name)
        if place.at is None:
            refuse_link(place)
        os.utime(place.name, dir_fd=place.at, follow_symlinks=place.at is None, **times)


def _once_closed(work: Callable[[], None]) -> None:
    """Do the work as soon as Windows lets it be done; raises its OSError where it never does.

    POSIX names and removes at once what somebody else may have open. Windows refuses it, as long as
    a reader, a virus scanner or a file browser has the file open, which is mostly over in a moment.
    """
    for pause in PAUSES_WHILE_OPEN_SECONDS:
        try:
            return work()
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _IS_OPEN:
                raise
            time.sleep(pause)
    return work()
