"""Pure: an output folder that frames are fetched from, such as one on a disk that a farm shares."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from ..chunking.errors import BadSetting
from ..chunking.regular_files import Part
from ..publishing.durable import copy_blocks
from ..publishing.folder_handles import Odd
from ..publishing.held_folder import HeldFolder
from ..publishing.record import NOT_THERE
from ..publishing.verify import FORBIDDEN
from .frame_source import Damaged, OnBytes, SourceAway
from .manifest import Mark

OF_ONE_FILE = NOT_THERE | FORBIDDEN | {errno.EIO}
"""What the system answers for one file, while others can be read."""


LOOKS = 3
"""A network disk may tell of a new record before it shows the files of it."""


class FrameFolder:
    """Finished frames in a folder, none of them ever reached through a link below it."""

    looks = LOOKS

    def __init__(self, root: Path) -> None:
        self._root = root
        self._held = HeldFolder(root)

    def __str__(self) -> str:
        return str(self._root)

    def let_go(self) -> None:
        self._held.let_go()

    def refuse_target(self, target: Path) -> None:
        if _is_within(target, self._root) or _is_within(self._root, target):
            raise BadSetting(
                f"--to is {str(target)!r}, and one of it and --from is in the other: name a folder "
                "of its own for what is fetched."
            )

    def marks(self, home: str, settled: Mapping[str, Mark]) -> dict[str, Mark]:
        marks: dict[str, Mark] = {}
        try:
            for name in (f"{home}/{each}" for each in self._held.names(home)):
                if name in settled:
                    marks[name] = settled[name]
                    continue
                with contextlib.suppress(FileNotFoundError, Odd):  # replaced at this very moment
                    there = self._held.look_at(name)
                    if stat.S_ISREG(there.st_mode):
                        marks[name] = Mark(there.st_size, f"{there.st_ino} {there.st_mtime_ns}")
        except (FileNotFoundError, Odd):
            return {}
        except OSError as error:
            raise self._away(home, error) from error
        return marks

    def bring(self, most_bytes: Mapping[str, int], check: Callable[[], None]) -> None:
        """Each file is at hand."""

    def read(self, name: str, most_bytes: int) -> bytes:
        with self._errors(name):
            return self._held.read(name, most_bytes)

    def copy(self, name: str, size: int, target: BinaryIO, on_bytes: OnBytes) -> str:
        with contextlib.ExitStack() as opened:
            with self._errors(name):
                self._held.look_anew(name.rpartition("/")[0])
                part = Part(opened.enter_context(self._held.open(name)), size + 1)

            def read(count: int) -> bytes:
                with self._errors(name):
                    return part.read(count)

            return copy_blocks(read, target, on_bytes)

    @contextlib.contextmanager
    def _errors(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if isinstance(error, Odd) or error.errno in OF_ONE_FILE:
                raise Damaged(f"{name}: {error.strerror or error}") from None
            raise self._away(name, error) from error

    def _away(self, name: str, error: OSError) -> SourceAway:
        return SourceAway(
            f"Could not read {str(self._held.path(name))!r}: {error.strerror or error}. See that "
            "the folder is mounted, and that this user may read it.",
            error.errno,
        )


def _is_within(folder: Path, other: Path) -> bool:
    """Whether it is the other one or lies in it; by device and inode, for mounts in two places."""
    real = Path(os.path.realpath(folder))
    for above in (real, *real.parents):
        with contextlib.suppress(OSError):
            if os.path.samefile(above, other):
                return True
    return False
