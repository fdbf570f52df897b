"""Disks that fill, turn read-only, answer with errors or vanish, below the stage and the output."""

from __future__ import annotations

import itertools
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import strikes
from .conftest import MakeFilm, NewTrial
from .scale import FULL, chance
from .strikes import Rule, fails, once, sends
from .trial import Trial

FRAMES = 4
LARGE = {"end": 3, "width": 320, "height": 180}
"""Frames of several blocks of a disk, so that it fills in the middle of a file."""


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own (needs root), for the folder `out` or `stage` of a trial in it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


@pytest.mark.parametrize("kilobytes", [32, 60, 100, 160, 220] if FULL else [100])
def test_output_disk_fills(
    kilobytes: int, tmpfs: Path, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    remount(tmpfs, f"size={kilobytes}k")
    with new_trial(
        make_film(**LARGE), "the output's disk fills", f"{kilobytes} kB", output_name="disk/out"
    ) as trial:
        full = trial.run()
        assert full.code == 74, full.log
        remount(tmpfs, "size=4m")
        trial.complete()


def test_output_disk_has_no_inodes(tmpfs: Path, make_film: MakeFilm, new_trial: NewTrial) -> None:
    remount(tmpfs, "nr_inodes=20")
    with new_trial(make_film(end=8), "the output's disk has no inodes left",
                   output_name="disk/out") as trial:  # fmt: skip
        full = trial.run()
        assert full.code == 74, full.log
        remount(tmpfs, "nr_inodes=1000")
        trial.complete()


@pytest.mark.parametrize("kilobytes", [8, 24, 64, 100] if FULL else [24])
def test_stage_disk_fills(
    kilobytes: int, tmpfs: Path, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    remount(tmpfs, f"size={kilobytes}k")
    with new_trial(
        make_film(**LARGE), "the stage's disk fills", f"{kilobytes} kB", stage_name="disk/stage"
    ) as trial:
        full = trial.run()
        assert full.code == 74, full.log
        remount(tmpfs, "size=4m")
        trial.complete()


REMOUNTS = {
    "before the first file": (strikes.FOLDERS_MADE, "kill", 1),
    "after the last frame": (strikes.NOTE_GONE, "done", FRAMES),
}
"""While a file is open for writing the system refuses it, so it comes before the first one (the
first note is made beside the folder's pin) or when the last note is gone. In between is told by
EROFS, see below."""


@pytest.mark.parametrize("moment", REMOUNTS if FULL else ["before the first file"])
def test_read_only_remount(
    moment: str, tmpfs: Path, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    with new_trial(make_film(end=FRAMES), "the output's disk turns read-only",
                   output_name="disk/out") as trial:  # fmt: skip
        at, how, number = REMOUNTS[moment]
        child = trial.begin(once("strike", at, sends(signal.SIGSTOP, how), number))
        assert child.wait_stopped()
        before = trial.look().done
        remount(tmpfs, "ro")
        child.go_on()
        ended = child.end()
        trial.hit(moment, ended)
        assert ended.code == 74, ended.log
        trial.hold(before, [ended])
        remount(tmpfs, "rw")
        trial.complete()


PLACES = {
    "note": strikes.NOTE,
    "opening a copy": strikes.COPY_OPEN,
    "writing a copy": strikes.COPY,
    "fsync of a copy": strikes.COPY_SYNC,
    "close of a copy": ("close", strikes.COPY[1]),
    "replace": strikes.PUT,
    "fsync of the folder": strikes.FOLDER_SYNC,
    "reading a record": strikes.RECORD_READ,
    "writing a record": strikes.RECORD_WRITE,
    "replace of a record": strikes.RECORD,
    "removing a note": strikes.NOTE_GONE,
    "stat of a picture": ("stat", "*/out/*.png"),
    "making a folder": ("mkdir", "*/out*"),
    "making the stage": strikes.BEGIN,
    "making a copy's folder": ("mkdir", "*/.array_chunk/tmp/*"),
    "reading the stage": ("read", "*/frame*/beauty/*.png"),
    "verdict": strikes.VERDICT,
}
ERRORS = ("ENOSPC", "EDQUOT", "EROFS", "EACCES", "EIO", "ESTALE")
PASSING = ("EIO", "ESTALE")
"""What a network file system answers in a hiccup: tried again inside the child."""
EVERY = list(itertools.product(PLACES, ERRORS))


ONLY_ONCE = {"verdict", "making a folder", "reading a record"}
"""Places that a child may come to once only."""
ON_THE_STAGE = {"making the stage", "reading the stage"}
"""A local disk: nothing there is a hiccup that is worth waiting for."""


def match_in(kind: str, place: str, error: str) -> int:
    return 1 if place in ONLY_ONCE else chance(kind, place, error).randint(1, 3)


def some(wanted: int) -> list[tuple[str, str]]:
    return EVERY if FULL else sorted(chance("errors").sample(EVERY, wanted))


@pytest.mark.parametrize(("place", "error"), some(3))
def test_error_that_stays(place: str, error: str, make_film: MakeFilm, new_trial: NewTrial) -> None:
    with new_trial(make_film(end=FRAMES), "one of six errors, from there on") as trial:
        first = match_in("stays", place, error)
        ended = trial.run(Rule("strike", PLACES[place], fails(error), first))
        trial.hit(place, ended)
        assert ended.code == 74, ended
        trial.complete()


@pytest.mark.parametrize(("place", "error"), some(3))
def test_error_that_passes(
    place: str, error: str, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    with new_trial(make_film(end=FRAMES), "one of six errors, once") as trial:
        first = match_in("passes", place, error)
        ended = trial.run(once("strike", PLACES[place], fails(error), first))
        trial.hit(place, ended)
        waited_for = error in PASSING and place not in ON_THE_STAGE
        assert ended.code in ((0,) if waited_for else (0, 74)), ended
        if ended.code == 0:
            trial.hold_complete()
        trial.complete()


LIES = list(
    itertools.product(("replace", "replace of a record", "making a copy's folder"), PASSING)
)


@pytest.mark.parametrize("first", [1, 2])
@pytest.mark.parametrize(("place", "error"), LIES if FULL else LIES[:1])
def test_failed_but_done(
    place: str, error: str, first: int, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    """A call that NFS answers with an error, and that has happened all the same."""
    with new_trial(make_film(end=FRAMES), "EIO or ESTALE, but it was done") as trial:
        ended = trial.run(once("strike", PLACES[place], fails(error, "lie"), first))
        trial.hit(place, ended)
        assert ended.code == 0, ended
        trial.hold_complete()


VANISHING = {
    "in mid-copy": strikes.COPY,
    "between two replaces": strikes.PUT,
    "before the record": strikes.RECORD,
    "before a frame": strikes.BEGIN,
}


@pytest.mark.parametrize("place", VANISHING if FULL else ["between two replaces"])
def test_output_folder_vanishes(place: str, make_film: MakeFilm, new_trial: NewTrial) -> None:
    with new_trial(make_film(end=FRAMES), "the output folder vanishes") as trial:
        child = trial.begin(once("strike", VANISHING[place], sends(signal.SIGSTOP), 2))
        assert child.wait_stopped()
        shutil.rmtree(trial.output)
        child.go_on()
        ended = child.end()
        trial.hit(place, ended)
        hold_vanished(trial, ended.code)
        trial.hold(set(), [ended])
        trial.complete()


def hold_vanished(trial: Trial, code: int) -> None:
    """The child says so, or has made the folder anew: what was in it is gone either way."""
    assert code == 74 or trial.look().done == trial.film.all, code
