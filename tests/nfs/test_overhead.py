"""What a frame costs one child with Blender: on the local disk, and on NFS; told, not judged."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from children import array_variables, clean_environment
from nfs_share import Share

from ..faults.conftest import MakeFilm
from ..faults.ledger import Ledger
from ..faults.trial import MAIN, Film
from .conftest import FULL

MANY, FEW = 12, 4
"""What two chunks of so many frames differ by is what the frames cost."""
LATENCIES = (0.0, 0.003, 0.2) if FULL else (0.0,)
STRACE = "strace -f -y -s 0 -qq --seccomp-bpf -e trace=%file,%desc -o".split()
MOST_CALLS = 75
"""To the server for a frame of three files: a quarter more than there are."""


@pytest.fixture
def share(tmp_path: Path) -> Iterator[Share]:
    with Share(tmp_path / "share", ("a",)) as share:
        share.set(goes_by_itself=True)
        yield share


class Side:
    """One child of a film on a disk, in a fresh folder each time."""

    def __init__(self, film: Film, python: Path, home: Path) -> None:
        self._film, self._python, self._home = film, python, home

    def run(self, output: Path, frames: int, helps: str, *before: str) -> None:
        environ = clean_environment(
            EFS_BLENDER_FILE_PATH=str(self._film.blend),
            EFS_BLENDER_OUTPUT_FOLDER_PATH=str(output),
            ARRAY_CHUNK_STAGE=str(self._home),
            TMPDIR=str(self._home),
            **array_variables(1, 0),
        )
        words = ("--frames", f"1-{frames}", "--lanes", "1", "--help-others", helps)
        subprocess.run(
            [*before, str(self._python), str(MAIN), "--", *words],
            env=environ,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def system_calls(self, output: Path, helps: str) -> float:
        """A frame's, that name the folder or something in it, as strace counts them."""
        counts = []
        for frames in (FEW, MANY):
            trace = self._home / f"trace{frames}"
            self.run(output / str(frames), frames, helps, *STRACE, str(trace))
            with trace.open(errors="replace") as lines:
                counts.append(sum(str(output) in line and "resumed>" not in line for line in lines))
        return (counts[1] - counts[0]) / (MANY - FEW)


def seconds_a_frame(output: Path) -> float:
    """From the first record to the last."""
    times = [path.stat().st_mtime for path in (output / ".array_chunk" / "frames").iterdir()]
    assert len(times) == MANY
    return (max(times) - min(times)) / (MANY - 1)


@pytest.mark.parametrize("helps", ["off", "on"] if FULL else ["on"])
def test_overhead(
    helps: str,
    share: Share,
    make_film: MakeFilm,
    bpy_python: Path,
    ledger: Ledger,
    tmp_path: Path,
) -> None:
    side = Side(make_film(end=MANY), bpy_python, tmp_path)
    local = tmp_path / "local"
    side.run(local / "timed", MANY, helps)
    calls = f"{side.system_calls(local, helps):.1f}" if shutil.which("strace") else ""
    seconds = seconds_a_frame(local / "timed")
    tell(ledger, f"local, --help-others {helps}", calls, "", seconds)
    for latency in LATENCIES:
        share.set(latency_seconds=latency)
        output = share.folder("a") / f"{helps}{latency}"
        counts = []
        for frames in (FEW, MANY):
            share.do("calls")
            side.run(output / str(frames), frames, helps)
            counts.append(share.calls("a"))
        share.set(latency_seconds=0.0)
        to_server = (counts[1].total() - counts[0].total()) / (MANY - FEW)
        # What is believed for seconds is asked again the oftener, the longer a call takes.
        assert latency or to_server <= MOST_CALLS, most_frequent(counts[1] - counts[0])
        there = share.there / f"{helps}{latency}" / str(MANY)
        name = f"NFS, {1000 * latency:g} ms a call, --help-others {helps}"
        tell(ledger, name, calls, f"{to_server:.1f}", seconds_a_frame(there))


def tell(ledger: Ledger, disk: str, calls: str, to_server: str, seconds: float) -> None:
    row = {
        "one child, frames of three files": disk,
        "system calls a frame": calls,
        "calls to the server a frame": to_server,
        "seconds a frame": f"{seconds:.2f}",
    }
    ledger.costs.append(row)
    ledger.write()
    print(row)


def most_frequent(calls: Counter[str]) -> str:
    return ", ".join(f"{name} {count / (MANY - FEW):.1f}" for name, count in calls.most_common(9))
