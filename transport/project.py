"""Pure: a project that is to be sent: its .blend, and every file that it is rendered with."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..chunking.errors import SceneRefused
from ..chunking.regular_files import open_regular
from .layout import PRIVATE, Layout, shared

BLEND = "blend"
LIBRARY = "library"
TEXTURE_CACHE = ".tx"
SETTLED_SECONDS = 2.0
"""A file that was changed so short a time ago may change again without another time: the clocks of
file systems tick once in up to two seconds."""


@dataclass(frozen=True)
class ProjectFile:
    """A file of a project, where it lies here, where it goes, and what it is for.

    `kind` is `blend` for the one that is rendered, `library` for another .blend, else a word for
    people. `rules` says which paths of a .blend are to be rewritten on the way, as one word that
    changes with them; without any it is sent as it is.
    """

    source: Path
    place: str
    kind: str
    rules: str = ""

    @property
    def turn(self) -> int:
        """Which files come after which: a texture's cache may not be older than the texture."""
        if self.kind in (LIBRARY, BLEND):
            return 2 if self.kind == LIBRARY else 3
        return 1 if self.place.endswith(TEXTURE_CACHE) else 0


@dataclass(frozen=True)
class Project:
    """All files of a project, each place once; the .blend that is rendered is the last of them.

    What is read by another file comes before it, so that no .blend is ever anywhere before the
    files that it wants.
    """

    layout: Layout
    files: tuple[ProjectFile, ...]
    opened_state: str = ""
    """The state of the .blend (see `state_of`) that its files were read from."""

    @classmethod
    def of(cls, layout: Layout, files: Iterable[ProjectFile], opened_state: str = "") -> Project:
        """Raises SceneRefused where two different files would get one place, or ours."""
        files = list(dict.fromkeys(files))
        _refuse_shared(files)
        for each in files:
            if each.place.partition("/")[0] == PRIVATE:
                raise SceneRefused(
                    f"{str(each.source)!r} lies in a folder {PRIVATE!r}, which is for the notes of "
                    "what was sent: move it out of there, or give the folder another name."
                )
        once = {each.place: each for each in files}
        ordered = sorted(once.values(), key=lambda each: (each.turn, each.place))
        return cls(layout, tuple(ordered), opened_state)

    @property
    def blend(self) -> ProjectFile:
        return self.files[-1]

    @property
    def root_name(self) -> str:
        """One word for the folder that the project lies in here, which doesn't tell its path."""
        return hashlib.sha256(os.fsencode(self.layout.root)).hexdigest()[:16]


def _refuse_shared(files: Iterable[ProjectFile]) -> None:
    places = shared((str(each.source), each.place) for each in files)
    for place, sources in places.items():
        # Two names of one file, such as through a link, may well have one place.
        if len({os.path.realpath(source) for source in sources}) > 1:
            several = " and ".join(map(repr, sources))
            raise SceneRefused(
                f"{several} would both be sent to {place!r}: name them by paths without '..', so "
                "that each has a place of its own."
            )


@contextlib.contextmanager
def opened(source: Path) -> Iterator[BinaryIO]:
    """A file of a project, or one that is sent instead of it. Raises SceneRefused."""
    try:
        file = open_regular(source)
    except OSError as error:
        reason = error.strerror or os.strerror(error.errno or 0)
        raise SceneRefused(f"{str(source)!r} can't be sent: {reason}.") from None
    with file:
        yield file


def state_of_source(path: Path) -> tuple[int, str]:
    """Size of a file, and one word that changes when its content does; empty: it may not.

    Anything that writes to a file, or puts another in its place, changes size, time of change or
    inode, also where somebody sets the time of modification back. Raises OSError.
    """
    there = os.stat(path)
    newest = max(there.st_mtime, there.st_ctime)
    word = f"{there.st_size}:{there.st_mtime_ns}:{there.st_ctime_ns}:{there.st_ino}"
    return there.st_size, word if time.time() - newest > SETTLED_SECONDS else ""
