"""Pure: a folder that projects are sent to, such as one on a disk that a farm shares."""

from __future__ import annotations

import contextlib
import itertools
import os
import posixpath
import re
import stat
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from ..chunking.errors import BadSetting
from ..publishing.durable import (
    UNIQUE,
    copy_open_durably,
    digest_of_open,
    output_errors,
    write_whole,
)
from ..publishing.folder_handles import Odd
from ..publishing.held_folder import HeldFolder
from .layout import MANIFESTS, PRIVATE
from .manifest import MOST_BYTES, SUFFIX, Mark
from .progress import Progress
from .project import Project, opened

UNFINISHED = f"{PRIVATE}/unfinished"
_OURS = re.compile(UNIQUE)
OLD_SECONDS = 3600.0
"""What is unfinished, and nobody wrote to for so long, was left behind by a killed sender."""


class ProjectFolder:
    """Files by their places below a folder, none of them ever reached through a link.

    They keep their times. The folder is made with the first file that is put into it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._held = HeldFolder(root)
        self._is_made = False
        self._unsynced: set[str] = set()

    def __str__(self) -> str:
        return str(self._root)

    def refuse_itself(self, project: Project) -> None:
        """Raise BadSetting where a file of the project lies in this very folder."""
        own = Path(os.path.realpath(self._root))
        for each in project.files:
            if Path(os.path.realpath(each.source)).is_relative_to(own):
                raise BadSetting(
                    f"--to is {str(self._root)!r}, and {str(each.source)!r} of the project lies in "
                    "it: name a folder in which there is nothing of the project itself."
                )

    def marks(self, places: Collection[str]) -> dict[str, Mark]:
        """A file is told by its size and the time of its last change."""
        marks = {}
        for place in places:
            with self._errors("read", place), contextlib.suppress(FileNotFoundError, Odd):
                there = self._held.look_at(place)
                if stat.S_ISREG(there.st_mode):
                    marks[place] = _mark(there)
        return marks

    def holds(self, place: str, mark: Mark, digest: str, source: Path | None) -> bool:
        with self._errors("read", place), self._held.open(place) as file:
            return digest_of_open(file) == digest

    def put(self, files: Mapping[str, Path], progress: Progress) -> Iterator[tuple[str, str, Mark]]:
        for place, source in files.items():
            progress.start(place)
            yield (place, *self._put(source, place, progress.advance))

    def _put(self, source: Path, place: str, on_bytes: Callable[[int], None]) -> tuple[str, Mark]:
        self._make()
        unfinished = f"{UNFINISHED}/{uuid.uuid4().hex}"
        folder = place.rpartition("/")[0]
        with opened(source) as reader, self._errors("write", place):
            try:
                digest = copy_open_durably(reader, self._held, unfinished, on_bytes)
                # Blender passes over a texture's cache that is older than the texture.
                self._held.date(unfinished, os.fstat(reader.fileno()).st_mtime_ns)
                if folder:
                    self._held.make(folder)
                self._held.replace(unfinished, place)
            except BaseException:
                self._held.remove(unfinished)
                raise
            above = itertools.accumulate(folder.split("/"), posixpath.join)
            self._unsynced.update(["", *above])
            return digest, _mark(self._held.look_at(place))

    def remove(self, places: Collection[str]) -> None:
        for place in places:
            with self._errors("remove", place):
                self._held.remove(place)
                self._unsynced.add(place.rpartition("/")[0])

    def manifests(self) -> Iterator[bytes]:
        with self._errors("read", MANIFESTS):
            names = [name for name in self._names(MANIFESTS) if name.endswith(SUFFIX)]
        for name in names:
            with self._errors("read", MANIFESTS), contextlib.suppress(Odd, FileNotFoundError):
                yield self._held.read(f"{MANIFESTS}/{name}", MOST_BYTES)

    def put_manifest(self, name: str, content: bytes) -> None:
        self._make()
        with self._errors("write", f"{MANIFESTS}/{name}"):
            for folder in sorted(self._unsynced):
                self._held.sync(folder)
            self._unsynced.clear()
            write_whole(self._held, f"{MANIFESTS}/{name}", content, UNFINISHED)
            self._held.sync(PRIVATE)

    def _make(self) -> None:
        if self._is_made:
            return
        with output_errors(self._root, "make"):
            self._root.mkdir(parents=True, exist_ok=True)
            for folder in (MANIFESTS, UNFINISHED):
                self._held.make(folder)
            for name in filter(_OURS.fullmatch, self._names(UNFINISHED)):
                with contextlib.suppress(FileNotFoundError):  # another sender has finished with it
                    there = self._held.look_at(f"{UNFINISHED}/{name}")
                    # Not by the time that it shows: that is soon its source's.
                    if stat.S_ISREG(there.st_mode) and time.time() - there.st_ctime > OLD_SECONDS:
                        self._held.remove(f"{UNFINISHED}/{name}")
        self._is_made = True

    def _names(self, folder: str) -> list[str]:
        try:
            return sorted(self._held.names(folder))
        except FileNotFoundError:
            return []

    @contextlib.contextmanager
    def _errors(self, verb: str, place: str) -> Iterator[None]:
        with output_errors(self._held.path(place), verb):
            yield


def _mark(there: os.stat_result) -> Mark:
    return Mark(there.st_size, str(there.st_mtime_ns))
