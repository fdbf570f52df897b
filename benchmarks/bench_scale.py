"""System calls on the output folder: what a frame costs must not grow with the film or the array.

strace notes every call of a child that names the output folder or something in it. Long chunks are
ended by SIGTERM after a few frames. What is counted of a frame lies between the first call on a
note and the last one: every frame makes its note and removes it.
"""

from __future__ import annotations

import os
import re
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from farm import BLENDER, array_variables, child, make_blend, variables
from load_package import load_package
from pairs import QUICK, Bench, Started, is_there, quick

load_package()

from array_chunk_render.chunking.frames import FrameSet  # noqa: E402
from array_chunk_render.chunking.plan import chunk_of  # noqa: E402

ENOUGH = 8
"""Frames after which a child is ended."""
RECORDS = quick(20_000, 50)
LEFT_BY_OTHERS = quick(5_000, 20)
BAR = 1.10
ENDED = (0, 75)
STRACE = "strace -f -y -s 0 -qq --seccomp-bpf -e trace=%file,%desc -o".split()
A_NOTE = re.compile(r"/\.array_chunk/notes(?:/|>, \")-?\d")
"""A note in a line of strace's: by its path, or by its name beside its folder's descriptor."""
ABOUT = f"""Calls that name the output folder or something in it, as strace counts them. A long
chunk is ended after {ENOUGH} frames or a few more. At its start a child looks for the record of
each frame of its chunk. "Full" is a folder with {RECORDS:,} records
of other children's frames, "crowded" one that holds {LEFT_BY_OTHERS:,} each of their notes, claims
and temporary folders as well. The bar is for the most calls a frame by the fewest."""


@dataclass(frozen=True)
class Case:
    """A film, an array, what the child is told, and what lies in the folder already."""

    film: int
    children: int
    words: tuple[str, ...] = ("--lanes", "1")
    records: int = 0
    left: int = 0

    def __str__(self) -> str:
        state = ", crowded" if self.left else ", full" if self.records else ""
        words = "" if self.words == Case.words else f", {' '.join(self.words[2:])}"
        return f"{self.film:,} frames, {self.children:,} children{state}{words}"


LONG = quick(1_000_000, 1_000)
MANY = quick(10_000, 10)
CASES = (
    Case(100, 2),
    Case(100, 25),
    *((Case(LONG, 2), Case(LONG, 100)) if not QUICK else ()),
    Case(LONG, MANY),
    Case(LONG, MANY, records=RECORDS),
    Case(LONG, MANY, records=RECORDS, left=LEFT_BY_OTHERS),
)
TOLD_FOR_INTEREST = (Case(LONG, MANY, ("--lanes", "1", "--help-others", "on")),)


@dataclass(frozen=True)
class Counts:
    """Calls of one child before, in and after its frames."""

    chunk: int
    frames: int
    start: int
    inside: Counter[str]
    end: int

    @property
    def a_frame(self) -> float:
        return self.inside.total() / self.frames


def fill(private: Path, case: Case) -> None:
    """Put into the folder what others would have left there."""
    for number in range(1, case.records + 1):
        put(private / "frames" / f"{number:05d}.json", "{}")
    for number in range(1, case.left + 1):
        put(private / "notes" / f"{number:05d}.1.elsewhere-{number}", "")
        put(private / "claims" / f"{number:05d}", "{}")
        (private / "tmp" / f"{number:05d}.elsewhere-{number}").mkdir(parents=True)


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def count_calls(blend: Path, case: Case) -> Counts:
    """Run one child of the middle of the array under strace."""
    frames, index = f"1-{case.film}", case.children // 2
    chunk = chunk_of(FrameSet.parse(frames), case.children, index, "contiguous")
    with tempfile.TemporaryDirectory() as folder:
        output, trace = Path(folder) / "out", Path(folder) / "trace"
        fill(output / ".array_chunk", case)
        records = output / ".array_chunk" / "frames"
        command = [*STRACE, str(trace), *child(blend, *case.words, "--frames", frames)]
        environ = variables(output, **array_variables(case.children, index))
        started = Started(command, environ)
        if len(chunk) > ENOUGH:
            end_after(started, trace, records / f"{chunk[ENOUGH - 1]:05d}.json")
        started.end(ENDED)
        rendered = sum(1 for _ in records.iterdir()) - case.records
        return counted(trace, output, len(chunk), rendered)


def end_after(started: Started, trace: Path, record: Path) -> None:
    """Send SIGTERM to the child, not to strace, when this record is there."""
    while started.process.poll() is None and not record.exists():
        time.sleep(0.02)
    with trace.open() as lines:
        os.kill(int(lines.readline().split()[0]), signal.SIGTERM)


def counted(trace: Path, output: Path, chunk: int, frames: int) -> Counts:
    with trace.open(errors="replace") as lines:
        ours = [line for line in lines if str(output) in line and "resumed>" not in line]
    noted = [number for number, line in enumerate(ours) if A_NOTE.search(line)]
    first, last = noted[0], noted[-1] + 1
    inside = Counter(line.split(maxsplit=1)[1].split("(")[0] for line in ours[first:last])
    return Counts(chunk, frames, first, inside, len(ours) - last)


def tell(bench: Bench, case: Case, counts: Counts) -> None:
    kinds = (f"{name} {count / counts.frames:.1f}" for name, count in counts.inside.most_common(6))
    figures = {
        "chunk": f"{counts.chunk:,}",
        "rendered": f"{counts.frames}",
        "calls at the start": f"{counts.start:,}",
        "calls a frame": f"{counts.a_frame:.1f}",
        "at the end": f"{counts.end:,}",
        "most frequent, a frame": ", ".join(kinds),
    }
    bench.row(str(case), figures)


def main() -> None:
    if not is_there("strace"):
        return
    bench = Bench("scale", "Calls on the output folder", ABOUT, BLENDER)
    with tempfile.TemporaryDirectory() as folder:
        size = {"width": 64, "height": 36, "percentage": 100, "samples": 1}
        blend = make_blend(Path(folder), "plain", end=4, threads=1, **size)
        found = []
        for case in (*CASES, *TOLD_FOR_INTEREST):
            counts = count_calls(blend, case)
            tell(bench, case, counts)
            if case in CASES:
                found.append(counts.a_frame)
    worst = max(found) / min(found)
    bench.row("most by fewest", {"calls a frame": f"{worst:.3f}"}, worst, BAR)
    bench.save()


if __name__ == "__main__":
    main()
