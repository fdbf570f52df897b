"""How long `verify` takes over the records of a film of 10,000 frames, on a local disk."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from load_package import load_package

load_package()

from array_chunk_render.chunking.frames import FrameSet  # noqa: E402
from array_chunk_render.publishing import pin  # noqa: E402
from array_chunk_render.publishing.fingerprint import Fingerprint  # noqa: E402
from array_chunk_render.publishing.output_folder import OutputFolder, frame_name  # noqa: E402
from array_chunk_render.publishing.record import Record, RecordedFile  # noqa: E402
from array_chunk_render.publishing.verify import survey  # noqa: E402

FRAMES = 10_000
REPETITIONS = 5


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
            found = survey(folder, FrameSet.range(1, FRAMES, 1))
            seconds.append(time.perf_counter() - started)
            assert found.is_complete
    print(f"verify of {FRAMES} frames: median {statistics.median(seconds):.2f} s (at most 2)")


if __name__ == "__main__":
    main()
