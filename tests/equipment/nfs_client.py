"""One host's NFS mount: what Linux' client keeps, and for how long it believes it.

By nfs(5), "Data and metadata coherence", and fs/nfs of Linux 5.10 to 6.12, mounted with what EFS
and S3 Files are mounted with (hard, and the defaults for all that is kept):

- **Attributes** are believed for 3 to 60 seconds for a file and for 30 to 60 seconds for a folder
  (acregmin, acregmax, acdirmin, acdirmax): twice as long each time that they had not changed.
- **Names** that were looked up, those that were *not* there too (lookupcache=all), are believed as
  long as the folder is not known to have changed, that is as long as its attributes are believed.
  A change of this host's own tells of others' changes (nfs4_update_changeattr).
- **Close to open**: what was written is surely on the server when the file was closed or synced,
  and not before; to open a file asks the server for it by its name; to open a folder by its name
  asks for its attributes (nfs_lookup_verify_inode). To look at a name (stat), to open a name that
  was not there, and to open "." asks nobody as long as what is kept is believed.
- Making something new (O_EXCL, mkdir, link) always asks the server, and what failed is forgotten.
- A file that is removed or replaced while it is open on this very host is renamed to `.nfs…`
  first, and goes when it is closed (RFC 1813, 4.9, "silly rename"). Other hosts' open files become
  stale.

Nothing is delegated: neither EFS nor S3 Files does that.
"""

from __future__ import annotations

import errno
import functools
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from nfs_server import Attributes, Changed, Server, failure

Result = TypeVar("Result")


@dataclass(frozen=True)
class Kept:
    """For how many seconds what is known is believed (the mount options of these names)."""

    acregmin: float = 3.0
    acregmax: float = 60.0
    acdirmin: float = 30.0
    acdirmax: float = 60.0

    def range_of(self, attributes: Attributes) -> tuple[float, float]:
        if attributes.is_folder:
            return self.acdirmin, self.acdirmax
        return self.acregmin, self.acregmax


NOTHING_KEPT = Kept(0.0, 0.0, 0.0, 0.0)
"""noac: every question goes to the server. For who checks what is there."""


@dataclass
class _Known:
    attributes: Attributes
    since: float
    lifetime: float


@dataclass
class _Name:
    handle: int | None
    version: int
    """Of the folder's names, when it was looked up."""


