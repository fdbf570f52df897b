"""The folder for everybody's temporary files is full: Blender takes it for its own.

What others have in it stays, whatever ends the child, and the frames come all the same.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import MakeFilm, NewTrial
from .strikes import PUT, of_frame, once, sends

INODES = 14


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Path]:
    """A file system without an inode left, filled by others (needs root)."""
    folder = tmp_path / "base"
    folder.mkdir()
    options = f"nr_inodes={INODES}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    (folder / "another's").mkdir()
    (folder / "blender_a12345").mkdir()  # another Blender's
    with pytest.raises(OSError, match="No space left"):
        for number in range(INODES):
            (folder / ("another's" if number % 2 else "") / f"film {number}").write_bytes(b"whole")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def listing(folder: Path) -> dict[str, bytes]:
    return {
        os.path.relpath(path, folder): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("struck", [None, signal.SIGTERM, signal.SIGKILL], ids=str)
def test_full_base(
    struck: signal.Signals | None, base: Path, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    before = listing(base)
    where = f"{struck.name} between two frames" if struck else "from start to end"
    with new_trial(make_film(end=8), "TMPDIR has no inode left", where) as trial:
        if struck:
            strike = once("strike", of_frame(PUT, 2), sends(struck), 2)
            ended = trial.run(strike, TMPDIR=str(base))
            assert ended.code == 75 or ended.signal is signal.SIGKILL, ended
            assert listing(base) == before
        trial.complete(TMPDIR=str(base))
        assert listing(base) == before
