"""Claims: one process has a frame, those who are gone lose it, and no claim is in the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.child import claims as module
from array_chunk_render.child.claims import Claimant, Claims, new_run
from array_chunk_render.chunking.plan import Child
from claimed import EARLIER, EXPIRY_SECONDS, HELPER, OURS, Claimed, Work, race
from deliveries import LONG_SECONDS

pytestmark = pytest.mark.usefixtures("nothing_waits_for_the_disk")

FRAMES = range(1, 201)


@pytest.fixture
def claimed(tmp_path: Path) -> Claimed:
    return Claimed(tmp_path)


def taker(claimed: Claimed, child: int, run: str, is_own: bool) -> Work:
    def work(wait_for_all: object) -> list[int]:
        assert callable(wait_for_all)
        claims = claimed.claims(Claimant.this_process(Child(3, child, render_id="job"), run))
        wait_for_all()
        taken = [frame for frame in FRAMES if claims.take(frame, is_own)]
        wait_for_all()  # a lane that has ended holds nothing
        return taken

    return work


RACERS = {
    "helpers of other children": [(child, f"run {child}", False) for child in range(6)],
    "an owner and helpers": [(child, f"run {child}", child == 0) for child in range(6)],
    "lanes of one child": [(0, "run", True)] * 6,
    "lanes and helpers": [(0, "run", True)] * 3 + [(1, "run 1", False), (2, "run 2", False)],
}


@pytest.mark.parametrize("racers", RACERS.values(), ids=RACERS)
def test_processes_that_race_take_each_frame_once(
    claimed: Claimed, racers: list[tuple[int, str, bool]]
) -> None:
    for _ in range(3):
        taken = race([taker(claimed, *each) for each in racers])
        counted = Counter(frame for frames in taken for frame in frames)
        assert counted == Counter(FRAMES)
        for path in claimed.folder.claims.iterdir():
            path.unlink()


def test_a_claim_says_whose_it_is(claimed: Claimed) -> None:
    claims = claimed.claims()
    assert claims.take(1, is_own=True)
    assert claimed.says()["by"]["child"] == "0 of 3 of job"
    assert claimed.says()["failed"] is False
    assert oct(claimed.path().stat().st_mode & 0o777) == oct(0o666 & ~_umask())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize(
    ("age", "is_live"),
    [
        pytest.param(0.0, True, id="new"),
        pytest.param(EXPIRY_SECONDS - 30, True, id="not renewed for a while"),
        pytest.param(EXPIRY_SECONDS + 1, False, id="just expired"),
        pytest.param(86400.0, False, id="of yesterday"),
        pytest.param(-3600.0, True, id="of the future"),
    ],
)
@pytest.mark.parametrize("hours", [-5, 0, 5])
def test_a_claim_expires_by_the_folders_own_clock(
    claimed: Claimed, age: float, is_live: bool, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This machine's clock is hours off, and its processes have run for another time."""
    there, since = module.time.time, module.time.monotonic
    monkeypatch.setattr(module.time, "time", lambda: there() + 3600 * hours)
    monkeypatch.setattr(module.time, "monotonic", lambda: since() + 7200 * hours)
    claimed.plant(HELPER, age=age)
    claims = claimed.claims()
    assert claims.is_taken(1, is_own=True) is is_live
    assert claims.take(1, is_own=True) is not is_live
    assert (claimed.says()["by"]["run"] == OURS.run) is not is_live


def test_time_goes_on(claimed: Claimed, monkeypatch: pytest.MonkeyPatch) -> None:
    claimed.plant(HELPER)
    claims = claimed.claims()
    assert claims.is_taken(1, is_own=True)
    since = module.time.monotonic
    monkeypatch.setattr(module.time, "monotonic", lambda: since() + EXPIRY_SECONDS + 1)
    assert not claims.is_taken(1, is_own=True)


@pytest.mark.parametrize("age", [0.0, EXPIRY_SECONDS + 1])
def test_an_earlier_attempt_and_a_copy_are_overridden_at_once(claimed: Claimed, age: float) -> None:
    claimed.plant(EARLIER, age=age)
    claims = claimed.claims()
    assert not claims.is_taken(1, is_own=True)
    assert not claims.is_in_lane(1)
    assert claims.take(1, is_own=True)
    assert claimed.says()["by"]["run"] == OURS.run


def test_a_lane_is_respected_as_long_as_its_process_lives(claimed: Claimed) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    claimed.plant(replace(OURS, process="lane", pid=process.pid), age=EXPIRY_SECONDS / 2)
    claims = claimed.claims()
    try:
        assert claims.is_in_lane(1)
        assert claims.is_taken(1, is_own=True)
        assert not claims.take(1, is_own=True)
    finally:
        process.send_signal(signal.SIGKILL)
    # It is a zombie from here on: its parent has not asked for it yet.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not claims.is_in_lane(1)
    process.wait()
    assert not claims.is_in_lane(1)
    assert claims.take(1, is_own=True)
    assert claimed.says()["by"]["process"] == OURS.process


def test_a_lane_that_was_stopped_loses_its_frame_in_the_end(claimed: Claimed) -> None:
    claimed.plant(replace(OURS, process="lane", pid=os.getpid()), age=EXPIRY_SECONDS + 1)
    claims = claimed.claims()
    assert not claims.is_in_lane(1)
    assert claims.take(1, is_own=True)