class Client:
    """What one host has kept of the server's files, and what it asks when it is asked."""

    def __init__(self, server: Server, host: str, kept: Kept, early_writes: float = 0.0) -> None:
        self.server = server
        self.host = host
        self._kept = kept
        self._early_writes = early_writes
        """How often it writes what it was given before it has to."""
        self._known: dict[int, _Known] = {}
        self._names: dict[tuple[int, str], _Name] = {}
        self._versions: defaultdict[int, int] = defaultdict(int)
        self._listings: dict[int, tuple[int, int, dict[str, tuple[int, bool]]]] = {}
        self._pages: dict[int, tuple[int, bytes]] = {}
        self._dirty: dict[int, list[tuple[int, bytes]]] = {}
        self._opened: Counter[int] = Counter()
        self._places: dict[int, tuple[int, str]] = {}
        """By handle: the folder and the name by which it was looked up last."""
        self._silly: dict[int, tuple[int, str]] = {}
        self._tries = 0
        self.is_stale = False
        """Whether the share was mounted anew since, and no handle of this mount is known."""

    # Attributes

    def attributes(self, handle: int) -> Attributes:
        """As they are known, or asked for; what this host has still to write is written first."""
        self.write_back(handle)
        return self._attributes(handle)

    def _attributes(self, handle: int, is_forced: bool = False) -> Attributes:
        known = self._known.get(handle)
        if known is not None and not is_forced and self._now() - known.since < known.lifetime:
            return known.attributes
        return self._learn(self._call("GETATTR", handle, lambda: self.server.attributes(handle)))

    def _learn(self, attributes: Attributes) -> Attributes:
        handle = attributes.fileid
        known, now = self._known.get(handle), self._now()
        least, most = self._kept.range_of(attributes)
        lifetime = least
        if known is not None and known.attributes.change == attributes.change:
            is_over = now - known.since >= known.lifetime
            lifetime = min(2 * known.lifetime, most) if is_over else known.lifetime
        elif known is not None and attributes.is_folder:
            self._versions[handle] += 1
        self._known[handle] = _Known(attributes, now, lifetime)
        return attributes

    def _now(self) -> float:
        return self.server.now

    # Names

    def look_up(self, folder: int, name: str, is_new: bool) -> Attributes:
        """What has the name, as far as it is known. `is_new`: it is to be made, so ask for it.

        Raises ENOENT.
        """
        known = self._names.get((folder, name))
        if known is not None and not (is_new and known.handle is not None):
            self._attributes(folder)  # is it still believed that the folder has not changed?
            if known.version == self._versions[folder]:
                if known.handle is None:
                    raise failure(errno.ENOENT)
                try:
                    return self._attributes(known.handle)
                except OSError as error:
                    if error.errno != errno.ESTALE:
                        raise
        return self._look_up_there(folder, name)

    def _look_up_there(self, folder: int, name: str) -> Attributes:
        self._attributes(folder)
        version = self._versions[folder]
        try:
            there = self._call("LOOKUP", folder, lambda: self.server.look_up(folder, name), name)
        except OSError as error:
            self._names.pop((folder, name), None)
            if error.errno == errno.ENOENT:
                self._names[folder, name] = _Name(None, version)
            raise
        self._keep_name(folder, name, there.fileid, version)
        return self._learn(there)

    def _keep_name(self, folder: int, name: str, handle: int, version: int | None = None) -> None:
        version = self._versions[folder] if version is None else version
        self._names[folder, name] = _Name(handle, version)
        self._places[handle] = folder, name

    def _changed(self, folder: int, changed: Changed) -> None:
        """This host has changed the folder's names itself, and hears whether others had."""
        self._listings.pop(folder, None)
        known = self._known.get(folder)
        if known is None:
            return
        if known.attributes.change != changed.before:
            self._versions[folder] += 1
        known.attributes = replace(known.attributes, change=changed.after)
        known.since = self._now()

    # Folders

    def open_folder(self, handle: int, by_name: bool) -> None:
        if by_name:
            try:
                self._attributes(handle, is_forced=True)
            except OSError:
                self._names.pop(self._places.get(handle, (0, "")), None)
                raise

    def names_in(self, folder: int) -> dict[str, tuple[int, bool]]:
        """The folder's names, with handle and whether it is a folder."""
        self._attributes(folder)
        now, listed = self._versions[folder], self._listings.get(folder)
        if listed is not None and listed[0] == now:
            return listed[2]
        names = self._call("READDIR", folder, lambda: self.server.read_folder(folder))
        self._listings[folder] = now, 0, names
        return names

    def make_folder(self, folder: int, name: str, mode: int) -> Attributes:
        return self._make(
            "MKDIR", folder, name, lambda: self.server.make_folder(folder, name, mode)
        )

    def _make(
        self,
        operation: str,
        folder: int,
        name: str,
        work: Callable[[], tuple[Attributes, Changed]],
    ) -> Attributes:
        try:
            made, changed = self._call(operation, folder, work, name)
        except OSError:
            self._names.pop((folder, name), None)
            raise
        self._changed(folder, changed)
        self._keep_name(folder, name, made.fileid)
        return self._learn(made)

    def link(self, handle: int, folder: int, name: str) -> Attributes:
        self.write_back(handle)
        return self._make("LINK", folder, name, lambda: self.server.link(handle, folder, name))

    def remove(self, folder: int, name: str) -> None:
        known = self._names.get((folder, name))
        handle = known.handle if known is not None else None
        if handle is not None and self._opened[handle]:
            self._hide(folder, name, handle)
            return
        self._unname("REMOVE", folder, name, lambda: self.server.remove(folder, name))

    def remove_folder(self, folder: int, name: str) -> None:
        self._unname("RMDIR", folder, name, lambda: self.server.remove_folder(folder, name))

    def _unname(self, operation: str, folder: int, name: str, work: Callable[[], Changed]) -> None:
        try:
            changed = self._call(operation, folder, work, name)
        except OSError as error:
            if error.errno == errno.ENOENT:
                self._names[folder, name] = _Name(None, self._versions[folder])
            raise
        self._changed(folder, changed)
        self._names[folder, name] = _Name(None, self._versions[folder])

    def rename(self, old: int, name: str, new: int, target: str) -> None:
        known = self._names.get((new, target))
        if known is not None and known.handle is not None and self._opened[known.handle]:
            self._hide(new, target, known.handle)
        self._rename(old, name, new, target)

    def _rename(self, old: int, name: str, new: int, target: str) -> None:
        source, home = self._call(
            "RENAME", new, lambda: self.server.rename(old, name, new, target), target
        )
        moved = self._names.pop((old, name), None)
        self._changed(old, source)
        if new != old:
            self._changed(new, home)
        if moved is not None and moved.handle is not None:
            self._keep_name(new, target, moved.handle)
        else:
            self._names.pop((new, target), None)

    def _hide(self, folder: int, name: str, handle: int) -> None:
        """The silly rename: the file is open here, and has to be there until it is closed."""
        hidden = f".nfs{handle:016x}{self._tries:08x}"
        self._tries += 1
        self._rename(folder, name, folder, hidden)
        self._silly[handle] = folder, hidden

    # Files

    def create(self, folder: int, name: str, mode: int, is_exclusive: bool) -> Attributes:
        self._tries += 1
        verifier = self.host, self._tries

        def work() -> tuple[Attributes, Changed]:
            return self.server.create(folder, name, mode, verifier, is_exclusive)

        made = self._make("CREATE", folder, name, work)
        self._opened[made.fileid] += 1
        return made

    def open(self, handle: int) -> None:
        """Ask the server for the file by its name.

        Raises ESTALE where the name is another file's by now, or nobody's: who asked then looks
        the name up again, as Linux does.
        """
        folder, name = self._places.get(handle, (0, ""))
        if handle not in self._silly and folder:
            try:
                there = self._call("OPEN", folder, lambda: self.server.open(folder, name), name)
            except OSError as error:
                self._names.pop((folder, name), None)
                raise failure(errno.ESTALE) if error.errno == errno.ENOENT else error from None
            if there.fileid != handle:
                self._names.pop((folder, name), None)
                raise failure(errno.ESTALE)
            self._learn(there)
        pages = self._pages.get(handle)
        if pages is not None and pages[0] != self._attributes(handle).change:
            del self._pages[handle]
        self._opened[handle] += 1

    def read(self, handle: int, offset: int, size: int) -> bytes:
        self.write_back(handle)
        if handle not in self._pages:
            change = self._attributes(handle).change
            content = self._call("READ", handle, lambda: self.server.read(handle))
            self._pages[handle] = change, content
        return self._pages[handle][1][offset : offset + size]

    def write(self, handle: int, offset: int, data: bytes) -> None:
        self._dirty.setdefault(handle, []).append((offset, data))
        if self.server.random.random() < self._early_writes:
            self.write_back(handle)

    def write_back(self, handle: int, is_synced: bool = False) -> None:
        """Have on the server what this host has still to write: at a close, a sync, a look."""
        dirty = self._dirty.pop(handle, [])
        for each in dirty:
            write = functools.partial(self.server.write, handle, *each)
            self._learn(self._call("WRITE", handle, write))
        if is_synced and dirty:
            self._call("COMMIT", handle, lambda: None)
        if dirty:
            self._pages.pop(handle, None)

    def close(self, handle: int) -> None:
        self._opened[handle] -= 1
        if self._opened[handle]:
            return
        del self._opened[handle]
        self._call("CLOSE", handle, lambda: None)
        if handle in self._silly:
            folder, hidden = self._silly.pop(handle)
            self._unname("REMOVE", folder, hidden, lambda: self.server.remove(folder, hidden))

    def set_size(self, handle: int, size: int) -> None:
        self.write_back(handle)
        self._call("SETATTR", handle, lambda: self.server.set_size(handle, size))
        self._pages.pop(handle, None)
        self._attributes(handle, is_forced=True)

    def set_mode(self, handle: int, mode: int) -> None:
        self._call("SETATTR", handle, lambda: self.server.set_mode(handle, mode))
        self._attributes(handle, is_forced=True)

    def set_time(self, handle: int, time_ns: int | None) -> None:
        """None: to the server's now (SET_TO_SERVER_TIME4)."""
        self.write_back(handle)
        self._call("SETATTR", handle, lambda: self.server.set_time(handle, time_ns))
        self._attributes(handle, is_forced=True)

    def _call(
        self, operation: str, handle: int, work: Callable[[], Result], name: str | None = None
    ) -> Result:
        server = self.server
        path = server.path_of(handle) if name is None else server.path(handle, name)

        def work_here() -> Result:
            if self.is_stale:  # it has waited for the server, which knows its handles no more
                raise failure(errno.ESTALE)
            return work()

        return server.call(self.host, operation, path, work_here)
