"""Pure: a folder and everything below it, reached from a handle of it and never through a link.

Others write to an output folder too, and may exchange anything in it for a link while a child works
there. So each folder below it is opened by its name in the one above it, and every file by its name
in its folder: nothing outside can be reached by any of these names, whatever lies under them.
The folder itself may be a link that a person made.

Names are those of POSIX, relative to the folder, such as `.array_chunk/frames/00001.json`; the
empty name is the folder's own. Everything here raises OSError as the system gives it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..chunking.file_names import is_one_name
from ..chunking.regular_files import content_of
from .open_elsewhere import once_closed

MOST_HELD = 64
"""Folders that are held open at a time: more than a frame's files are spread over."""
FOLDERS_CANT_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})
"""What file systems answer that have nothing to do for an fsync of a folder."""

_HAS_HANDLES = os.open in os.supports_dir_fd
"""Not on Windows: there each folder on the way is looked at before its path is used."""
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_FOLDER = os.O_RDONLY | _NO_LINK | getattr(os, "O_DIRECTORY", 0)
_ROOT = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_DIRECTORY", 0)
# A pipe is not waited for until somebody writes to it; a terminal is not made this process' own.
_WAIT_FOR_NOBODY = _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_READ = os.O_RDONLY | _WAIT_FOR_NOBODY
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _WAIT_FOR_NOBODY
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK
_IS_ODD = frozenset({errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.ENODEV, errno.EISDIR})
"""What the system answers where a link, a socket or a file is met in place of what was wanted."""


class Odd(OSError):
    """Raised where something is there, and is not of the kind that we make.

    A link, a pipe, a device; a folder in place of a file, a file in place of a folder; a file that
    is too long; a name that can't be one of ours.
    """


class _Folder:
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


@dataclass(frozen=True)
class _Place:
    """A name in a folder, which stays open as long as the place is in use."""

    folder: _Folder
    last: str

    @property
    def name(self) -> str:
        return self.folder.place(self.last)

    @property
    def at(self) -> int | None:
        return self.folder.descriptor


