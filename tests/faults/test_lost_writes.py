"""Power is lost at every moment of a child: its calls are traced, and those not yet synced dropped.

What a file system may lose is told in `power_loss`: data that were not synced, and names whose
folder was not, each by itself.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from power_loss import Disk
from traced_changes import STRACE, calls, replay

from .checker import PRIVATE
from .conftest import MakeFilm, NewTrial
from .scale import FULL, chance

TRIES = 8 if FULL else 2
"""Losses that are tried at each moment, beside that of all that can be lost."""

pytestmark = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


def losses(disk: Disk, moment: object) -> Iterator[dict[str, bytes | None]]:
    yield disk.after_power_loss(None)
    for number in range(TRIES):
        yield disk.after_power_loss(chance("power", moment, number))


def done_frames(files: dict[str, bytes | None], output: Path) -> set[int]:
    """The frames that a whole record names, whose files are held to be whole then, too.

    Each record was written once, so what is in it now was in it then.
    """
    done = set()
    for path, content in files.items():
        record = output.parent / path
        if record.parent != output / PRIVATE / "frames" or content is None:
            continue
        fields = json.loads(record.read_bytes())
        for file in fields["files"]:
            assert files.get(f"{output.name}/{file['name']}") is not None, (path, file["name"])
        done.add(fields["frame"])
    return done


def test_power_is_lost(
    make_film: MakeFilm, new_trial: NewTrial, bpy_python: Path, tmp_path: Path
) -> None:
    film, trace = make_film(end=6), tmp_path / "trace"
    start = (*STRACE, str(trace), str(bpy_python))
    with new_trial(
        film, "power loss, writes not synced are lost", "at each change of a chunk", start=start
    ) as trial:
        trial.complete()
        disk, moments = Disk(trial.home), 0
        for call in calls(trace):
            if replay(call, disk, trial.output):
                moments += 1
                for files in losses(disk, moments):
                    done_frames(files, trial.output)
        for files in losses(disk, "end"):
            assert done_frames(files, trial.output) == film.all
        assert moments > 20 * film.frames
