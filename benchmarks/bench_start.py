"""What main.py adds to Blender's own start: pairs, one after the other, medians.

Run by `make bench`, or with another Blender: `BLENDER_EXECUTABLE=… python benchmarks/bench_start.py
[scene.blend]`. Each pair runs `blender -b FILE --python-expr pass`, then a child whose chunk is
done already, so that what is measured is all that main.py does beside rendering.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAIRS = 5
BLENDER = os.environ.get("BLENDER_EXECUTABLE") or str(ROOT / ".build/blender-4.2/bin/blender")
MAKE_FILM = """
import bpy, sys
scene = bpy.context.scene
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
scene.render.resolution_x, scene.render.resolution_y = 64, 36
scene.frame_end = 20
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[-1])
"""


def seconds(command: list[str], environ: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(
        command, env=environ, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "EFS_BLENDER_OUTPUT_FOLDER_PATH": f"{folder}/out"}
        blend = sys.argv[1] if len(sys.argv) > 1 else f"{folder}/film.blend"
        if not Path(blend).exists():
            make = ["-b", "--factory-startup", "--python-expr", MAKE_FILM, "--", blend]
            subprocess.run([BLENDER, *make], check=True, stdout=subprocess.DEVNULL)
        words = ["--", "--percentage", "5", "--samples", "1", "--frames", "1-20"]
        plain = [BLENDER, "-b", blend, "--python-expr", "pass"]
        child = [BLENDER, "-b", blend, "-P", str(ROOT / "main.py"), *words, "--denoise", "off"]
        seconds(child, environ)  # renders the frames
        pairs = [(seconds(plain, environ), seconds(child, environ)) for _ in range(PAIRS)]
    bare, whole = (statistics.median(side) for side in zip(*pairs, strict=True))
    added = statistics.median(after - before for before, after in pairs)
    print(f"{Path(blend).name}, {BLENDER}, medians of {PAIRS} pairs")
    print(f"  Blender alone               {bare:6.3f} s")
    print(f"  a child with nothing to do  {whole:6.3f} s")
    print(f"  main.py adds                {added:6.3f} s  (at most 0.150)")


if __name__ == "__main__":
    main()
