"""What a child changed in a folder, call by call, as strace saw it: for a disk that loses power."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from power_loss import Disk, Node

_WRITES = ("write", "writev", "pwrite64", "sendfile", "copy_file_range", "ftruncate")
_MAKES_FILES = ("open", "openat", "creat")
_NAMES = ("mkdir", "mkdirat", "rename", "renameat", "renameat2", "link", "linkat")
_REMOVES = ("unlink", "unlinkat", "rmdir")
_SYNCS = ("fsync", "fdatasync")
_CALLS = ",".join((*_WRITES, *_MAKES_FILES, *_NAMES, *_REMOVES, *_SYNCS))
STRACE = ("strace", "-f", "-y", "-qq", "-s", "4096", "--seccomp-bpf", "-e", f"trace={_CALLS}", "-o")
"""To be followed by the trace's file and the command."""

_LINE = re.compile(r"(?P<thread>\d+) +(?:<\.\.\. \w+ resumed>)?(?P<rest>.*)")
_UNFINISHED = " <unfinished ...>"
_PLACE = re.compile(r'(?:(?:\d+|AT_FDCWD)<(?P<folder>[^>]*)>, )?"(?P<name>(?:[^"\\]|\\.)*)"')
_DESCRIPTOR = re.compile(r"\d+<(?P<path>/[^>]*)>")


@dataclass(frozen=True)
class Call:
    """A call that has succeeded."""

    name: str
    arguments: str

    @property
    def places(self) -> list[Path]:
        """The paths that it names, each by its folder and its name there."""
        return [
            Path(os.path.normpath(Path(match["folder"] or os.getcwd(), match["name"])))
            for match in _PLACE.finditer(self.arguments)
        ]

    @property
    def opened(self) -> list[Path]:
        """What its descriptors lead to."""
        return [Path(match["path"]) for match in _DESCRIPTOR.finditer(self.arguments)]


def calls(trace: Path) -> Iterator[Call]:
    """The calls in the order in which they ended."""
    begun: dict[str, str] = {}
    for line in trace.read_text(errors="replace").splitlines():
        match = _LINE.fullmatch(line)
        assert match is not None, line
        whole = begun.pop(match["thread"], "") + match["rest"]
        if whole.endswith(_UNFINISHED):
            begun[match["thread"]] = whole.removesuffix(_UNFINISHED)
            continue
        call, _, answer = whole.rpartition(" = ")
        if answer and not answer.startswith(("-1", "?")):
            name, _, arguments = call.partition("(")
            yield Call(name, arguments)


def replay(call: Call, disk: Disk, folder: Path) -> bool:
    """Have the disk follow a call; false for one that has nothing to do with that folder.

    A sync of the folder around it brings its own name to the disk.
    """
    of_names = call.name in (*_MAKES_FILES, *_NAMES, *_REMOVES)
    paths = call.places if of_names else call.opened
    if call.name in _SYNCS and paths == [folder.parent]:
        return disk.sync(folder.parent, b"")
    paths = [path for path in paths if path.is_relative_to(folder)]
    if not paths:
        return False
    if call.name in _WRITES:
        for path in paths:
            disk.node(path).data = None
        return True
    if call.name in _SYNCS:
        return disk.sync(paths[0], b"")
    return _follow_names(call, disk, paths)


def _follow_names(call: Call, disk: Disk, paths: list[Path]) -> bool:
    if call.name in _MAKES_FILES:
        is_new = "O_CREAT" in call.arguments and not disk.has(paths[0])
        return is_new and disk.put(paths[0], Node(is_folder=False))
    if call.name.startswith("mkdir"):
        return disk.put(paths[0], Node(is_folder=True))
    if call.name.startswith("rename"):
        return disk.move(*paths)
    if call.name.startswith("link"):
        return disk.link(*paths)
    return disk.remove(paths[0])
