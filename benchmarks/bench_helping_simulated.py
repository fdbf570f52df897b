"""How near an array comes to what is possible, with and without helping others; simulated.

    bench_helping_simulated.py [--films uniform,…] [--seeds 3] [--plots FOLDER]

Pictures need matplotlib, which is in the tools' environment and not in Blender's.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from pathlib import Path
from typing import Any

from load_package import load_package

load_package()

from pairs import Bench, quick  # noqa: E402
from simulated_array import OPERATION_SECONDS, simulate  # noqa: E402
from simulated_array import one_queue as one_queue_seconds  # noqa: E402
from simulated_films import FILMS, film  # noqa: E402

FRAMES_A_CHILD = 100
SIZES = (2, 10, 100, 1_000, 10_000)
MOST_CHILDREN = quick(10_000, 100)
BAR = 1.05
ABOUT = f"""The product's own code for sharing frames drives {len(SIZES)} sizes of arrays whose
frames only pass the time: {FRAMES_A_CHILD} frames a child, of a minute on average;
{OPERATION_SECONDS * 1000:.0f} ms for each operation on the folder. Figures are times by the lower
bound (the present machine time, and the longest frame), the median over the seeds: until the last
frame was there, in three ways, and with "array" until the last child had left. "One queue" is a
dispatcher that knows all and costs nothing, but does not know beforehand how long frames take.
"Operations" are those of helpers, "waited" their waiting by the bound, "twice" the frames that were
rendered twice. "Recorded" are the frames of AWS's pottery scene, see recorded_frame_seconds.json;
the others are made up."""
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


COLUMNS = {
    "contiguous": ".3f",
    "interleaved": ".3f",
    "helping": ".3f",
    "helping, array": ".3f",
    "one queue": ".3f",
    "longest frame": ".3f",
    "operations a helped frame": ".0f",
    "most operations": ",.0f",
    "operations to leave": ".0f",
    "waited": ".2%",
    "twice": ".3%",
}
"""Figures that are shown, with their formats."""


def bar(shown: Row) -> float | None:
    """Nothing helps against one frame that takes longer than all others of its chunk."""
    return BAR if shown["size"] == max(SIZES) and shown["film"] != "monster frame" else None


def add_rows(bench: Bench, rows: list[Row]) -> None:
    for each in rows:
        known = {name: form for name, form in COLUMNS.items() if not math.isnan(each[name])}
        figures = {name: format(each[name], form) for name, form in known.items()}
        case = f"{each['film']}, {each['size']:,} children"
        bench.row(case, figures, each["helping"], bar(each))


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
    parser.add_argument("--films", type=_words, default=list(FILMS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--plots", type=Path)
    chosen = parser.parse_args()
    bench = Bench("helping_simulated", "Children that help others, simulated", ABOUT)
    sizes = [size for size in SIZES if size <= MOST_CHILDREN]
    rows = medians(simulated(chosen.films, sizes, chosen.seeds))
    add_rows(bench, rows)
    bench.save()
    if chosen.plots:
        draw(rows, chosen.plots)


if __name__ == "__main__":
    main()