class HeldFolder:
    """Does what a publisher and its readers need, by names below one folder.

    Folders are held open between calls, so that a frame costs no more calls than by paths. Where
    somebody moves them away and makes others in their places, that is seen after `let_go`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._held: dict[str, _Folder] = {}
        self._is_same: Callable[[HeldFolder], bool] | None = None

    def path(self, name: str) -> Path:
        """The whole path, for messages and for programs that know nothing else."""
        return self.root / name

    def let_go(self) -> None:
        """Hold no folder any more: from here on all are looked up anew."""
        # Not cleared: what another thread is just opening goes into the dictionary that it knows.
        self._held = {}

    # The folder itself

    def accept_only(self, is_same: Callable[[HeldFolder], bool]) -> None:
        """From here on reach nothing in another folder that is in this one's place.

        `is_same` is asked about what is opened in its place; where it says no, ESTALE is raised.
        Without handles (Windows) it is not asked: who works there is to look by himself.
        """
        self._is_same = is_same

    @property
    def is_known(self) -> bool:
        """Whether the folder has to be one and the same by now."""
        return self._is_same is not None

    def numbers(self) -> tuple[int, int]:
        """Device and inode of the folder that is held."""
        descriptor = self._folder("").descriptor
        return _numbers(os.stat(self.root if descriptor is None else descriptor))

    # Folders

    def make(self, name: str) -> None:
        """Make a folder where it is not there, and those on the way to it, never the root."""
        if self._held.get(name) is not None:
            return
        parent = name.rpartition("/")[0]
        if parent:
            self.make(parent)
        place = self._place(name)
        try:
            os.mkdir(place.name, dir_fd=place.at)
        except OSError as error:
            # Another was faster, or an error of NFS came after the deed. Or it is no folder.
            try:
                self._folder(name)
            except FileNotFoundError:
                raise error from None

    def is_folder(self, name: str) -> bool:
        """Whether a folder is there, and no link to one."""
        try:
            self._folder(name)
        except (FileNotFoundError, Odd):
            return False
        return True

    def remove_folder(self, name: str) -> None:
        """Remove a folder that is empty."""
        self._held.pop(name, None)  # before: an error of NFS may come after the deed
        place = self._place(name)
        os.rmdir(place.name, dir_fd=place.at)

    def names(self, name: str) -> list[str]:
        """What is in a folder."""
        with self._listed(name) as listed:
            return os.listdir(listed)

    def contents(self, name: str) -> tuple[list[str], list[str]]:
        """The folders in a folder, and everything else in it, links too."""
        folders: list[str] = []
        others: list[str] = []
        with self._listed(name) as listed, os.scandir(listed) as entries:
            for entry in entries:
                (folders if entry.is_dir(follow_symlinks=False) else others).append(entry.name)
        return folders, others

    def sync(self, name: str) -> None:
        """Have the names in a folder on disk, where its file system can."""
        folder = self._folder(name)
        if folder.descriptor is not None:  # Windows can't open a folder
            _sync(folder.descriptor)

    # Files

    def look_at(self, name: str) -> os.stat_result:
        """The state of whatever is there, of a link itself."""
        place = self._place(name)
        return os.stat(place.name, dir_fd=place.at, follow_symlinks=False)

    def open(self, name: str) -> BinaryIO:
        """Open a file to read it. Raises Odd for what is none."""
        return self._open_as_file(name, _READ)

    def read(self, name: str, most_bytes: int) -> bytes:
        """All of a file. Raises Odd for what is none, and for one of more bytes than that."""
        return self.read_with_state(name, most_bytes)[0]

    def read_with_state(self, name: str, most_bytes: int) -> tuple[bytes, os.stat_result]:
        """The same, with the state that the file had when it was opened."""
        with self.open(name) as file:
            there = os.fstat(file.fileno())
            content = content_of(file, there, most_bytes)
        if len(content) > most_bytes:
            raise Odd(errno.EFBIG, f"{str(self.path(name))!r} has more than {most_bytes} bytes")
        return content, there

    def create(self, name: str) -> BinaryIO:
        """Make a new file and open it to write. Raises FileExistsError where anything is there."""
        place = self._place(name)
        # Blender's own modes: 0666 less the umask, where mkstemp would make 0600.
        return open(os.open(place.name, _NEW, 0o666, dir_fd=place.at), "wb")

    def create_anew(self, name: str) -> BinaryIO:
        """The same, where what is there is to go: a link itself, and not what it leads to."""
        try:
            return self.create(name)
        except FileExistsError:
            self.remove(name)
            return self.create(name)

    def append_to(self, name: str) -> BinaryIO:
        """Open a file to write at its end, and make it where it is not there.

        Nothing is kept back in a buffer. Raises Odd for what is no file.
        """
        return self._open_as_file(name, _APPEND)

    def replace(self, source: str, target: str) -> None:
        """Give `source` the name `target` in one step.

        On NFS a rename that is answered by an error may have happened all the same (rename(2)), so
        after an error the file under the new name is looked at: is it the one that was to go there?
        """
        before = self.look_at(source)
        old, new = self._place(source), self._place(target)
        try:
            once_closed(
                lambda: os.replace(old.name, new.name, src_dir_fd=old.at, dst_dir_fd=new.at)
            )
        except OSError:
            if not self._is_there(target, before):
                raise

    def link(self, source: str, target: str) -> None:
        """Give a file a further name. Raises FileExistsError where anything has it."""
        old, new = self._place(source), self._place(target)
        ways = {"src_dir_fd": old.at, "dst_dir_fd": new.at}
        os.link(old.name, new.name, **ways, follow_symlinks=not _HAS_HANDLES)

    def remove(self, name: str) -> None:
        """Remove a file, or a link itself; one that is gone already is as good."""
        with contextlib.suppress(FileNotFoundError):
            place = self._place(name)
            once_closed(lambda: os.unlink(place.name, dir_fd=place.at))

    def renew(self, name: str) -> None:
        """Set a file's times to now: on a network file system that is its server's now."""
        place = self._place(name)
        if not _HAS_HANDLES:
            _refuse_link(place)
        os.utime(place.name, dir_fd=place.at, follow_symlinks=not _HAS_HANDLES)

    # The way there

    def _open_as_file(self, name: str, flags: int) -> BinaryIO:
        place = self._place(name)
        if not _HAS_HANDLES:
            with contextlib.suppress(FileNotFoundError):
                _refuse_link(place)
        with self._saying_what_is_odd(name, "file"):
            descriptor = os.open(place.name, flags, 0o666, dir_fd=place.at)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Odd(errno.EINVAL, f"{str(self.path(name))!r} is no file of its own")
            return open(descriptor, "ab" if flags & os.O_APPEND else "rb", buffering=0)
        except BaseException:
            os.close(descriptor)
            raise

    def _is_there(self, target: str, moved: os.stat_result) -> bool:
        try:
            after = self.look_at(target)
        except OSError:
            return False
        return _numbers(after) == _numbers(moved)

    def _place(self, name: str) -> _Place:
        parent, _, last = name.rpartition("/")
        if not is_one_name(last) or name.startswith("/"):
            raise Odd(errno.EINVAL, f"{name!r} is no name below {str(self.root)!r}")
        return _Place(self._folder(parent), last)

    def _folder(self, name: str) -> _Folder:
        """The folder of this name, held from now on. Raises Odd for what is none, and for links."""
        held = self._held
        folder = held.get("") or self._keep(held, "", self._opened_root())
        way = ""
        for part in name.split("/") if name else ():
            if not is_one_name(part):
                raise Odd(errno.EINVAL, f"{name!r} is no name below {str(self.root)!r}")
            way = f"{way}/{part}" if way else part
            folder = held.get(way) or self._keep(held, way, self._opened(_Place(folder, part), way))
        return folder

    def _keep(self, held: dict[str, _Folder], name: str, folder: _Folder) -> _Folder:
        if folder.descriptor is not None:  # else there is nothing to hold
            if len(held) >= MOST_HELD:
                held.clear()
            held[name] = folder
        return folder

    def _opened_root(self) -> _Folder:
        if not _HAS_HANDLES:
            return _Folder(self.root, None)
        folder = _Folder(self.root, os.open(self.root, _ROOT))
        if self._is_same is not None:
            opened = HeldFolder(self.root)
            opened._held[""] = folder
            if not self._is_same(opened):
                raise OSError(errno.ESTALE, "another folder is in its place")
        return folder

    def _opened(self, place: _Place, name: str) -> _Folder:
        if not _HAS_HANDLES:
            if not stat.S_ISDIR(_refuse_link(place).st_mode):
                raise Odd(errno.ENOTDIR, f"{str(self.path(name))!r} is no folder")
            return _Folder(self.path(name), None)
        with self._saying_what_is_odd(name, "folder"):
            return _Folder(self.path(name), os.open(place.name, _FOLDER, dir_fd=place.at))

    @contextlib.contextmanager
    def _listed(self, name: str) -> Iterator[int | Path]:
        """What to list: a descriptor of its own, since a listing goes on where the last stopped."""
        folder = self._folder(name)
        if folder.descriptor is None:
            yield self.path(name)
            return
        descriptor = os.open(".", _FOLDER, dir_fd=folder.descriptor)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _saying_what_is_odd(self, name: str, kind: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno not in _IS_ODD:
                raise
            raise Odd(
                error.errno,
                f"{str(self.path(name))!r} is no {kind} of its own; links are not followed",
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
        _sync(descriptor)
    finally:
        os.close(descriptor)


def _sync(folder: int) -> None:
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in FOLDERS_CANT_SYNC:
            raise


def _numbers(there: os.stat_result) -> tuple[int, int]:
    return there.st_dev, there.st_ino


def _refuse_link(place: _Place) -> os.stat_result:
    """The state of what is there; raises Odd for a link of Windows, of whatever kind."""
    there = os.lstat(place.name)
    point = getattr(stat, "FILE_ATTRIBUTE_REPARSE_POINT", 0)
    if stat.S_ISLNK(there.st_mode) or getattr(there, "st_file_attributes", 0) & point:
        raise Odd(errno.ELOOP, f"{place.name!r} is a link; links are not followed")
    return there
