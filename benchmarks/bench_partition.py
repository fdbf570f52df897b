"""How long one child takes to find its chunk of a million frames, and in how much memory.

The last row unrolls the frames, to compare with.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable

from load_package import load_package
from pairs import Bench, quick

load_package()

from array_chunk_render.chunking.frames import MAX_FRAMES, FrameSet  # noqa: E402
from array_chunk_render.chunking.plan import PARTITIONS, chunk_of  # noqa: E402
from array_chunk_render.chunking.settings import MOST_CHILDREN  # noqa: E402

REPETITIONS = quick(5, 1)
INDEX = MOST_CHILDREN // 2
ABOUT = f"""Chunk {INDEX} of {MOST_CHILDREN}, from the text of the frame list: the median of
{REPETITIONS}. The last row unrolls all frames, to compare with."""


def chunk(text: str, partition: str) -> FrameSet:
    """Do what a child does: read the frame list, take the chunk."""
    return chunk_of(FrameSet.parse(text), MOST_CHILDREN, INDEX, partition)


def median_milliseconds(work: Callable[[], object]) -> float:
    def once() -> float:
        begin = time.perf_counter()
        work()
        return (time.perf_counter() - begin) * 1000

    return statistics.median(once() for _ in range(REPETITIONS))


def peak_kibibytes(work: Callable[[], object]) -> float:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1024
    finally:
        tracemalloc.stop()


def main() -> None:
    whole = f"1-{MAX_FRAMES}"
    rows: list[tuple[str, Callable[[], object]]] = [
        *(
            (f"{partition}, {text}", lambda text=text, partition=partition: chunk(text, partition))
            for text in (whole, f"1-{MAX_FRAMES}x2,2-{MAX_FRAMES}x2")
            for partition in PARTITIONS
        ),
        (f"every frame of {whole}", lambda: list(FrameSet.parse(whole))),
    ]
    bench = Bench("partition", "A child's chunk of a million frames", ABOUT)
    for name, work in rows:
        time_taken = f"{median_milliseconds(work):.3f} ms"
        bench.row(name, {"time": time_taken, "peak memory": f"{peak_kibibytes(work):.1f} KiB"})
    bench.save()


if __name__ == "__main__":
    main()
