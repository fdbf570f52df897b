"""Record how long the frames of a rendered film took, for bench_helping_simulated.py.

    record_frame_seconds.py OUTPUT_FOLDER "WHAT IT IS OF"

Reads OUTPUT_FOLDER/.array_chunk/frames/*.json; writes recorded_frame_seconds.json beside this file.
Frames that were adopted took no time and are left out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from simulated_films import RECORDED


def recorded_seconds(output: Path) -> list[float]:
    """The seconds of each frame, in the frames' order."""
    found = {}
    for path in (output / ".array_chunk" / "frames").glob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["seconds"] > 0 and not record["adopted"]:
            found[record["frame"]] = record["seconds"]
    return [found[frame] for frame in sorted(found)]


def record(output: Path, note: str, target: Path = RECORDED) -> int:
    """Write the seconds of a film's frames. Return how many there are."""
    seconds = recorded_seconds(output)
    if not seconds:
        sys.exit(f"No records of rendered frames are in {output}.")
    content = {"note": note, "seconds": seconds}
    target.write_text(json.dumps(content) + "\n", encoding="utf-8")
    return len(seconds)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(f"{record(Path(sys.argv[1]), sys.argv[2])} frames written to {RECORDED}")
