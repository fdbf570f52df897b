"""How long `verify` takes over the records of a film of 10,000 frames, on a local disk."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from load_package import load_package
from pairs import Bench, quick

load_package()

from array_chunk_render.chunking.frames import FrameSet  # noqa: E402
from array_chunk_render.publishing import pin  # noqa: E402
from array_chunk_render.publishing.fingerprint import Fingerprint  # noqa: E402
from array_chunk_render.publishing.output_folder import OutputFolder, frame_name  # noqa: E402
from array_chunk_render.publishing.record import Record, RecordedFile  # noqa: E402
from array_chunk_render.publishing.verify import survey_of  # noqa: E402

FRAMES = quick(10_000, 100)
REPETITIONS = quick(5, 1)
BAR = 2.0
ABOUT = """`verify` without `--deep`, on a local disk, files and records in the system's cache."""


def make_film(folder: OutputFolder, fingerprint: Fingerprint) -> None:
    """Frames of one small file each, with their records."""
    folder.make()
    pin.claim(folder, fingerprint, "benchmark")
    for frame in range(1, FRAMES + 1):
        picture = folder.root / f"{frame_name(frame)}.png"
        picture.write_bytes(b"picture")
        there = picture.stat()
        file = RecordedFile(picture.name, there.st_size, there.st_mtime_ns, "0" * 64)
        record = Record(frame, fingerprint.digest, "benchmark", (file,))
        folder.record(frame).write_bytes(record.to_json())


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        folder, fingerprint = OutputFolder(Path(home)), Fingerprint({"benchmark": "yes"})
        make_film(folder, fingerprint)
        seconds = []
        for _ in range(REPETITIONS):
            started = time.perf_counter()
            survey = survey_of(folder, FrameSet.range(1, FRAMES, 1))
            seconds.append(time.perf_counter() - started)
            assert survey.is_complete
    bench = Bench("verify", "Verifying a film", ABOUT)
    middle = statistics.median(seconds)
    bench.row(f"{FRAMES:,} frames, all complete", {"time": f"{middle:.2f} s"}, middle, BAR)
    bench.save()


if __name__ == "__main__":
    main()
