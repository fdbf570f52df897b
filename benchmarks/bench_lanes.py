"""What several Blender processes in one child save where one of them keeps one core busy only."""

from __future__ import annotations

import tempfile
from pathlib import Path

from farm import BLENDER, make_blend, ours
from pairs import Bench, quick

from machine import CORES

BAR = 0.62
ABOUT = """Hills that move over a ball of 1,300,000 triangles, and a Decimate modifier that one core
works on: "cores busy" of `--lanes 1` shows how little of the machine one Blender uses. Persistent
data is off on all sides. With more than two cores, `auto` has more to win than the bar asks for."""


def main() -> None:
    bench = Bench("lanes", "Several Blenders on one chunk", ABOUT, BLENDER)
    frames = quick(24, 2)
    size = {"width": 640, "height": 360, "percentage": 25, "samples": 1}
    with tempfile.TemporaryDirectory() as folder:
        options = {"end": frames, "divisions": quick(8, 2), "threads": CORES, **size}
        blend = make_blend(Path(folder), "one_core", **options)
        off = ("--persistent", "off", "--help-others", "off")
        sides = {
            f"--lanes {lanes}": ours(blend, frames, *off, "--lanes", lanes)
            for lanes in ("1", "auto")
        }
        bars = {"--lanes auto": BAR}
        bench.compare(f"{frames} frames", sides, quick(2, 1), bars)
    bench.save()


if __name__ == "__main__":
    main()
