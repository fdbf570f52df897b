"""A network file system that is unmounted under a child, and comes back under another number.

An overlay on a folder stands for it: each mount of it has a device number of its own, what is
held open on the one before still works there, and both show what lies on the same "server".
"""

from __future__ import annotations

import itertools
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import strikes
from .conftest import MakeFilm, NewTrial
from .scale import FULL
from .strikes import once, sends
from .trial import Child, Trial

FRAMES = 6
FIRST = "before the first frame"
PLACES = {
    "when the pin is made": (strikes.PIN, 1),
    FIRST: (strikes.BEGIN, 1),
    "before a frame": (strikes.BEGIN, 3),
    "in mid-copy": (strikes.COPY, 7),
    "between two replaces": (strikes.PUT, 2),
    "before the record": (strikes.RECORD, 3),
    "before its note is removed": (strikes.NOTE_GONE, 2),
    "before the last record": (strikes.RECORD, FRAMES),
}
ONE = "between two replaces"
SOME = ("before a frame", "in mid-copy", ONE)


class Share:
    """A file system that is mounted at a folder `disk`, as often as is wanted (needs root).

    Beneath it is an empty folder of the output folder's name.
    """

    def __init__(self, home: Path) -> None:
        self.disk = home / "disk"
        self.server = home / "server"
        self._none = home / "none"
        self._numbers = itertools.count()
        for folder in (self.disk, self.server, self._none):
            folder.mkdir()
        self._beneath = self.disk / "out"
        self._beneath.mkdir()
        # An overlay can't lie on another one, as the disk of a container is.
        _run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", self.server)

    def mount(self, exported: str = "exported") -> None:
        upper, work = self.server / exported, self.server / f"work-{next(self._numbers)}"
        upper.mkdir(exist_ok=True)
        work.mkdir()
        options = f"lowerdir={self._none},upperdir={upper},workdir={work},index=off"
        _run("mount", "-t", "overlay", "-o", options, "overlay", self.disk)

    def unmount(self) -> None:
        _run("umount", "--lazy", self.disk)

    def hold_nothing_beneath(self) -> None:
        """Nothing is mounted, and nothing was written to this machine's own disk."""
        assert list(self.disk.iterdir()) == [self._beneath]
        assert list(self._beneath.iterdir()) == []

    def close(self) -> None:
        if self.disk.is_mount():
            self.unmount()
        _run("umount", "--lazy", self.server)


def _run(*words: str | Path) -> None:
    subprocess.run([*map(str, words)], check=True)


@pytest.fixture
def share(tmp_path: Path) -> Iterator[Share]:
    made = Share(tmp_path)
    try:
        made.mount()
        yield made
    finally:
        made.close()


def begin_and_stop(trial: Trial, place: str, *words: str) -> Child:
    at, number = PLACES[place]
    child = trial.begin(once("strike", at, sends(signal.SIGSTOP), number), words=words)
    assert child.wait_stopped()
    return child


def hold_went_on(trial: Trial, place: str, child: Child) -> None:
    ended = child.end()
    trial.hit(place, ended)
    assert ended.code == 0, ended.log
    trial.hold(set(), [ended])
    trial.hold_complete()


@pytest.mark.parametrize("place", PLACES if FULL else [ONE])
def test_it_is_mounted_anew(
    place: str, share: Share, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    with new_trial(make_film(end=FRAMES), "the output's disk is mounted anew",
                   output_name="disk/out") as trial:  # fmt: skip
        child = begin_and_stop(trial, place)
        before = trial.output.stat().st_dev
        share.unmount()
        share.mount()
        assert trial.output.stat().st_dev != before
        child.go_on()
        hold_went_on(trial, place, child)


@pytest.mark.parametrize("place", SOME if FULL else [ONE])
def test_it_is_away_for_a_moment(
    place: str, share: Share, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    with new_trial(make_film(end=FRAMES), "the output's disk is unmounted, then mounted",
                   output_name="disk/out") as trial:  # fmt: skip
        child = begin_and_stop(trial, place)
        share.unmount()
        child.go_on()
        child.wait_said("Trying again.")
        share.hold_nothing_beneath()
        share.mount()
        hold_went_on(trial, place, child)


@pytest.mark.parametrize("place", SOME if FULL else [ONE])
def test_it_stays_away(place: str, share: Share, make_film: MakeFilm, new_trial: NewTrial) -> None:
    with new_trial(make_film(end=FRAMES), "the output's disk is unmounted",
                   output_name="disk/out") as trial:  # fmt: skip
        child = begin_and_stop(trial, place)
        share.unmount()
        child.go_on()
        ended = child.end()
        trial.hit(place, ended)
        assert ended.code == 74, ended.log
        assert "see that it is mounted" in ended.log
        share.hold_nothing_beneath()
        share.mount()
        trial.hold(set(), [ended])
        trial.complete()


@pytest.mark.skipif(not FULL, reason="in the full suite")
def test_lanes_begin_while_it_is_away(
    share: Share, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    """They start Blender first; what they find then in its place is not their child's."""
    with new_trial(make_film(end=FRAMES), "the output's disk is unmounted",
                   output_name="disk/out") as trial:  # fmt: skip
        child = begin_and_stop(trial, FIRST, "--lanes", "3")
        share.unmount()
        child.go_on()
        ended = child.end()
        trial.hit("before lanes begin", ended)
        assert ended.code == 74, ended.log
        assert "lanes: 3" in ended.log
        share.hold_nothing_beneath()
        share.mount()
        trial.hold(set(), [ended])
        trial.complete()


@pytest.mark.parametrize("place", SOME if FULL else [ONE])
def test_another_folder_of_the_same_film(
    place: str, share: Share, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    """Its pin and its frames are of the very same render."""
    with new_trial(make_film(end=FRAMES), "another output folder is mounted in its place",
                   output_name="disk/out") as trial:  # fmt: skip
        share.unmount()
        share.mount("another")
        assert trial.run(words=("--frames", "1-3")).code == 0
        before = everything(share.server / "another")
        share.unmount()
        share.mount()
        child = begin_and_stop(trial, place)
        share.unmount()
        share.mount("another")
        child.go_on()
        ended = child.end()
        trial.hit(place, ended)
        assert ended.code == 74, ended.log
        assert everything(share.server / "another") == before
        share.unmount()
        share.mount()
        trial.hold(set(), [ended])
        trial.complete()


def everything(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of all that is below a folder: whoever writes something changes one."""
    states = {str(path.relative_to(folder)): path.lstat() for path in folder.rglob("*")}
    return {name: (there.st_ino, there.st_mtime_ns) for name, there in states.items()}
