"""Whether a folder with very many records is slow: one folder for all frames, or many?

The folder is filled with hard links to a few files, which is quick and, for the folder, the same as
files: what is measured is looking up, making and replacing names.
"""

from __future__ import annotations

import itertools
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from load_package import load_package
from pairs import Bench, quick

load_package()

from array_chunk_render.publishing.durable import write_whole  # noqa: E402
from array_chunk_render.publishing.output_folder import frame_name  # noqa: E402

SIZES = quick((1_000, 100_000, 1_000_000), (100, 1_000))
LINKS_A_FILE = 50_000
"""ext4 allows 65,000."""
TRIES = quick(1_000, 50)
DURABLE_TRIES = quick(100, 5)
CONTENT = b"x" * 500
COSTS = ("look for one that is not", "make", "replace")
BAR = 1_000.0
ABOUT = f"""One folder with so many files of a record's name, on the file system of this machine's
temporary files. Medians of {TRIES:,} files, {DURABLE_TRIES} where they are brought to disk. The bar
is for what folders of fewer files could save a frame: the first three of its costs, in the fullest
folder less those in the emptiest. Names are in the system's cache; network file systems may behave
in another way."""


def fill(folder: Path, size: int) -> None:
    home = folder.with_name("originals")
    home.mkdir(exist_ok=True)
    for number in range(size):
        original = home / str(number // LINKS_A_FILE)
        if number % LINKS_A_FILE == 0:
            original.write_bytes(CONTENT)
        os.link(original, folder / f"{frame_name(number)}.json")


def microseconds(work: Callable[[Path], object], paths: list[Path]) -> float:
    def once(path: Path) -> float:
        began = time.perf_counter()
        work(path)
        return (time.perf_counter() - began) * 1e6

    return statistics.median(once(path) for path in paths)


def write(path: Path) -> None:
    with open(path, "wb") as file:
        file.write(CONTENT)


def measure(folder: Path, size: int) -> dict[str, float]:
    """What one record costs in a folder of this size, in microseconds."""
    aside = folder.with_name("aside")
    aside.mkdir()
    spare = itertools.count()

    def replace(path: Path) -> None:
        temporary = aside / str(next(spare))
        write(temporary)
        os.replace(temporary, path)

    there = [
        folder / f"{frame_name(n)}.json" for n in random.Random(1).choices(range(size), k=TRIES)
    ]
    new = [folder / f"{frame_name(size + n)}.json" for n in range(TRIES)]
    missing = [folder / f"{frame_name(-n)}.json" for n in range(1, TRIES + 1)]
    return {
        "look for one that is not": microseconds(os.path.exists, missing),
        "make": microseconds(write, new),
        "replace": microseconds(replace, there),
        "look for one that is there": microseconds(os.path.exists, there),
        "as a record is written": microseconds(
            lambda path: write_whole(path, CONTENT, aside), there[:DURABLE_TRIES]
        ),
        "list all": microseconds(os.listdir, [folder]),
    }


def main() -> None:
    bench = Bench("folder", "One folder for all records", ABOUT)
    found = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as home:
            folder = Path(home) / "frames"
            folder.mkdir()
            fill(folder, size)
            os.sync()
            found.append(measure(folder, size))
        bench.row(
            f"{size:,} records", {name: f"{each:,.0f} µs" for name, each in found[-1].items()}
        )
    emptiest, fullest = (sum(each[name] for name in COSTS) for each in (found[0], found[-1]))
    saved = fullest - emptiest
    bench.row("what smaller folders could save a frame", {"in all": f"{saved:,.0f} µs"}, saved, BAR)
    bench.save()


if __name__ == "__main__":
    main()
