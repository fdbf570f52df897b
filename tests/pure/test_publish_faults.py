"""Publishing, killed and failing at every point: nothing half, and a second child finishes."""

from __future__ import annotations

import errno
import os
import resource
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import OutputFailed
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.publish import publish
from array_chunk_render.publishing.record import is_done
from failing_system import FailAt, KillAt, Killed, system_calls
from publishing_trials import (
    OLD,
    OURS,
    RECORD,
    Files,
    Renders,
    check_invariants,
    destination,
    draft,
    made_folder,
    names_whole_files,
    never,
    never_done,
    published_files,
    put,
    raw_record,
    stage,
)

pytestmark = pytest.mark.usefixtures("nothing_waits_for_the_disk")


@dataclass(frozen=True)
class Situation:
    """What is in the folder before; a new one for every trial."""

    name: str
    old: Files
    fingerprint: str
    spoil: str = ""

    def make(self, home: Path) -> OutputFolder:
        folder = made_folder(home / "out")
        if self.old:
            put(folder, home / "old", self.old, draft(fingerprint=self.fingerprint))
        if self.spoil:
            (folder.root / self.spoil).write_bytes(b"{ spoiled")
        return folder

    @property
    def renders(self) -> Renders:
        return {"ours": [OURS], **({self.fingerprint: [self.old]} if self.old else {})}

    @property
    def before(self) -> Files:
        return {self.spoil: b"{ spoiled"}


SITUATIONS = (
    Situation("nothing there", {}, ""),
    Situation("another render's frame", OLD, "old"),
    Situation("a broken frame of ours", OURS, "ours", spoil="00001.png"),
    Situation("a broken record", OLD, "old", spoil=RECORD),
)
situations = pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)


Injected = KillAt | FailAt


def trials(situation: Situation, hooks: Callable[[int], Sequence[Injected]]) -> Iterator[Trial]:
    """A publish for each system call that there is, and for each hook that there is for it."""
    number, was_reached = 0, True
    while was_reached:
        number += 1
        for hook in hooks(number):
            with tempfile.TemporaryDirectory() as home:
                yield Trial(situation, Path(home), hook)
            was_reached = hook.count >= number


class Trial:
    def __init__(self, situation: Situation, home: Path, hook: Injected) -> None:
        self.situation = situation
        self.home = home
        self.hook = hook
        self.folder = situation.make(home)

    def run(self) -> None:
        staged = stage(self.home / "stage", OURS)
        done = partial(is_done, self.folder, fingerprint="ours")
        with system_calls(self.hook):
            publish(self.folder, staged, draft(), done, never, set())

    def check(self) -> None:
        check_invariants(self.folder.root, self.situation.renders, self.situation.before)

    def run_again(self) -> None:
        """A second child comes to the same folder and finishes what there is to do."""
        put(self.folder, self.home / "again", OURS)
        record = raw_record(self.folder.root)
        assert record is not None
        assert names_whole_files(self.folder.root, record)
        published = published_files(self.folder.root)
        assert OURS.items() <= published.items()
        assert set(published) <= {*OURS, *self.situation.old}
        self.check()


@situations
def test_killed_at_every_point(situation: Situation) -> None:
    count = 0
    for trial in trials(situation, lambda number: [KillAt(number, each) for each in (False, True)]):
        try:
            trial.run()
        except Killed:
            count += 1
        trial.check()
        trial.run_again()
    assert count > 40


@situations
@pytest.mark.parametrize(
    ("error", "performed"),
    [
        pytest.param(errno.ENOSPC, False, id="full disk"),
        pytest.param(errno.EIO, True, id="done all the same"),
    ],
)
def test_faults_at_every_point(situation: Situation, error: int, performed: bool) -> None:
    failed = set()
    for trial in trials(situation, lambda number: [FailAt(number, error, performed)]):
        try:
            trial.run()
        except OutputFailed as failure:
            failed.add(trial.hook.failed)
            assert str(trial.home) in str(failure)
            assert os.strerror(error) in str(failure)
        else:
            assert trial.hook.failed not in {"open", "open file", "fsync"}
            assert published_files(trial.folder.root).items() >= OURS.items()
        trial.check()
        trial.run_again()
    assert failed >= {"open", "fsync", "stat"}
    # What is answered by an error and has been done is as good as any other.
    assert {"replace", "mkdir"} & failed == (set() if performed else {"replace", "mkdir"})


@pytest.mark.parametrize("performed", [False, True])
def test_error_that_passes_leaves_nothing_of_the_render_before(performed: bool) -> None:
    """Its record may be gone by then, which named its files."""
    for trial in trials(SITUATIONS[1], lambda number: [FailAt(number, errno.EIO, performed)]):
        ours = destination(trial.folder, pauses=(0.0,))
        staged = stage(trial.home / "stage", OURS)
        with system_calls(trial.hook):
            ours.publish(staged, ours.draft(1, 0.0))
        assert published_files(trial.folder.root) == OURS
        trial.check()


@pytest.mark.parametrize(
    ("most_bytes", "written"),
    [
        pytest.param(100_000, {}, id="in a picture"),
        pytest.param(300, {"00001.png": b"small"}, id="in the record"),
    ],
)
def test_a_write_that_fails_half_way(tmp_path: Path, most_bytes: int, written: Files) -> None:
    folder = made_folder(tmp_path / "out")
    staged = stage(tmp_path / "stage", written or {"00001.png": bytes(200_000)})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, limits[1]))
    try:
        with pytest.raises(OutputFailed, match="File too large"):
            publish(folder, staged, draft(), never_done, never, set())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert published_files(folder.root) == written
    assert raw_record(folder.root) is None
    assert list(folder.temporaries.iterdir()) == []


@pytest.mark.parametrize("error", [errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP])
def test_folders_that_cannot_be_synced(tmp_path: Path, error: int) -> None:
    folder = made_folder(tmp_path / "out")

    def cant(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        if name == "fsync" and stat.S_ISDIR(os.fstat(arguments[0]).st_mode):
            raise OSError(error, os.strerror(error))
        return perform()

    with system_calls(cant):
        put(folder, tmp_path / "stage", OURS)
    assert published_files(folder.root) == OURS
