"""One output folder, the children that are started for it under faults, and what is held to."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from children import clean_environment

from .checker import Findings, Reference, look_at
from .ledger import Ledger, Row
from .reader import Reader
from .strikes import Hits, Rule, as_text

MAIN = Path(__file__).resolve().parents[2] / "main.py"
SPEED_WORDS = ("--help-others", "on", "--lanes", "1", "--persistent", "on")
"""Everything that makes a render faster, switched on."""
MOST_WORK_LOST = 9
"""Frames that one kill may cost: eight on their way to the disk, and the one in work."""
MOST_LONG_FRAMES_LOST = 2
"""The same of frames that take longer than the disk: one on its way, and the one in work."""


@dataclass(frozen=True)
class Film:
    """A .blend, what Blender alone makes of it, and how many frames it has."""

    blend: Path
    reference: Reference
    frames: int

    @property
    def all(self) -> set[int]:
        return set(range(1, self.frames + 1))


@dataclass(frozen=True)
class Ended:
    """A child that has ended, or was ended."""

    code: int
    log: str
    hits: Hits

    @property
    def signal(self) -> signal.Signals | None:
        """The signal that ended it: a real Blender's wrapper gives 128 more as exit code."""
        number = -self.code if self.code < 0 else self.code - 128
        return signal.Signals(number) if number in set(signal.Signals) else None


class Child:
    """A child under the shim."""

    def __init__(self, process: subprocess.Popen[str], hits: Path) -> None:
        self.process = process
        self._hits = hits
        self._said = ""

    def wait_said(self, words: str) -> None:
        """Wait until it has said this in its log."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._said += line
            if words in line:
                return
        raise AssertionError(f"{words!r} was never said: {self._said}")

    def wait_stopped(self) -> bool:
        """Wait until it was stopped by SIGSTOP (True), or ended (False)."""
        info = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
        return info is not None and info.si_code == os.CLD_STOPPED

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def end_by_force(self) -> None:
        """Leave nothing behind: a test that failed may have stopped it and not let it go on."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def end(self) -> Ended:
        log, errors = self.process.communicate(timeout=240)
        return Ended(self.process.returncode, self._said + log + errors, Hits.read(self._hits))


@dataclass
class Trial:
    """An output folder under test. Use as a context manager: a reader polls it all the while."""

    film: Film
    home: Path
    shim: Path
    start: tuple[str, ...]
    """What starts Blender on main.py."""
    ledger: Ledger
    fault: str
    where: str = ""
    """For the table, where nothing else is counted by `hit`."""
    output_name: str = "out"
    stage_name: str = "stage"
    speed: tuple[str, ...] = ()
    """Options that every child here gets."""
    lost: int = 0
    """Frames that were done and are not any more."""
    most_work_lost: dict[int, int] = field(default_factory=dict)
    """Frames that were begun and not done, at the worst of all kills, by how many may be."""
    struck: dict[str, int] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.output = self.home / self.output_name
        self.stage = self.home / self.stage_name
        self.stage.mkdir(parents=True, exist_ok=True)
        self.reader = Reader(self.output)
        self._children: list[Child] = []

    def __enter__(self) -> Trial:
        self.reader.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, *rest: object) -> None:
        for child in self._children:
            child.end_by_force()
        self.reader.__exit__(kind, error, *rest)
        found = self.look()
        half, wrong = len(self.reader.half) + len(found.half), len(found.wrong)
        for where, times in (self.struck or {self.where: 1}).items():
            row = Row(self.fault, where, times, self.lost, half, wrong)
            self.ledger.add(row, bool(self.speed))
            half = wrong = self.lost = 0
        self.ledger.add_work_lost(self.most_work_lost)
        self.ledger.files_read += self.reader.read
        if kind is not None:
            self.ledger.failures.append(f"{self.fault}, {self.where or [*self.struck]}: {error}")
        self.ledger.write()

    def begin(self, *rules: Rule, words: tuple[str, ...] = (), **variables: str) -> Child:
        """Start a child. Variables override those that every child here gets."""
        if not words or words[0].startswith("-"):  # no sub-command
            words = (*self.speed, *words)
        hits = self.home / f"hits-{next(self._numbers)}"
        environ = {
            "EFS_BLENDER_FILE_PATH": str(self.film.blend),
            "EFS_BLENDER_OUTPUT_FOLDER_PATH": str(self.output),
            "ARRAY_CHUNK_STAGE": str(self.stage),
            "TMPDIR": str(self.home),
            "LD_PRELOAD": str(self.shim),
            "FAULT_LOG": str(hits),
            "FAULT_RULES": as_text(rules),
            **variables,
        }
        process = subprocess.Popen(
            [*self.start, str(MAIN), *(("--", *words) if words else ())],
            env=clean_environment(**environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="backslashreplace",
        )
        self._children.append(Child(process, hits))
        return self._children[-1]

    def run(self, *rules: Rule, words: tuple[str, ...] = (), **variables: str) -> Ended:
        """Run a child to its end and hold it to what every end must show."""
        before = self.look().done
        ended = self.begin(*rules, words=words, **variables).end()
        self.hold(before, [ended])
        return ended

    def hold(self, before: set[int], ended: list[Ended]) -> Findings:
        """What must hold after any end of any children, whatever struck them."""
        found = self.look()
        sys.stdout.write("".join(each.log for each in ended))  # pytest shows it of a failed test
        assert not found.half, found.half
        assert not self.reader.half, self.reader.half
        assert not found.wrong, found.wrong
        assert not found.strange, found.strange
        lost = before - found.done
        self.lost += len(lost)
        assert not lost, f"done before, and not any more: {sorted(lost)}, {found.untrue}"
        for each in ended:
            assert "Traceback" not in each.log
        return found

    def hold_kill(self, before: set[int], ended: Ended, most: int = MOST_WORK_LOST) -> None:
        """At most so many frames were lost by what ended this child, and no record is too early."""
        found = self.hold(before, [ended])
        assert not found.untrue, found.untrue
        work = ended.hits.count("begun") - len(found.done - before)
        self.most_work_lost[most] = max(work, self.most_work_lost.get(most, 0))
        assert work <= most, f"{work} frames' work was lost: {ended.hits.names}"

    def order(self) -> list[int]:
        """What is not done, as the next child takes it: last what an earlier one ended in."""
        left = sorted(self.film.all - self.look().done)
        notes = self.output / ".array_chunk" / "notes"
        noted = {int(path.name.split(".")[0]) for path in notes.glob("*")}
        return sorted(left, key=lambda frame: (frame in noted, frame))

    def hit(self, where: str, *ended: Ended) -> None:
        """Count a strike for the table; it must have come in each of these children."""
        for each in ended:
            assert each.hits.count("strike") >= 1, each
        self.struck[where] = self.struck.get(where, 0) + 1

    def look(self) -> Findings:
        return look_at(self.output, self.film.reference)

    def complete(self, **variables: str) -> Ended:
        """Run the child that nothing happens to: then the film must be complete."""
        ended = self.run(**variables)
        assert ended.code == 0, ended.log
        self.hold_complete()
        return ended

    def hold_complete(self, frames: set[int] | None = None) -> None:
        """What an exit code of 0 promises."""
        found = self.look()
        wanted = self.film.all if frames is None else frames
        self.lost += len(wanted - found.done)
        assert wanted <= found.done, (wanted - found.done, found.untrue)
        assert not found.untrue, found.untrue
