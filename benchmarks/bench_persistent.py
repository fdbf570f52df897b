"""What keeping Blender's data between frames saves where nothing moves and much is prepared."""

from __future__ import annotations

import tempfile
from pathlib import Path

from farm import BLENDER, OFF, make_blend, ours
from pairs import Bench, quick

from machine import CORES

BAR = 0.50
ABOUT = f"""Four monkeys with a subdivision modifier of level 5, nothing moves: our defaults against
everything off (`{" ".join(OFF)}`)."""


def main() -> None:
    bench = Bench("persistent", "Data kept between frames", ABOUT, BLENDER)
    frames = quick(12, 2)
    size = {"width": 640, "height": 360, "percentage": 25, "samples": 2}
    with tempfile.TemporaryDirectory() as folder:
        options = {"end": frames, "level": quick(5, 1), "threads": CORES, **size}
        blend = make_blend(Path(folder), "heavy_and_still", **options)
        sides = {"off": ours(blend, frames, *OFF), "defaults": ours(blend, frames)}
        bench.compare(f"still scene, {frames} frames", sides, quick(3, 1), {"defaults": BAR})
    bench.save()


if __name__ == "__main__":
    main()
