"""Faults that are made to happen at a certain call of a child's: rules for shim.c, and its log."""

from __future__ import annotations

import errno
import signal
import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("shim.c")

Place = tuple[str, str]
"""A call and a glob. What stands for a frame's number is ANY_FRAME: see `of_frame`."""
ANY_FRAME = "?????"

FOLDERS_MADE = ("mkdir", "*/.array_chunk/claims")
"""The last of the private folders is made; no file has been."""
NOTE = ("open", "*/.array_chunk/notes/?????.*")
"""A frame is taken: its note is made, which may be while the one before is rendered."""
BEGIN = ("mkdir", "*/frame*/nodes")
"""A frame is begun to be rendered: its stage is made, this folder of it by one call. One comes
after the other."""
STAGED = ("open", "*/frame*/beauty/*")
"""Blender has rendered, and opens the stage's first file to write it."""
COPY = ("write", "*/.array_chunk/tmp/?????.*/*-[0-9]*")
"""A block of a file that is being copied to the output's disk."""
COPY_SYNC = ("fsync", "*/.array_chunk/tmp/?????.*/*-[0-9]*")
PUT = ("rename", "*?????.png")
"""A file gets its final name."""
RECORD = ("rename", "*/.array_chunk/frames/?????.json")
RECORD_WRITE = ("write", "*/.array_chunk/tmp/?????.*/*-record")
"""A block of a record, whose file is opened with the copies of its frame's files."""
COPY_OPEN = ("open", "*/.array_chunk/tmp/?????.*/*-[0-9]*")
NOTE_GONE = ("unlink", "*/.array_chunk/notes/?????.*")
CLAIM = ("open", "*/.array_chunk/claims/?????")
"""A claim is made, or marked as failed."""
CLAIM_WRITE = ("write", "*/.array_chunk/claims/?????")
CLAIM_READ = ("read", "*/.array_chunk/claims/?????")
CLAIM_GONE = ("unlink", "*/.array_chunk/claims/?????")
PIN = ("link", "*/.array_chunk/render.json")
FOLDER_SYNC = ("fsync", "*/out")
RECORD_READ = ("read", "*/.array_chunk/frames/*")
VERDICT = ("rename", "*/.array_chunk/children/*.json")


def of_frame(place: Place, frame: int) -> Place:
    """The same call for one frame only. Frames are published by several threads at once."""
    call, glob = place
    assert ANY_FRAME in glob, glob
    return call, glob.replace(ANY_FRAME, f"{frame:05d}")


def compile_shim(folder: Path) -> Path:
    """Compile the shim. Raises CalledProcessError where there is no C compiler."""
    library = folder / "shim.so"
    options = ("-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC", "-o", str(library))
    subprocess.run(["gcc", *options, str(SOURCE), "-ldl", "-lpthread"], check=True)
    return library


@dataclass(frozen=True)
class Rule:
    """One line of FAULT_RULES; `first` and `last` count the matches, from 1; last 0: no end."""

    name: str
    at: Place
    action: str = "log"
    first: int = 1
    last: int = 0

    def __str__(self) -> str:
        call, glob = self.at
        return "\t".join((self.name, call, glob, str(self.first), str(self.last), self.action))


def once(name: str, at: Place, action: str, number: int = 1) -> Rule:
    """A rule that acts on one match only."""
    return Rule(name, at, action, number, number)


def sends(number: signal.Signals, how: str = "kill", milliseconds: int = 0) -> str:
    late = f":{milliseconds}" if how == "late" else ""
    return f"{how}={int(number)}{late}"


def fails(name: str, how: str = "fail") -> str:
    return f"{how}={getattr(errno, name)}"


WATCHED = (Rule("begun", BEGIN), Rule("staged", STAGED), Rule("put", PUT))
"""What is noted of every child."""


@dataclass(frozen=True)
class Hits:
    """What the shim noted, in order: names of rules."""

    names: tuple[str, ...]

    @classmethod
    def read(cls, log: Path) -> Hits:
        lines = log.read_text().splitlines() if log.exists() else []
        return cls(tuple(line.split("\t")[0] for line in lines))

    def count(self, name: str) -> int:
        return Counter(self.names)[name]


def as_text(rules: Iterable[Rule]) -> str:
    return "\n".join(str(rule) for rule in (*rules, *WATCHED))
