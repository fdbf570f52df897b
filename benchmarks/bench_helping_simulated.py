"""How near an array comes to what is possible, with and without helping others; simulated.

    bench_helping_simulated.py [--quick] [--sizes 2,10,…] [--films uniform,…] [--seeds 3]
                               [--save RESULT.json] [--load RESULT.json] [--plots FOLDER]

Each child owns FRAMES_A_CHILD frames of a minute on average. The figures are times divided by the
lower bound (simulated_films.Film.bound); the median over the seeds. `film` is when the last frame
was there, `array` when the last child had left; `one queue` is a dispatcher that knows all and
costs nothing, but does not know beforehand how long frames take. Pictures need matplotlib.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from load_package import load_package

load_package()

from simulated_array import OPERATION_SECONDS, simulate  # noqa: E402
from simulated_array import one_queue as one_queue_seconds  # noqa: E402
from simulated_films import FILMS, film  # noqa: E402

FRAMES_A_CHILD = 100
SIZES = (2, 10, 100, 1_000, 10_000)
QUICK_SIZES = (2, 10, 100)
WAYS = {
    "contiguous": ("contiguous", False),
    "interleaved": ("interleaved", False),
    "helping": ("contiguous", True),
}
"""Ways to share a film out, by name: the partition, and whether children help."""

Row = dict[str, Any]


def row(name: str, size: int, seed: int) -> Row:
    """Simulate one film in all ways."""
    case = film(name, size * FRAMES_A_CHILD, size, seed)
    bound = case.bound()
    found: Row = {
        "film": name,
        "size": size,
        "seed": seed,
        "longest frame": max(case.seconds) / bound,
        "one queue": math.nan if name == "spot losses" else one_queue_seconds(case) / bound,
    }
    for way, (partition, helps) in WAYS.items():
        outcome = simulate(case, partition, helps=helps, seed=seed)
        assert outcome.frames_done == len(case.seconds)
        found[way] = outcome.film_seconds / bound
        found[f"{way}, array"] = outcome.array_seconds / bound
    # The last way is helping: what it costs.
    found["operations a helped frame"] = outcome.operations_helping / max(1, outcome.helped)
    found["most operations"] = outcome.most_operations_helping
    found["operations to leave"] = outcome.operations_leaving / size
    found["operations a frame"] = outcome.operations / len(case.seconds)
    found["waited"] = outcome.waited_seconds / size / bound
    found["twice"] = outcome.rendered_twice / len(case.seconds)
    return found


def medians(rows: list[Row]) -> list[Row]:
    """One row for each film and size, with the median of each figure over the seeds."""
    groups: dict[tuple[str, int], list[Row]] = {}
    for each in rows:
        groups.setdefault((each["film"], each["size"]), []).append(each)
    return [
        {"film": name, "size": size, "seeds": len(group)}
        | {
            key: statistics.median(each[key] for each in group)
            for key in group[0]
            if key not in ("film", "size", "seed")
        }
        for (name, size), group in groups.items()
    ]


COLUMNS = (
    ("seeds", 7, ".0f"),
    ("contiguous", 12, ".3f"),
    ("interleaved", 12, ".3f"),
    ("helping", 9, ".3f"),
    ("helping, array", 15, ".3f"),
    ("one queue", 10, ".3f"),
    ("longest frame", 14, ".3f"),
    ("operations a helped frame", 26, ".0f"),
    ("most operations", 16, ".0f"),
    ("operations to leave", 20, ".0f"),
    ("waited", 8, ".2%"),
    ("twice", 8, ".3%"),
)


def lines(rows: list[Row]) -> Iterator[str]:
    """The table, as text."""
    yield f"{'film':17}{'children':>9}" + "".join(f"{name:>{width}}" for name, width, _ in COLUMNS)
    for each in rows:
        figures = (f"{each[name]:>{width}{form}}" for name, width, form in COLUMNS)
        yield f"{each['film']:17}{each['size']:>9,}" + "".join(figures)


def simulated(names: list[str], sizes: list[int], seeds: int) -> list[Row]:
    rows = []
    for size in sizes:
        for name in names:
            started = time.monotonic()
            rows += [row(name, size, seed) for seed in range(seeds)]
            took = time.monotonic() - started
            print(f"{name}, {size:,} children: {seeds} seeds in {took:.1f} s", flush=True)
    return rows


def draw(rows: list[Row], folder: Path) -> None:
    """Two small pictures: all films at the largest size, and each film over the sizes."""
    import simulated_pictures

    folder.mkdir(parents=True, exist_ok=True)
    simulated_pictures.draw_films(rows, list(WAYS), folder / "helping-films.png")
    simulated_pictures.draw_sizes(rows, folder / "helping-sizes.png")


def _words(text: str) -> list[str]:
    return text.split(",")


def main() -> None:
    parser = argparse.ArgumentParser(description="Simulate arrays that help each other.")
    parser.add_argument("--quick", action="store_true", help="small arrays only: seconds")
    parser.add_argument("--sizes", type=_words)
    parser.add_argument("--films", type=_words, default=list(FILMS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--load", type=Path)
    parser.add_argument("--plots", type=Path)
    chosen = parser.parse_args()
    if chosen.load:
        rows = json.loads(chosen.load.read_text(encoding="utf-8"))
    else:
        sizes = [int(size) for size in chosen.sizes or (QUICK_SIZES if chosen.quick else SIZES)]
        rows = medians(simulated(chosen.films, sizes, chosen.seeds))
    if chosen.save:
        chosen.save.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(
        f"{FRAMES_A_CHILD} frames a child, {OPERATION_SECONDS * 1000:.0f} ms an operation; "
        "times as parts of the lower bound, medians over the seeds"
    )
    print(*lines(rows), sep="\n")
    if chosen.plots:
        draw(rows, chosen.plots)


if __name__ == "__main__":
    main()
