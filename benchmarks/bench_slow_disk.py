"""What an output folder costs where opening a file to write takes a second: by the fault shim."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from farm import BLENDER, OFF, child, hold_count, make_blend, variables
from pairs import Bench, Run, is_there, quick, run
from strikes import Hits, Rule, compile_shim  # beside the fault suite, see farm.py

from machine import CORES

BAR = 1.05
SECOND = f"wait={quick(1000, 10)}"
SLOW = {
    "every picture": (Rule("wait", ("open", "*/out/.array_chunk/tmp/*.*/*-[0-9]*"), SECOND),),
    "every file": (Rule("wait", ("open", "*/out/*"), SECOND),),
}
FRAMES = {"every picture": quick(30, 3), "every file": quick(100, 4)}
ABOUT = """One child renders frames of about a second; opening a file below the output folder to
write it takes one second more: for each picture, and for each file at all (notes, records, the
child's log and verdict too). What a chunk can't overlap is in the first ratio: one second where
pictures are slow, for the last of them. Where every file is, three: the first frame's note, the
last frame's picture with its record, and then the verdict with the log; so the bar can't hold for
chunks of much less than seventy frames there. "A frame" is the time between two records, from the
first record to the last."""


class Side:
    """A child under the shim; `periods` and `waits` are kept of each run."""

    def __init__(self, blend: Path, frames: int, shim: Path, rules: tuple[Rule, ...]) -> None:
        self._command = child(blend, *OFF, "--threads", str(CORES))
        self._frames, self._shim, self._rules = frames, shim, rules
        self.periods: list[float] = []
        self.waits = 0

    def __call__(self, folder: Path) -> Run:
        output, log = folder / "out", folder / "hits"
        shim = {
            "LD_PRELOAD": str(self._shim),
            "FAULT_LOG": str(log),
            "FAULT_RULES": "\n".join(map(str, self._rules)),
        }
        taken = run(self._command, variables(output, **shim))
        hold_count(output, self._frames)
        records = [path.stat().st_mtime for path in (output / ".array_chunk/frames").iterdir()]
        self.periods.append((max(records) - min(records)) / (len(records) - 1))
        self.waits = Hits.read(log).count("wait")
        if self.waits < self._frames:
            raise SystemExit("the shim's rules don't name the files of the output folder any more")
        return taken


def compare(
    bench: Bench, name: str, rules: tuple[Rule, ...], new: Callable[[tuple[Rule, ...]], Side]
) -> None:
    watching = tuple(Rule("wait", rule.at) for rule in rules)
    fast, slow = new(watching), new(rules)
    case = f"{name}: each takes a second"
    bench.compare(case, {"fast": fast, "slow": slow}, quick(3, 1), {"slow": BAR})
    before, after = statistics.median(fast.periods), statistics.median(slow.periods)
    figures = {
        "against": f"{before:.2f} s",
        "took": f"{after:.2f} s",
        "ratio": f"{after / before:.3f}",
        "slow openings": str(slow.waits),
    }
    bench.row(f"{case}: a frame, slow / fast", figures, after / before, BAR)


def main() -> None:
    if not is_there("gcc"):
        return
    bench = Bench("slow_disk", "A slow output folder", ABOUT, BLENDER)
    with tempfile.TemporaryDirectory() as folder:
        shim = compile_shim(Path(folder))
        for name, frames in FRAMES.items():
            options = {"end": frames, "samples": quick(16, 1), "percentage": quick(50, 5)}
            blend = make_blend(Path(folder), "film", threads=CORES, **options)
            new = partial(Side, blend, frames, shim)
            compare(bench, f"{name}, {frames} frames", SLOW[name], new)
    bench.save()


if __name__ == "__main__":
    main()
