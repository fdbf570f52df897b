"""Our loop against Blender's own: the same frames of the same file, on as many threads.

On a real Blender where there is one (BLENDER_EXECUTABLE, or what `make real-blender` installed).
POTTERY names a real scene, of which copies are measured, with our defaults too.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from farm import BLENDER, OFF, blender_alone, make_blend, ours
from pairs import QUICK, Bench, quick

from machine import CORES, ROOT

REAL = ROOT / ".build" / "blender-4.3" / "blender"
CHOSEN = REAL if REAL.exists() and "BLENDER_EXECUTABLE" not in os.environ else BLENDER
BAR = 1.02

ABOUT = f"""The whole process, with Blender's start: `blender -b FILE -a` against our child on a
chunk of the same frames, everything off (`{" ".join(OFF)}`). Percentage, samples, {CORES} fixed
threads, PNG and persistent data switched off stand in the file, and denoising is off: the same on
both sides. "Defaults" is our child as it is started without any option."""


def compare(bench: Bench, folder: Path, percentage: int, source: Path | None) -> None:
    """One scene at one size: a test render (25 %, 4 samples), or a final one (100 %, 50)."""
    final = percentage == 100
    frames = quick(24, 2)
    if final:  # of the real scene a frame takes a minute or two
        frames = 2 if source else quick(4, 2)
    samples = quick(50 if final else 4, 1)
    scene, name = ("real", "real scene") if source else ("film", "made film")
    options = {"end": frames, "samples": samples, "percentage": quick(percentage, 5)}
    blend = make_blend(folder, scene, source, CHOSEN, threads=CORES, **options)
    threads = ("--threads", str(CORES))
    sides = {
        "-a": blender_alone(blend, frames, CHOSEN),
        "loop": ours(blend, frames, *OFF, *threads, blender=CHOSEN),
    }
    bars = {"loop": BAR}
    if source:
        sides["defaults"] = ours(blend, frames, blender=CHOSEN)
        bars["defaults"] = BAR if final else 0.88
    case = f"{name}, {percentage} %, {samples} samples, {frames} frames"
    bench.compare(case, sides, quick(2 if final else 5, 1), bars)


def main() -> None:
    bench = Bench("loop", "The loop against Blender's own", ABOUT, CHOSEN)
    real = os.environ.get("POTTERY")
    with tempfile.TemporaryDirectory() as folder:
        for source in (None, *([Path(real)] if real else [])):
            for percentage in (25,) if QUICK else (25, 100):
                compare(bench, Path(folder), percentage, source)
    bench.save()


if __name__ == "__main__":
    main()
