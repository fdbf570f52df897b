"""Four children at once on a film whose last quarter is 20 times as heavy: who waits for whom?

What the time is held against must not get longer by what we do badly, so it is never made of the
times of the run that is judged. It is measured beforehand: the same frames, shared out evenly
between children that each have a core of their own; the seconds of all frames, by the number of
machines. It holds no start of a Blender, no waiting and no bookkeeping, so no array can reach it.
(Where four children share two cores, each frame takes twice its time: an ideal made of those times
would forgive everything.)

Two kinds of film. In one, frames compute: four children have to share the cores of this machine. In
the other, frames wait (the fault shim holds Blender up where it opens the picture) and need
next to no core: four children are as good as four machines.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from farm import BLENDER, array_variables, child, hold_count, make_blend, variables
from pairs import Bench, Run, Side, Started, alternate, is_there, median, quick
from strikes import Rule, compile_shim  # beside the fault suite, see farm.py

from machine import CORES

CHILDREN = 4
WORKERS = min(CHILDREN, CORES)
FRAMES = quick(120, 8)
LIGHT_FRAMES = FRAMES * 3 // 4
LIGHT, HEAVY = quick(250, 10), quick(5000, 200)
"""Milliseconds that a frame waits where it waits."""
BAR = 1.15
SIDES = {
    "contiguous": ("--help-others", "off", "--partition", "contiguous"),
    "interleaved": ("--help-others", "off", "--partition", "interleaved"),
    "contiguous, helping": ("--help-others", "on", "--partition", "contiguous"),
}
ABOUT = f"""{CHILDREN} children at once, of one thread each, from the first one's start to the last
one's end; {FRAMES} frames, the last quarter of them much heavier. Where frames compute, the
children share the {CORES} cores of this machine, which count as {WORKERS} machines; where frames
only wait, the children are as good as {CHILDREN} machines. "Ideal" is the seconds of all frames by
the number of machines, measured beforehand by {WORKERS} children with even shares and a core each.
It holds no start of a Blender, no bookkeeping, and nothing that is done badly makes it longer."""


@dataclass(frozen=True)
class Film:
    """A .blend, and what its children get told."""

    name: str
    blend: Path
    machines: int
    """How many children can be at work without taking each other's core."""
    shim: dict[str, str]

    def array(self, output: Path, size: int, *words: str) -> Run:
        """Run an array of so many children, all started at once."""
        off = ("--persistent", "off", "--lanes", "1", "--threads", "1")
        command = child(self.blend, *off, *words)
        began = time.perf_counter()
        started = [
            Started(command, variables(output, **array_variables(size, index), **self.shim))
            for index in range(size)
        ]
        runs = [each.end() for each in started]
        seconds = time.perf_counter() - began
        hold_count(output, FRAMES)
        return Run(seconds, sum(each.cpu_seconds for each in runs))

    def frame_seconds(self) -> dict[int, float]:
        """What each frame takes where its child has a core of its own."""
        with tempfile.TemporaryDirectory() as folder:
            self.array(Path(folder), WORKERS, *SIDES["interleaved"])
            records = sorted((Path(folder) / ".array_chunk" / "frames").iterdir())
            told = [json.loads(path.read_text()) for path in records]
        return {each["frame"]: each["seconds"] for each in told}


def computing(folder: Path) -> Film:
    size = {"width": 640, "height": 360, "percentage": quick(50, 5), "samples": quick(10, 1)}
    blend = make_blend(folder, "uneven", end=FRAMES, threads=1, **size)
    return Film("frames compute", blend, WORKERS, {})


def waiting(folder: Path) -> Film:
    """The shim holds Blender up where it opens the picture in the stage."""
    size = {"width": 640, "height": 360, "percentage": 20, "samples": 1}
    blend = make_blend(folder, "plain", end=FRAMES, threads=1, **size)
    rules = [
        Rule("wait", ("open", f"*/beauty/{frame:05d}.png"), f"wait={milliseconds}")
        for frame in range(1, FRAMES + 1)
        for milliseconds in [LIGHT if frame <= LIGHT_FRAMES else HEAVY]
    ]
    shim = {"LD_PRELOAD": str(compile_shim(folder)), "FAULT_LOG": str(folder / "hits")}
    shim["FAULT_RULES"] = "\n".join(map(str, rules))
    return Film("frames wait", blend, CHILDREN, shim)


def ideal_seconds(bench: Bench, film: Film) -> float:
    seconds = film.frame_seconds()
    light = statistics.median(seconds[frame] for frame in range(1, LIGHT_FRAMES + 1))
    heavy = statistics.median(seconds[frame] for frame in range(LIGHT_FRAMES + 1, FRAMES + 1))
    if film.shim and heavy < HEAVY / 1000:
        raise SystemExit("the shim's rules don't name the pictures of the stage any more")
    ideal = sum(seconds.values()) / film.machines
    frames = f"{light:.2f} s, {heavy:.2f} s"
    bench.row(f"{film.name}: ideal", {"took": f"{ideal:.1f} s", "light, heavy frame": frames})
    return ideal


def compare(bench: Bench, film: Film) -> None:
    ideal = ideal_seconds(bench, film)
    sides: dict[str, Side] = {
        case: lambda folder, words=words: film.array(folder, CHILDREN, *words)
        for case, words in SIDES.items()
    }
    for case, runs in alternate(sides, quick(2, 1)).items():
        found = sorted(each.seconds / ideal for each in runs)
        middle = statistics.median(found)
        figures = {
            "took": f"{median(runs):.1f} s",
            "by the ideal": f"{middle:.2f}",
            "lowest to highest": f"{found[0]:.2f} to {found[-1]:.2f}",
            "runs": str(len(runs)),
        }
        bench.row(f"{film.name}: {case}", figures, middle, BAR if "helping" in case else None)


def main() -> None:
    if not is_there("gcc"):
        return
    bench = Bench("helping", "Children that help others", ABOUT, BLENDER)
    with tempfile.TemporaryDirectory() as folder:
        for make in (computing, waiting):
            compare(bench, make(Path(folder)))
    bench.save()


if __name__ == "__main__":
    main()
