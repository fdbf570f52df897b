"""What a child said is done is there after a power loss, and no record lies at any moment."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path, PurePosixPath

import pytest
from array_chunk_render.chunking.plan import Child
from array_chunk_render.publishing.destination import Destination
from array_chunk_render.publishing.fingerprint import Fingerprint
from array_chunk_render.publishing.output_folder import PIN, RECORDS, OutputFolder
from array_chunk_render.publishing.patience import Patience
from array_chunk_render.publishing.publish import StagedFile
from failing_system import system_calls
from power_loss import Disk, FollowedDisk

FRAMES = (1, 2, 3)
OUT = "made/by us/out"
TRIES = 4
"""Losses that are tried at each moment, beside that of all that can be lost."""

Files = dict[str, bytes | None]


def done_frames(files: Files, fingerprint: str) -> set[int]:
    """The frames that a record of this render names; all its files have to be there, whole."""
    done = set()
    for path, content in files.items():
        if PurePosixPath(path).parent.as_posix() != f"{OUT}/{RECORDS}" or not content:
            continue
        record = json.loads(content)
        for file in record["files"]:
            data = files.get(f"{OUT}/{file['name']}")
            whole = data is not None and hashlib.sha256(data).hexdigest() == file["digest"]
            assert whole, f"{path} names {file['name']}, which is not whole"
        if record["fingerprint"] == fingerprint:
            done.add(record["frame"])
    return done


def losses(disk: Disk, seed: int) -> list[Files]:
    chances = [None, *(random.Random(1000 * seed + number) for number in range(TRIES))]
    return [disk.after_power_loss(chance) for chance in chances]


def stage(folder: Path, look: str, frame: int) -> list[StagedFile]:
    staged = []
    for name in (f"{frame:05d}.png", f"compositor/{look}/Z{frame:05d}.exr"):
        path = folder / f"{look}-{name.replace('/', '-')}"
        path.write_bytes(f"{look} {name}".encode())
        staged.append(StagedFile(path, name))
    return staged


@pytest.mark.parametrize("seed", range(5))
def test_a_chunk_outlives_a_power_loss(tmp_path: Path, seed: int) -> None:
    """Rendered twice, with another look: the second one takes the folder over."""
    base, stages = tmp_path / "disk", tmp_path / "stages"
    base.mkdir()
    stages.mkdir()
    count = 0

    def nothing_lies(disk: Disk) -> None:
        nonlocal count
        count += 1
        for files in losses(disk, count + seed * 100_000):
            done_frames(files, "")

    disk = FollowedDisk(base, nothing_lies)
    for look in ("first", "second"):
        folder = OutputFolder(base / OUT)
        fingerprint = Fingerprint({"look": look})
        with system_calls(disk):
            child = Destination(
                folder, Patience(folder, ()), fingerprint, Child(1, 0, render_id=f"array of {look}")
            )
            child.make()
            child.claim()
            for frame in FRAMES:
                child.publish(stage(stages, look, frame), child.draft(frame, 1.0))
        for files in losses(disk, seed):
            assert done_frames(files, fingerprint.digest) == set(FRAMES)
            pin = files.get(f"{OUT}/{PIN}")
            assert pin, "the pin is lost"
            assert json.loads(pin)["fingerprint"] == fingerprint.digest
            other = "first" if look == "second" else "nothing"
            assert not [path for path in files if f"compositor/{other}/" in path]
    assert count > 50
