"""Pure: folders below one folder, each opened by its name in the one above it, never by a link.

Others may exchange anything there for a link while a child works. So nothing is looked up by a
path: a name is one in an open folder, and nothing outside can be reached by it, whatever lies under
it. Where a system has no handles of folders (Windows), each folder on the way is looked at before
its path is used. The first folder itself may be a link that a person made.

Everything here raises OSError as the system gives it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..chunking.file_names import is_one_name

MOST_HELD = 64
"""Folders that are held open at a time: more than a frame's files are spread over."""
FOLDERS_CANT_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})
"""What file systems answer that have nothing to do for an fsync of a folder."""

_HAS_HANDLES = os.open in os.supports_dir_fd
"""Not on Windows."""
NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_FOLDER = os.O_RDONLY | NO_LINK | getattr(os, "O_DIRECTORY", 0)
_ROOT = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_DIRECTORY", 0)
_IS_ODD = frozenset({errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.ENODEV, errno.EISDIR})
"""What the system answers where a link, a socket or a file is met in place of what was wanted."""


class Odd(OSError):
    """Raised where something is there, and is not of the kind that we make.

    A link, a pipe, a device; a folder in place of a file, a file in place of a folder; a file that
    is too long; a name that can't be one of ours.
    """


class Folder:
    """A folder in which names are looked up. Its descriptor is closed when nobody has it any more.

    So whoever works in it keeps it open, while another thread lets all folders go.
    """

    def __init__(
        self, path: Path, descriptor: int | None, close: Callable[[int], None] = os.close
    ) -> None:
        self._path = path
        self.descriptor = descriptor
        self._close = close

    def __del__(self) -> None:
        if self.descriptor is not None:
            self._close(self.descriptor)

    def place(self, name: str) -> str:
        """The name as the system is to be asked for it, with this folder's descriptor."""
        return name if self.descriptor is not None else str(self._path / name)


class Place(NamedTuple):
    """A name in a folder, which stays open as long as the place is in use."""

    folder: Folder
    last: str

    @property
    def name(self) -> str:
        return self.folder.place(self.last)

    @property
    def at(self) -> int | None:
        return self.folder.descriptor


