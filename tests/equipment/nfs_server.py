"""An NFS server in memory: files, folders, handles, and answers that get lost on their way.

What it promises is what RFC 8881 (NFS 4.1, that of Amazon EFS and S3 Files) promises, and no more:

- A handle leads to one file for good, whatever its name is by now, and is stale once the file is
  removed (4.2.2, NFS4ERR_STALE). Numbers of files are not given twice.
- CREATE, LINK, REMOVE and RENAME happen in one step each, and say by what number the folder had
  changed before and after (`change_info4`, 18.26). OPEN with EXCLUSIVE4_1 makes a file that was not
  there, for one client alone, and knows that client's second try again (18.16.3).
- Times of files are the server's own (SET_TO_SERVER_TIME4 and each WRITE), whatever the clients'
  clocks say.
- An answer may be lost. Where the server has lost its reply cache too (it was restarted: 2.10.6.2),
  the call is done a second time, and that answer is what the client gets: a RENAME or REMOVE that
  has happened says NFS4ERR_NOENT, a LINK or a folder's CREATE NFS4ERR_EXIST (rename(2) and link(2)
  warn of it under BUGS). A soft mount gives up instead, and says EIO of what may have happened
  (nfs(5), "soft").

A `Rule` makes such a thing happen at a certain call of a certain host.
"""

from __future__ import annotations

import contextlib
import errno
import fnmatch
import itertools
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

Result = TypeVar("Result")
ROOT = 1
"""The handle of the folder that is exported."""

TWICE = ("RENAME", "REMOVE", "RMDIR", "LINK", "MKDIR")
"""Calls whose second time is answered otherwise than their first. OPEN is not among them: its
verifier has the server know it again."""
LOST_AND_FOUND = ".s3files-lost+found"


