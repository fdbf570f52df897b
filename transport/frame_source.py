"""Pure: where finished frames are fetched from, whatever keeps them: a folder, or a bucket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

from ..chunking.errors import OutputFailed
from .manifest import Mark

OnBytes = Callable[[int], None]
"""Called with each number of bytes that was copied since the last call."""


class SourceAway(OutputFailed):
    """Raised when what frames are fetched from can't be read at all, perhaps for a while."""


class Damaged(Exception):
    """Raised when one file there can't be had; the text says which, and why."""


class FrameSource(Protocol):
    """An output folder, as it is seen from here; nothing in it is changed, nor believed.

    Names are those of docs/OUTPUT_FOLDER.md, relative to it. Everything raises SourceAway.
    """

    @property
    def looks(self) -> int:
        """At how many looks a frame is tried that is not as its record says."""

    def __str__(self) -> str:
        """What a person calls it."""

    def let_go(self) -> None:
        """From here on see what is there now, be it mounted anew."""

    def refuse_target(self, target: Path) -> None:
        """Raise BadSetting where frames can't be fetched to this folder: it is this very one, or
        one of the two lies in the other.
        """

    def marks(self, home: str, settled: Mapping[str, Mark]) -> dict[str, Mark]:
        """By their names the files in a folder, with their marks; none where there is no folder.

        Those of the names in `settled` may be answered with the mark that stands there.
        """

    def bring(self, most_bytes: Mapping[str, int], check: Callable[[], None]) -> None:
        """Have files at hand that are going to be read, where that costs less than one by one.

        By their names, with how many bytes each may have; what can't be had is not brought. What
        `check` raises, which is called now and then, ends it.
        """

    def read(self, name: str, most_bytes: int) -> bytes:
        """All of a small file. Raises Damaged for what is none, and where it is longer.

        A source that has to be asked for files has only what was asked for by `bring`.
        """

    def copy(self, name: str, size: int, target: BinaryIO, on_bytes: OnBytes) -> str:
        """Write a file's bytes, no more than one over its size, to an open one; return their
        SHA-256.

        Raises Damaged, and OSError for what is wrong with the target. As with `read` a source may
        have only what was asked for.
        """
