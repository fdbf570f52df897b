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

BEGIN = ("open", "*/.array_chunk/notes/*")
"""A frame is begun: its note is made."""
STAGED = ("open", "*/frame/beauty/*")
"""Blender has rendered, and opens the stage's first file to write it."""
COPY = ("write", "*/.array_chunk/tmp/*.*/*")
"""A block of a file that is being copied to the output's disk."""
COPY_SYNC = ("fsync", "*/.array_chunk/tmp/*.*/*")
PUT = ("rename", "*.png")
"""A file gets its final name."""
RECORD = ("rename", "*/.array_chunk/frames/*")
RECORD_WRITE = ("write", "*/.array_chunk/tmp/" + "[0-9a-f]" * 32)
"""A block of a record, or of another small file of the private folder."""
COPY_OPEN = ("open", "*/.array_chunk/tmp/*.*/*")
NOTE_GONE = ("unlink", "*/.array_chunk/notes/*")
PIN = ("link", "*/.array_chunk/render.json")
FOLDER_SYNC = ("fsync", "*/out")
RECORD_READ = ("read", "*/.array_chunk/frames/*")
STAGE_MADE = ("mkdir", "*/frame/beauty")
VERDICT = ("rename", "*/.array_chunk/children/*.json")


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
    at: tuple[str, str]
    action: str = "log"
    first: int = 1
    last: int = 0

    def __str__(self) -> str:
        call, glob = self.at
        return "\t".join((self.name, call, glob, str(self.first), str(self.last), self.action))


def once(name: str, at: tuple[str, str], action: str, number: int = 1) -> Rule:
    """A rule that acts on one match only."""
    return Rule(name, at, action, number, number)


def sends(number: signal.Signals, how: str = "kill", milliseconds: int = 0) -> str:
    late = f":{milliseconds}" if how == "late" else ""
    return f"{how}={int(number)}{late}"


def fails(name: str, how: str = "fail") -> str:
    return f"{how}={getattr(errno, name)}"


WATCHED = (Rule("begun", BEGIN), Rule("staged", STAGED), Rule("put", PUT, "log"))
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
