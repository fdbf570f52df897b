"""A frame is published while the folder's file system is unmounted, at each of its calls.

What was held open then answers ESTALE. In the folder's place is the same one again under another
inode, an empty folder, or another output folder.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import OutputFailed
from array_chunk_render.publishing.destination import Destination
from array_chunk_render.publishing.output_folder import OutputFolder
from failing_system import Perform, system_calls
from publishing_trials import (
    OURS,
    destination,
    draft,
    names_whole_files,
    published_files,
    raw_record,
    stage,
)

pytestmark = pytest.mark.usefixtures("nothing_waits_for_the_disk")

TRIES = (0.0, 0.0, 0.0)


@dataclass
class UnmountAt:
    """Unmounts the folder at the n-th system call; `mount` puts something in its place."""

    root: Path
    number: int
    mount: Callable[[Path, Path], None]
    """Is given the folder's place, and where that is which was there before."""
    count: int = 0
    is_unmounted: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def elsewhere(self) -> Path:
        return self.root.with_name("elsewhere")

    def __call__(self, name: str, arguments: tuple[Any, ...], perform: Perform) -> Any:
        with self._lock:
            self.count += 1
            if self.count == self.number:
                self.root.rename(self.elsewhere)
                self.mount(self.root, self.elsewhere)
                self.is_unmounted = True
            descriptors = arguments[:1]  # a number behind the first is none: flags, a mode
            paths = [each for each in arguments[1:] if not isinstance(each, int)]
            if name != "close" and any(map(self._is_held_there, [*descriptors, *paths])):
                raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
            return perform()

    def _is_held_there(self, path: object) -> bool:
        if not self.is_unmounted:
            return False
        if isinstance(path, int):
            link = Path(f"/proc/self/fd/{path}")
            path = os.readlink(link) if link.is_symlink() else ""
        return isinstance(path, str | Path) and self.elsewhere in (Path(path), *Path(path).parents)


def begun(home: Path) -> Destination:
    """The folder as a child has it that is about to publish its first frame."""
    child = destination(OutputFolder(home / "out"), TRIES)
    child.make()
    child.claim()
    return child


def again(root: Path, elsewhere: Path) -> None:
    shutil.copytree(elsewhere, root)


def nothing(root: Path, elsewhere: Path) -> None:
    root.mkdir()


def another(root: Path, elsewhere: Path) -> None:
    shutil.copytree(root.with_name("another") / "out", root)


def states(root: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_mtime_ns for path in (root, *root.rglob("*"))}


def calls_of_a_frame(home: Path) -> int:
    child = begun(home)
    counter = UnmountAt(child.folder.root, -1, nothing)
    with system_calls(counter):
        child.publish(stage(home / "stage", OURS), draft())
    return counter.count


def test_the_same_folder_again(tmp_path: Path) -> None:
    count = calls_of_a_frame(tmp_path / "counted")
    assert count > 20
    for number in range(1, count + 1):
        home = tmp_path / str(number)
        child = begun(home)
        with system_calls(UnmountAt(child.folder.root, number, again)):
            child.publish(stage(home / "stage", OURS), draft())
        record = raw_record(child.folder.root)
        assert record is not None, number
        assert names_whole_files(child.folder.root, record), number
        assert published_files(child.folder.root) == OURS, number


@pytest.mark.parametrize("mount", [nothing, another])
def test_another_one_in_its_place(tmp_path: Path, mount: Callable[[Path, Path], None]) -> None:
    for number in range(1, calls_of_a_frame(tmp_path / "counted") + 1):
        hold_nothing_is_touched(tmp_path / str(number), number, mount)


def hold_nothing_is_touched(home: Path, number: int, mount: Callable[[Path, Path], None]) -> None:
    begun(home / "another")  # of the same render
    child = begun(home)
    before: dict[str, int] = {}

    def exchange(root: Path, elsewhere: Path) -> None:
        mount(root, elsewhere)
        before.update(states(root))
        child.folder.held.let_go()  # as another thread does that has just met an error

    unmount = UnmountAt(child.folder.root, number, exchange)
    try:
        with system_calls(unmount):
            child.publish(stage(home / "stage", OURS), draft())
    except OutputFailed as failed:
        assert "see that it is mounted" in str(failed)
    else:  # by the last calls the frame had been published
        if not unmount.is_unmounted:  # it made fewer calls: threads may open a folder twice
            return
        record = raw_record(unmount.elsewhere)
        assert record is not None, number
        assert names_whole_files(unmount.elsewhere, record), number
    assert states(child.folder.root) == before, number
