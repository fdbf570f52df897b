"""Measuring: sides that alternate, medians and ratios, and rows that write_page.py makes a page of.

A row is one case of a bench: `case`, `figures` (a text for each column), `value` (the figure that
is held against the bar) and `bar` (at most; None: told for interest). A bench may make its rows by
`compare`, or by `row` where it measures something else. `save` writes .build/bench/NAME.json.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from machine import ROOT, Neighbours, stamp

Number = TypeVar("Number", int, float)

QUICK = bool(os.environ.get("QUICK"))
"""Tiny numbers, that show that everything runs and nothing else."""

RESULTS = Path(
    os.environ.get("BENCH_RESULTS") or ROOT / ".build" / ("bench-quick" if QUICK else "bench")
)


def quick(real: Number, tiny: Number) -> Number:
    return tiny if QUICK else real


@dataclass(frozen=True)
class Run:
    """What one run took: wall time, and the time of all cores with all its processes."""

    seconds: float
    cpu_seconds: float

    @property
    def cores_busy(self) -> float:
        return self.cpu_seconds / self.seconds


class Started:
    """A process that was started now, and what it says, which is shown only if it fails."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._command = command
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed at the end
        self._began = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def end(self, codes: Sequence[int] = (0,)) -> Run:
        """Wait for it. Raises SystemExit where it ends with another exit code."""
        _, status, used = os.wait4(self.process.pid, 0)
        seconds = time.perf_counter() - self._began
        self.process.returncode = os.waitstatus_to_exitcode(status)
        if self.process.returncode not in codes:
            self._log.seek(0)
            told = self._log.read().decode(errors="replace")
            command = " ".join(self._command)
            raise SystemExit(f"{told[-4000:]}\n{command}\nended with {self.process.returncode}")
        self._log.close()
        return Run(seconds, used.ru_utime + used.ru_stime)


def is_there(program: str) -> bool:
    """Whether a bench can be run that needs this program; without it, the page says it was not."""
    there = shutil.which(program) is not None
    if not there:
        print(f"not measured, for want of the program {program}")
    return there


def run(command: Sequence[str], environ: Mapping[str, str]) -> Run:
    return Started(command, environ).end()


Side = Callable[[Path], Run]
"""One of the things that are compared: it runs in an empty folder, which is removed afterwards."""


def alternate(sides: Mapping[str, Side], rounds: int) -> dict[str, list[Run]]:
    """Run every side once a round, in turns: A B, B A, A B …"""
    runs: dict[str, list[Run]] = {name: [] for name in sides}
    for number in range(rounds):
        for name in list(sides) if number % 2 == 0 else reversed(sides):
            with tempfile.TemporaryDirectory() as folder:
                runs[name].append(sides[name](Path(folder)))
    return runs


def median(runs: Sequence[Run]) -> float:
    return statistics.median(each.seconds for each in runs)


def ratios(before: Sequence[Run], after: Sequence[Run]) -> list[float]:
    """How long each run took against the one of the same round, from the lowest to the highest."""
    return sorted(b.seconds / a.seconds for a, b in zip(before, after, strict=True))


@dataclass
class Bench:
    """A bench under way: its rows are printed as they come, and saved at its end."""

    name: str
    title: str
    about: str
    blender: Path | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._neighbours = Neighbours()
        print(f"{self.name}: {self.title}")

    def row(
        self,
        case: str,
        figures: Mapping[str, str],
        value: float | None = None,
        bar: float | None = None,
    ) -> None:
        self.rows.append({"case": case, "figures": dict(figures), "value": value, "bar": bar})
        told = "  ".join(f"{column} {text}" for column, text in figures.items())
        verdict = (
            "" if bar is None else f"  {'held' if value <= bar else 'MISSED'}: at most {bar:,g}"
        )
        print(f"  {case:44} {told}{verdict}", flush=True)

    def compare(
        self, case: str, sides: Mapping[str, Side], rounds: int, bars: Mapping[str, float]
    ) -> dict[str, list[Run]]:
        """Measure sides in turns: a row for each but the first, which they are held against."""
        runs = alternate(sides, rounds)
        first, *others = runs
        for name in others:
            found = ratios(runs[first], runs[name])
            ratio = statistics.median(found)
            figures = {
                "against": f"{median(runs[first]):.2f} s",
                "took": f"{median(runs[name]):.2f} s",
                "ratio": f"{ratio:.3f}",
                "lowest to highest": f"{found[0]:.3f} to {found[-1]:.3f}",
                "cores busy": f"{busy(runs[first])} → {busy(runs[name])}",
                "pairs": str(rounds),
            }
            self.row(f"{case}: {name} / {first}", figures, ratio, bars.get(name))
        return runs

    def save(self) -> None:
        """Keep the rows, with what they have to be read with."""
        RESULTS.mkdir(parents=True, exist_ok=True)
        told = {
            "name": self.name,
            "title": self.title,
            "about": self.about,
            "stamp": stamp(self.blender, self._neighbours),
            "rows": self.rows,
        }
        text = json.dumps(told, indent=1, ensure_ascii=False)
        (RESULTS / f"{self.name}.json").write_text(text, encoding="utf-8")


def busy(runs: Sequence[Run]) -> str:
    return f"{statistics.median(each.cores_busy for each in runs):.2f}"