@pytest.mark.parametrize("pid", [0, -1, 1 << 70])
def test_a_lane_with_an_impossible_process(claimed: Claimed, pid: int) -> None:
    claimed.plant(replace(OURS, process="lane", pid=pid))
    assert not claimed.claims().is_in_lane(1)
    assert claimed.claims().take(1, is_own=True)


@pytest.mark.parametrize(
    ("age", "failed", "evidence"),
    [
        pytest.param(0.0, False, "", id="in work"),
        pytest.param(0.0, True, "", id="failed"),
        pytest.param(10 * EXPIRY_SECONDS, True, "", id="failed long ago"),
        pytest.param(10 * EXPIRY_SECONDS, False, "Segmentation fault", id="crashed long ago"),
    ],
)
def test_what_a_helper_leaves_alone(
    claimed: Claimed, age: float, failed: bool, evidence: str
) -> None:
    before = claimed.plant(EARLIER, age=age, failed=failed).read_bytes()
    (claimed.folder.notes / "00001.1.host-9").write_text(evidence)
    assert not claimed.claims(HELPER).take(1, is_own=False)
    assert claimed.path().read_bytes() == before


def test_a_helper_takes_what_a_killed_process_left(claimed: Claimed) -> None:
    claimed.plant(EARLIER, age=2 * EXPIRY_SECONDS)
    (claimed.folder.notes / "00001.1.host-9").touch()
    (claimed.folder.notes / "00011.1.host-9").write_text("evidence against another frame")
    assert claimed.claims(HELPER).take(1, is_own=False)
    assert claimed.says()["by"]["run"] == HELPER.run


def test_a_failed_frame_is_tried_again_by_its_own_child_only(claimed: Claimed) -> None:
    helper = claimed.claims(HELPER)
    assert helper.take(1, is_own=False)
    helper.begin(1)
    helper.leave(1)
    helper.close()
    assert claimed.says()["failed"] is True
    owner = claimed.claims()
    assert not owner.is_taken(1, is_own=True)
    assert not claimed.claims(EARLIER).take(1, is_own=False)
    assert owner.take(1, is_own=True)


def test_what_is_released_can_be_taken_by_anybody(claimed: Claimed) -> None:
    claims = claimed.claims()
    assert claims.take(1, is_own=True)
    claims.release(1)
    assert claimed.names == []
    assert claimed.claims(HELPER).take(1, is_own=False)


def test_what_is_not_held_is_not_released(claimed: Claimed) -> None:
    claimed.plant(HELPER)
    claims = claimed.claims()
    claims.release(1)
    claims.leave(1)
    claims.close()
    assert claimed.says()["by"]["run"] == HELPER.run
    assert claimed.says()["failed"] is False


def test_closing_gives_all_back_and_ends_the_heartbeat(claimed: Claimed) -> None:
    before = set(threading.enumerate())
    claims = claimed.claims(heartbeat_seconds=3600.0)
    for frame in (1, 2, 3):
        assert claims.take(frame, is_own=True)
    claims.begin(1)
    (heart,) = set(threading.enumerate()) - before
    claims.close()
    assert claimed.names == []
    heart.join(LONG_SECONDS)
    assert not heart.is_alive()


class Renewals:
    """The files whose times are renewed, one after the other."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._came = threading.Condition()
        self.names: list[str] = []
        self.error: OSError | None = None
        self._utime = os.utime
        monkeypatch.setattr(module.os, "utime", self._renew)

    def _renew(self, name: str, **where: Any) -> None:
        with self._came:
            self.names.append(name)
            self._came.notify_all()
        if self.error is not None:
            raise self.error
        self._utime(name, **where)

    def set_back(self, path: Path) -> None:
        self._utime(path, (0, 0))

    def wait(self, count: int = 3) -> list[str]:
        """The next ones."""
        with self._came:
            self.names.clear()
            assert self._came.wait_for(lambda: len(self.names) >= count, LONG_SECONDS)
            return self.names[:count]


@pytest.fixture
def renewals(monkeypatch: pytest.MonkeyPatch) -> Renewals:
    return Renewals(monkeypatch)


def beating(claimed: Claimed) -> Claims:
    claims = claimed.claims(heartbeat_seconds=0.005)
    for frame in (1, 2):
        assert claims.take(frame, is_own=True)
    return claims


def test_only_the_frame_in_work_is_renewed(claimed: Claimed, renewals: Renewals) -> None:
    claims = beating(claimed)
    renewals.set_back(claimed.path(1))
    claims.begin(1)
    assert renewals.wait() == ["00001"] * 3
    assert claimed.path(1).stat().st_mtime > 0
    claims.release(1)
    claims.begin(2)
    renewals.wait(1)  # the last of the other one may be among these
    assert renewals.wait() == ["00002"] * 3
    claims.close()


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_heartbeat_goes_on_after_an_error(
    claimed: Claimed, renewals: Renewals, is_gone: bool
) -> None:
    claims = beating(claimed)
    if is_gone:
        claimed.path(1).unlink()  # by its owner, who took this process for dead
    else:
        renewals.error = OSError(116, "stale file handle")
    claims.begin(1)
    renewals.wait()
    renewals.error = None
    claims.begin(2)
    renewals.wait(1)
    assert renewals.wait() == ["00002"] * 3
    claims.close()
    assert claimed.names == []


def test_each_run_has_a_name_of_its_own() -> None:
    assert len({new_run() for _ in range(100)}) == 100