class FolderHandles:
    """The folder `root` and what was opened below it, by names such as `.array_chunk/frames`.

    The empty name is the root's own. Folders are held open between calls, so that a frame costs no
    more calls than by paths. Where somebody moves them away and makes others in their places, that
    is seen after `let_go`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._held: dict[str, Folder] = {}
        self._is_same: Callable[[FolderHandles], bool] | None = None

    def let_go(self) -> None:
        """Hold no folder any more: from here on all are looked up anew."""
        # Not cleared: what another thread is just opening goes into the dictionary that it knows.
        self._held = {}

    def holds(self, name: str) -> bool:
        """Whether a folder of this name is open."""
        return self._held.get(name) is not None

    def forget(self, name: str) -> None:
        """Hold one folder no more, which is about to go."""
        self._held.pop(name, None)

    def look_anew(self, name: str) -> None:
        """From here on see what is in this folder now, which an NFS client may have seen before.

        For up to a minute it believes what it knows of names, of those that were not there too,
        and of files that have been replaced meanwhile (nfs(5): acdirmax, lookupcache). Opening a
        folder by its name makes it ask the server (close-to-open); what is held stays as it is.
        Elsewhere nothing needs that, and it costs an open and a close.
        """
        if not _HAS_HANDLES:
            return
        try:
            if name:
                place = self.place(name)
                os.close(os.open(place.name, _FOLDER, dir_fd=place.at))
            else:
                os.close(os.open(self.root, _ROOT))
        except OSError as error:
            # Moved away, or exchanged: who works in what is held goes on in it.
            if error.errno not in _IS_ODD | {errno.ENOENT}:
                raise

    def accept_only(self, is_same: Callable[[FolderHandles], bool]) -> None:
        """From here on open no root but that of which `is_same` says yes; else raise ESTALE.

        Without handles it is not asked.
        """
        self._is_same = is_same

    @property
    def is_known(self) -> bool:
        """Whether the root has to be one and the same by now."""
        return self._is_same is not None

    def place(self, name: str) -> Place:
        """The name in its folder. Raises Odd for what can be no name below the root."""
        parent, _, last = name.rpartition("/")
        if not is_one_name(last) or name.startswith("/"):
            raise Odd(errno.EINVAL, f"{name!r} is no name below {str(self.root)!r}")
        return Place(self.folder(parent), last)

    def folder(self, name: str) -> Folder:
        """The folder of this name, held from now on. Raises Odd for what is none, and for links."""
        held = self._held
        folder = held.get("") or self._keep(held, "", self._opened_root())
        way = ""
        for part in name.split("/") if name else ():
            if not is_one_name(part):
                raise Odd(errno.EINVAL, f"{name!r} is no name below {str(self.root)!r}")
            way = f"{way}/{part}" if way else part
            folder = held.get(way) or self._keep(held, way, self._opened(Place(folder, part), way))
        return folder

    @contextlib.contextmanager
    def listed(self, name: str) -> Iterator[int | Path]:
        """What to list: a descriptor of its own, since a listing goes on where the last stopped."""
        self.look_anew(name)
        folder = self.folder(name)
        if folder.descriptor is None:
            yield self.root / name
            return
        descriptor = os.open(".", _FOLDER, dir_fd=folder.descriptor)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def open_file(self, name: str, flags: int) -> BinaryIO:
        """Open a file by these flags, unbuffered. Raises Odd for what is none of its own."""
        place = self.place(name)
        if not _HAS_HANDLES:
            with contextlib.suppress(FileNotFoundError):
                refuse_link(place)
        with self._errors_of_odd_ones(name, "file"):
            descriptor = os.open(place.name, flags, 0o666, dir_fd=place.at)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Odd(errno.EINVAL, f"{str(self.root / name)!r} is no file of its own")
            return open(descriptor, "ab" if flags & os.O_APPEND else "rb", buffering=0)
        except BaseException:
            os.close(descriptor)
            raise

    def _keep(self, held: dict[str, Folder], name: str, folder: Folder) -> Folder:
        if folder.descriptor is not None:  # else there is nothing to hold
            if len(held) >= MOST_HELD:
                held.clear()
            held[name] = folder
        return folder

    def _opened_root(self) -> Folder:
        if not _HAS_HANDLES:
            return Folder(self.root, None)
        folder = Folder(self.root, os.open(self.root, _ROOT))
        if self._is_same is not None:
            opened = FolderHandles(self.root)
            opened._held[""] = folder
            if not self._is_same(opened):
                raise OSError(errno.ESTALE, "another folder is in its place")
        return folder

    def _opened(self, place: Place, name: str) -> Folder:
        if not _HAS_HANDLES:
            if not stat.S_ISDIR(refuse_link(place).st_mode):
                raise Odd(errno.ENOTDIR, f"{str(self.root / name)!r} is no folder")
            return Folder(self.root / name, None)
        with self._errors_of_odd_ones(name, "folder"):
            return Folder(self.root / name, os.open(place.name, _FOLDER, dir_fd=place.at))

    @contextlib.contextmanager
    def _errors_of_odd_ones(self, name: str, kind: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno not in _IS_ODD:
                raise
            raise Odd(
                error.errno,
                f"{str(self.root / name)!r} is no {kind} of its own; links are not followed",
            ) from error


def sync_name_of(folder: Path) -> None:
    """Have a folder's own name on disk, where the folder around it can be read and synced."""
    if not _HAS_HANDLES:
        return
    try:
        descriptor = os.open(folder.absolute().parent, _ROOT)
    except PermissionError:  # it may be another's, for passing through alone
        return
    try:
        sync_open(descriptor)
    finally:
        os.close(descriptor)


def sync_open(folder: int) -> None:
    """Have the names in an open folder on disk, where its file system can."""
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in FOLDERS_CANT_SYNC:
            raise


def numbers_of(there: os.stat_result) -> tuple[int, int]:
    """Device and inode."""
    return there.st_dev, there.st_ino


def refuse_link(place: Place) -> os.stat_result:
    """The state of what is there; raises Odd for a link of Windows, of whatever kind."""
    there = os.lstat(place.name)
    point = getattr(stat, "FILE_ATTRIBUTE_REPARSE_POINT", 0)
    if stat.S_ISLNK(there.st_mode) or getattr(there, "st_file_attributes", 0) & point:
        raise Odd(errno.ELOOP, f"{place.name!r} is a link; links are not followed")
    return there