def failure(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@dataclass(frozen=True)
class Attributes:
    """What GETATTR answers."""

    fileid: int
    is_folder: bool
    mode: int
    size: int
    links: int
    mtime_ns: int
    ctime_ns: int
    change: int
    """A number that every change of the file, or of the names in the folder, makes higher."""


@dataclass(eq=False)
class Node:
    """A file or a folder."""

    fileid: int
    is_folder: bool
    mode: int
    time_ns: int
    data: bytearray = field(default_factory=bytearray)
    names: dict[str, Node] = field(default_factory=dict)
    links: int = 1
    change: int = 1
    path: str = ""
    """The last one that it got, for rules alone."""
    maker: tuple[str, int] = ("", 0)
    """The verifier that it was made with: host and number of its try."""
    ctime_ns: int = 0

    @property
    def attributes(self) -> Attributes:
        size = 4096 if self.is_folder else len(self.data)
        return Attributes(
            self.fileid,
            self.is_folder,
            self.mode,
            size,
            self.links,
            self.time_ns,
            max(self.time_ns, self.ctime_ns),
            self.change,
        )


@dataclass(frozen=True)
class Changed:
    """`change_info4`: the folder's number before and after, both of one moment."""

    before: int
    after: int


@dataclass
class Rule:
    """What happens to calls whose host, operation and path match these globs.

    Actions: `fail` (it does not happen), `done` (it happens, and is answered by the error),
    `twice` (its answer is lost, and it is done twice), `repeat` (that, where the second time is
    answered otherwise), `hold` (it waits before it happens), `die` (the host loses power), `kill`
    (the process that called gets SIGKILL), `remount` (the host mounts the share anew), `log`.
    `done-hold` and so on: when it has happened.
    """

    name: str
    host: str
    operation: str
    path: str
    action: str
    error: str = "EIO"
    first: int = 1
    last: int = 0
    """The matches that it acts on, counted from 1; 0: no end."""
    chance: float = 1.0
    matches: int = 0
    hits: int = 0

    def applies(self, host: str, operation: str, path: str, random: Random) -> bool:
        wanted = ((host, self.host), (operation, self.operation), (path, self.path))
        if not all(fnmatch.fnmatchcase(*each) for each in wanted):
            return False
        if self.action == "repeat" and operation not in TWICE:
            return False
        self.matches += 1
        is_in_range = self.first <= self.matches and self.matches <= (self.last or self.matches)
        if not is_in_range or random.random() >= self.chance:
            return False
        self.hits += 1
        return True


class Server:
    """The files of one export, the rules, and what was called by whom.

    All of it is used under `lock`, which is let go while a call waits.
    """

    def __init__(self, seed: int = 0) -> None:
        self.lock = threading.Condition(threading.Lock())
        self.rules: list[Rule] = []
        self.released: set[str] = set()
        self.calls: dict[str, Counter[str]] = {}
        self.trace: list[str] = []
        self.dead: set[str] = set()
        self.mistakes: list[str] = []
        """What went wrong in the model itself."""
        self.is_away = False
        self.waiting = 0
        """Calls that wait for it to come back."""
        self.skew_seconds = 0.0
        """How far the server's clock is ahead of this machine's."""
        self.latency_seconds = 0.0
        self.clock = 0.0
        """Seconds of the clock by which hosts believe what they know: it goes as it is put."""
        self.call_seconds = 0.0
        """So much later is it after each call, at the most."""
        self.goes_by_itself = False
        """Whether it goes by this machine's clock, too."""
        self.random = Random(seed)
        self.asking = threading.local()
        """Its `thread`: the one that has made the call which is answered in this thread of ours."""
        self.remount: Callable[[str], None] = lambda host: None
        self._numbers = itertools.count(ROOT + 1)
        root = Node(ROOT, True, 0o755, self._now(), path="/")
        self._nodes = {ROOT: root}

    @property
    def now(self) -> float:
        return self.clock + (time.monotonic() if self.goes_by_itself else 0.0)

    # Calls

    def call(self, host: str, operation: str, path: str, work: Callable[[], Result]) -> Result:
        """Do one call of a host's as the rules want it."""
        self.calls.setdefault(host, Counter())[operation] += 1
        self.trace.append(f"{host} {operation} {path}")
        self.lock.notify_all()
        self.clock += self.random.random() * self.call_seconds
        if self.latency_seconds:
            self._sleep()
        self._wait_for_the_server()
        for rule in self.rules:
            if rule.applies(host, operation, path, self.random):
                self.lock.notify_all()  # who waits for it to strike
                return self._struck(rule, host, work)
        if host in self.dead:
            raise failure(errno.EIO)
        return work()

    def _wait_for_the_server(self) -> None:
        """A hard mount waits as long as it takes (nfs(5), "hard")."""
        if self.is_away:
            self.waiting += 1
            self.lock.notify_all()
            self.lock.wait_for(lambda: not self.is_away)
            self.waiting -= 1

    def _sleep(self) -> None:
        self.lock.release()
        try:
            time.sleep(self.latency_seconds)
        finally:
            self.lock.acquire()

    def _struck(self, rule: Rule, host: str, work: Callable[[], Result]) -> Result:
        action = rule.action.removeprefix("done-")
        if host in self.dead:
            raise failure(errno.EIO)
        if action == "fail":
            raise failure(getattr(errno, rule.error))
        if action in ("done", "repeat", "twice"):
            work()
            if action == "done":
                raise failure(getattr(errno, rule.error))
            return work()
        if rule.action.startswith("done-"):
            result = work()
            self._happens(action, rule, host)
            return result
        self._happens(action, rule, host)
        return work()

    def _happens(self, action: str, rule: Rule, host: str) -> None:
        if action == "hold":
            name = f"{rule.name}#{rule.hits}"
            self.lock.wait_for(lambda: bool({rule.name, name} & self.released))
        elif action == "die":
            self.dead.add(host)
        elif action == "kill" and (thread := getattr(self.asking, "thread", 0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(thread, signal.SIGKILL)  # of the whole process
        elif action == "remount":
            self.remount(host)
        if host in self.dead:
            raise failure(errno.EIO)

    # Handles

    def node(self, handle: int) -> Node:
        """Raises ESTALE for what was removed."""
        node = self._nodes.get(handle)
        if node is None:
            raise failure(errno.ESTALE)
        return node

    def attributes(self, handle: int) -> Attributes:
        return self.node(handle).attributes

    def path(self, folder: int, name: str) -> str:
        there = self._nodes.get(folder)
        return f"{there.path.rstrip('/')}/{name}" if there is not None else f"?/{name}"

    def path_of(self, handle: int) -> str:
        there = self._nodes.get(handle)
        return there.path if there is not None else "?"

    # What is called

    def look_up(self, folder: int, name: str) -> Attributes:
        return self._there(folder, name).attributes

    def open(self, folder: int, name: str) -> Attributes:
        """OPEN of a file that is there, by its name (CLAIM_NULL)."""
        node = self._there(folder, name)
        if node.is_folder:
            raise failure(errno.EISDIR)
        return node.attributes

    def create(
        self, folder: int, name: str, mode: int, verifier: tuple[str, int], is_exclusive: bool
    ) -> tuple[Attributes, Changed]:
        """OPEN that makes the file; one that is there only where it is not to be new."""
        home = self._folder(folder)
        there = home.names.get(name)
        if there is not None:
            if is_exclusive and there.maker != verifier:
                raise failure(errno.EEXIST)
            return there.attributes, Changed(home.change, home.change)
        node = self._new(False, mode)
        node.maker = verifier
        return node.attributes, self._name(home, name, node)

    def make_folder(self, folder: int, name: str, mode: int) -> tuple[Attributes, Changed]:
        home = self._folder(folder)
        if name in home.names:
            raise failure(errno.EEXIST)
        node = self._new(True, mode)
        return node.attributes, self._name(home, name, node)

    def remove(self, folder: int, name: str) -> Changed:
        home, node = self._folder(folder), self._there(folder, name)
        if node.is_folder:
            raise failure(errno.EISDIR)
        return self._unname(home, name)

    def remove_folder(self, folder: int, name: str) -> Changed:
        home, node = self._folder(folder), self._there(folder, name)
        if not node.is_folder:
            raise failure(errno.ENOTDIR)
        if node.names:
            raise failure(errno.ENOTEMPTY)
        return self._unname(home, name)

    def rename(self, old: int, name: str, new: int, target: str) -> tuple[Changed, Changed]:
        """In one step; two names of one file are left as they are (18.26.3)."""
        source, home, node = self._folder(old), self._folder(new), self._there(old, name)
        before = source.change, home.change
        there = home.names.get(target)
        if there is node:
            return Changed(before[0], before[0]), Changed(before[1], before[1])
        if there is not None and there.is_folder and (not node.is_folder or there.names):
            raise failure(errno.EISDIR if not node.is_folder else errno.ENOTEMPTY)
        if there is not None:
            self._unname(home, target)
        del source.names[name]
        home.names[target] = node
        node.path = f"{home.path.rstrip('/')}/{target}"
        node.ctime_ns = self._now()
        self._touch(source)
        self._touch(home)
        return Changed(before[0], source.change), Changed(before[1], home.change)

    def link(self, handle: int, folder: int, name: str) -> tuple[Attributes, Changed]:
        node, home = self.node(handle), self._folder(folder)
        if name in home.names:
            raise failure(errno.EEXIST)
        node.links += 1
        node.change += 1
        return node.attributes, self._name(home, name, node)

    def read_folder(self, folder: int) -> dict[str, tuple[int, bool]]:
        names = self._folder(folder).names
        return {name: (node.fileid, node.is_folder) for name, node in names.items()}

    def read(self, handle: int) -> bytes:
        return bytes(self.node(handle).data)

    def write(self, handle: int, offset: int, data: bytes) -> Attributes:
        node = self.node(handle)
        node.data.extend(bytes(max(0, offset - len(node.data))))
        node.data[offset : offset + len(data)] = data
        self._touch(node)
        return node.attributes

    def set_size(self, handle: int, size: int) -> None:
        node = self.node(handle)
        if size != len(node.data):
            node.data[size:] = bytes(max(0, size - len(node.data)))
            self._touch(node)

    def set_mode(self, handle: int, mode: int) -> None:
        node = self.node(handle)
        node.mode, node.change = mode, node.change + 1

    def set_time(self, handle: int, time_ns: int | None) -> None:
        """None: to the server's own."""
        node = self.node(handle)
        self._touch(node)
        node.time_ns = self._now() if time_ns is None else time_ns

    # What happens to a file from outside

    def put_from_bucket(self, path: str, data: bytes) -> str:
        """S3 Files: an object of this name was written to the bucket meanwhile.

        The bucket's version takes the file's place, and the file goes to a folder for lost ones
        at the root (AWS, "Understanding how synchronization works"). Returns its path there.
        """
        *way, name = path.strip("/").split("/")
        home = self._nodes[ROOT]
        for part in way:
            home = home.names[part]
        lost_and_found = self._nodes[ROOT].names.get(LOST_AND_FOUND)
        if lost_and_found is None:
            lost_and_found = self._new(True, 0o755)
            self._name(self._nodes[ROOT], LOST_AND_FOUND, lost_and_found)
        lost = f"{name}-{next(self._numbers)}"
        self.rename(home.fileid, name, lost_and_found.fileid, lost)
        node = self._new(False, 0o644)
        node.data.extend(data)
        self._name(home, name, node)
        return f"/{LOST_AND_FOUND}/{lost}"

    # Nodes

    def _now(self) -> int:
        return time.time_ns() + int(self.skew_seconds * 1e9)

    def _new(self, is_folder: bool, mode: int) -> Node:
        node = Node(next(self._numbers), is_folder, mode, self._now())
        self._nodes[node.fileid] = node
        return node

    def _folder(self, handle: int) -> Node:
        node = self.node(handle)
        if not node.is_folder:
            raise failure(errno.ENOTDIR)
        return node

    def _there(self, folder: int, name: str) -> Node:
        node = self._folder(folder).names.get(name)
        if node is None:
            raise failure(errno.ENOENT)
        return node

    def _touch(self, node: Node) -> None:
        node.time_ns, node.change = max(self._now(), node.time_ns + 1), node.change + 1

    def _name(self, home: Node, name: str, node: Node) -> Changed:
        before = home.change
        home.names[name] = node
        node.path = f"{home.path.rstrip('/')}/{name}"
        self._touch(home)
        return Changed(before, home.change)

    def _unname(self, home: Node, name: str) -> Changed:
        before = home.change
        node = home.names.pop(name)
        node.links -= 1
        node.change += 1
        if not node.links or node.is_folder:
            del self._nodes[node.fileid]
        self._touch(home)
        return Changed(before, home.change)
