"""A model of a disk that loses power: what was not synced may be lost, each name by itself.

Data of a file are there once the file was synced, a name once its folder was. Real file systems
lose less; what a program may rely on is no more than this.
"""

from __future__ import annotations

import os
import random
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(eq=False)
class Node:
    """A file or a folder on the disk."""

    is_folder: bool
    data: bytes | None = None
    """What a sync has brought to the disk; None: nothing yet."""
    names: dict[str, Node] = field(default_factory=dict)
    synced: dict[str, Node] = field(default_factory=dict)


class Disk:
    """What is below one folder, which is there: in memory, and of that what is on the disk."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._root = Node(is_folder=True)

    def put(self, path: Path, node: Node) -> bool:
        """Give a node a name, in place of what has it; false outside of the folder."""
        if path.is_relative_to(self._base):
            self._folder(path).names[path.name] = node
        return path.is_relative_to(self._base)

    def move(self, source: Path, target: Path) -> bool:
        return self.put(target, self._folder(source).names.pop(source.name))

    def link(self, source: Path, target: Path) -> bool:
        return self.put(target, self.node(source))

    def remove(self, path: Path) -> bool:
        return self._folder(path).names.pop(path.name, None) is not None

    def sync(self, path: Path, data: bytes) -> bool:
        """Bring a folder's names to the disk, or what a file holds; false outside of the folder."""
        if not path.is_relative_to(self._base):
            return False
        node = self.node(path)
        if node.is_folder:
            node.synced = dict(node.names)
        else:
            node.data = data
        return True

    def node(self, path: Path) -> Node:
        return self._folder(path).names[path.name] if path != self._base else self._root

    def has(self, path: Path) -> bool:
        return path.name in self._folder(path).names

    def _folder(self, path: Path) -> Node:
        node = self._root
        for part in path.parent.relative_to(self._base).parts:
            node = node.names[part]
        return node

    def after_power_loss(self, chance: random.Random | None) -> dict[str, bytes | None]:
        """The files that are there, by their paths; None for what they hold: nobody knows.

        Without `chance` all is lost that can be; with it each name as it falls.
        """
        found: dict[str, bytes | None] = {}
        self._collect(self._root, "", chance, found)
        return found

    def _collect(
        self, node: Node, way: str, chance: random.Random | None, found: dict[str, bytes | None]
    ) -> None:
        for name in {**node.synced, **node.names}:
            is_kept = chance is not None and chance.random() < 0.5
            there = (node.names if is_kept else node.synced).get(name)
            if there is None:
                continue
            if there.is_folder:
                self._collect(there, f"{way}{name}/", chance, found)
            else:
                found[f"{way}{name}"] = there.data


class FollowedDisk(Disk):
    """To be given to `system_calls`: follows what this process does below one folder."""

    def __init__(self, base: Path, after_each_change: Callable[[Disk], None]) -> None:
        super().__init__(base)
        self._after_each_change = after_each_change
        self._lock = threading.RLock()  # following a sync opens the file

    def __call__(self, name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        with self._lock:
            before = os.readlink(f"/proc/self/fd/{arguments[0]}") if name == "fsync" else ""
            result = perform()
            if self._follow(name, arguments, before):
                self._after_each_change(self)
            return result

    def _follow(self, name: str, arguments: tuple[Any, ...], synced: str) -> bool:
        if name == "fsync":
            return self.sync(Path(synced), _content(arguments[0]))
        if name == "open" and arguments[1] & os.O_CREAT:
            return self.put(Path(arguments[0]), Node(is_folder=False))
        if name == "mkdir":
            return self.put(Path(arguments[0]), Node(is_folder=True))
        if name == "replace":
            return self.move(Path(arguments[0]), Path(arguments[1]))
        if name == "link":
            return self.link(Path(arguments[0]), Path(arguments[1]))
        if name in ("unlink", "rmdir"):
            return self.remove(Path(arguments[0]))
        return False


def _content(descriptor: int) -> bytes:
    """What an open file holds; of a folder nothing."""
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        return b""
    with open(f"/proc/self/fd/{descriptor}", "rb") as file:
        return file.read()
