"""What main.py adds to Blender's own start.

Each pair runs `blender -b FILE --python-expr pass`, then a child whose chunk is done already, so
that what is measured is all that main.py does beside rendering.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from farm import BLENDER, OFF, child, clean_environment, make_blend, variables
from pairs import Bench, Run, alternate, median, quick, run

BAR = 0.150
ABOUT = """A child whose 20 frames are done already, against a Blender that opens the same file and
does nothing. The difference is the median of the pairs' differences, in seconds."""


def main() -> None:
    bench = Bench("start", "What a child adds to Blender's start", ABOUT, BLENDER)
    rounds = quick(7, 1)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        blend = make_blend(home, "film", end=quick(20, 2), samples=1, percentage=5, threads=1)

        def alone(_empty: Path) -> Run:
            return run(
                [str(BLENDER), "-b", str(blend), "--python-expr", "pass"], clean_environment()
            )

        def nothing_to_do(_empty: Path) -> Run:
            return run(child(blend, *OFF), variables(home / "out"))

        nothing_to_do(home)  # renders the frames
        runs = alternate({"alone": alone, "child": nothing_to_do}, rounds)
    pairs = zip(runs["alone"], runs["child"], strict=True)
    added = statistics.median(after.seconds - before.seconds for before, after in pairs)
    figures = {
        "Blender alone": f"{median(runs['alone']):.3f} s",
        "child": f"{median(runs['child']):.3f} s",
        "main.py adds": f"{added:.3f} s",
        "pairs": str(rounds),
    }
    bench.row("all frames done", figures, added, BAR)
    bench.save()


if __name__ == "__main__":
    main()
