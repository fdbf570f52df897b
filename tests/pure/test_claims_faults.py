"""Claims that nobody wrote, and disks that take none: nothing raises, hangs or is kept away."""

from __future__ import annotations

import errno
import json
import os
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.child import claims as module
from array_chunk_render.child.claims import MOST_BYTES, Claims
from claimed import EXPIRY_SECONDS, HELPER, Claimed
from deliveries import in_time
from failing_system import Perform, system_calls

pytestmark = pytest.mark.usefixtures("nothing_waits_for_the_disk")
BY = {"child": "1 of 3 of job", "run": "its run", "process": "host-2", "pid": 2}


@pytest.fixture
def claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Claimed:
    monkeypatch.setattr(module, "HALF_MADE_SECONDS", 0.001)
    return Claimed(tmp_path)


def said(by: Any, **more: Any) -> bytes:
    return json.dumps({"by": by, "failed": False, **more}).encode()


HOSTILE = [
    pytest.param(b"", id="empty"),
    pytest.param(b"{", id="cut off"),
    pytest.param(b"\xff\xfe\x00", id="no text"),
    pytest.param(b"\0" * 300, id="zeros"),
    pytest.param(b"[" * 60_000, id="deep"),
    pytest.param(b"9" * 60_000, id="a number of many digits"),
    pytest.param(b"x" * (MOST_BYTES * 4), id="huge"),
    pytest.param(said(BY) + b" " * MOST_BYTES + b"{", id="a claim in front of something huge"),
    pytest.param(b"null", id="null"),
    pytest.param(b"[]", id="a list"),
    pytest.param(b'"text"', id="a text"),
    pytest.param(b"{}", id="nothing said"),
    pytest.param(json.dumps({"by": BY}).encode(), id="not said whether it failed"),
    pytest.param(said(None), id="by null"),
    pytest.param(said("somebody"), id="by a text"),
    pytest.param(said([1]), id="by a list"),
    pytest.param(said({}), id="by nobody"),
    pytest.param(said({**BY, "more": 1}), id="by somebody with more"),
    pytest.param(said({**BY, "child": 1}), id="child: a number"),
    pytest.param(said({**BY, "run": None}), id="run: null"),
    pytest.param(said({**BY, "process": []}), id="process: a list"),
    pytest.param(said({**BY, "pid": "2"}), id="pid: a text"),
    pytest.param(said({**BY, "pid": 2.5}), id="pid: a fraction"),
    pytest.param(said({**BY, "pid": True}), id="pid: true"),
]


def hold_out_of_the_way(claimed: Claimed) -> None:
    claims = claimed.claims()
    assert not in_time(lambda: claims.is_taken(1, is_own=True))
    assert not in_time(lambda: claims.is_in_lane(1))
    assert not in_time(lambda: claimed.claims(HELPER).take(1, is_own=False))
    assert in_time(lambda: claims.take(1, is_own=True))
    in_time(lambda: (claims.begin(1), claims.leave(1), claims.close()))


@pytest.mark.parametrize("content", HOSTILE)
def test_a_file_that_no_claimant_wrote(claimed: Claimed, content: bytes) -> None:
    claimed.path().write_bytes(content)
    hold_out_of_the_way(claimed)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def bound_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = os.getcwd()
        os.chdir(path.parent)  # its whole name is too long for one
        try:
            made.bind(path.name)
        finally:
            os.chdir(here)


def full_folder(path: Path) -> None:
    (path / "more").mkdir(parents=True)


def link_to_a_pipe(path: Path) -> None:
    os.mkfifo(path.parent / "pipe")
    path.symlink_to("pipe")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(Path.mkdir, id="a folder"),
        pytest.param(full_folder, id="a folder with something in it"),
        pytest.param(pipe, id="a pipe"),
        pytest.param(bound_socket, id="a socket"),
        pytest.param(lambda path: path.symlink_to(path.name), id="a link to itself"),
        pytest.param(link_to_a_pipe, id="a link to a pipe"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), id="a link to a device"),
    ],
)
def test_something_that_is_no_file(claimed: Claimed, make: Callable[[Path], object]) -> None:
    make(claimed.path())
    hold_out_of_the_way(claimed)


def test_an_empty_claim_whose_maker_is_just_writing_it(
    claimed: Claimed, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed.path().write_bytes(b"")
    monkeypatch.setattr(module.time, "sleep", lambda seconds: claimed.plant(HELPER))
    claims = claimed.claims()
    assert claims.is_taken(1, is_own=True)
    assert not claims.take(1, is_own=True)
    assert claimed.says()["by"]["run"] == HELPER.run


ERRORS = ["EROFS", "ENOSPC", "EACCES", "ESTALE", "EIO", "EDQUOT"]
CALLS = ["open", "unlink"]


@contextmanager
def failing(calls: set[str], error: str) -> Iterator[None]:
    """A disk on which these calls fail, below the claims and the folder for temporaries."""
    number = getattr(errno, error)

    def hook(name: str, arguments: tuple[Any, ...], perform: Perform) -> Any:
        if name in calls and is_below(arguments[0]):
            raise OSError(number, os.strerror(number), str(arguments[0]))
        return perform()

    with system_calls(hook):
        yield


def is_below(path: Any) -> bool:
    """Whether it is a claim or a temporary, or their folders, as descriptors tell too."""
    if isinstance(path, int):
        path = os.readlink(f"/proc/self/fd/{path}")
    return "/.array_chunk/" in f"{path}/"


def use(claims: Claims, frame: int = 1) -> None:
    claims.begin(frame)
    claims.release(frame)
    claims.leave(frame)
    claims.close()


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("age", [None, 0.0, EXPIRY_SECONDS + 1])
def test_a_disk_that_answers_with_errors(
    claimed: Claimed, call: str, error: str, age: float | None
) -> None:
    """The own frames are rendered without a claim, others' frames are left to their children."""
    if age is not None:
        claimed.plant(HELPER, age=age)
    helper = claimed.claims(HELPER)
    claims = claimed.claims()
    with failing({call}, error):
        claims.is_in_lane(1)
        claims.is_taken(1, is_own=True)
        assert claims.take(1, is_own=True)
        assert not helper.take(1, is_own=False)
        use(claims)


@pytest.mark.parametrize("error", ERRORS)
def test_a_disk_on_which_nothing_goes(claimed: Claimed, error: str) -> None:
    claimed.plant(HELPER)
    claims = claimed.claims()
    with failing({*CALLS, "stat", "close", "fsync"}, error):
        assert not claims.is_taken(1, is_own=True)
        assert claims.take(1, is_own=True)
        assert claims.take(2, is_own=True)
        assert not claims.take(3, is_own=False)
        use(claims)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("end", ["release", "leave", "close"])
def test_a_claim_that_can_not_be_given_back(claimed: Claimed, end: str, error: str) -> None:
    claims = claimed.claims()
    assert claims.take(1, is_own=True)
    claims.begin(1)
    with failing(set(CALLS), error):
        getattr(claims, end)(*([] if end == "close" else [1]))
    assert claimed.names == ["00001"], "it expires"
    claims.close()


def test_a_claim_that_could_not_be_written_is_no_claim(claimed: Claimed) -> None:
    """It was made, and then the disk was full: it must not keep helpers from the frame."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        assert claimed.claims().take(1, is_own=True)
        assert not claimed.claims().take(2, is_own=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert claimed.names == []


def wait_for_a_beat(claim: Path) -> None:
    while claim.lstat().st_mtime == 2:
        time.sleep(0.001)


@pytest.mark.parametrize("end", ["release", "leave", "close"])
def test_a_claim_that_is_exchanged_for_a_link_while_in_work(
    claimed: Claimed, tmp_path: Path, end: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"somebody's")
    os.utime(secret, (1, 1))
    claims = claimed.claims(heartbeat_seconds=0.001)
    assert claims.take(1, is_own=True)
    claimed.path().unlink()
    claimed.path().symlink_to(secret)
    os.utime(claimed.path(), (2, 2), follow_symlinks=False)
    claims.begin(1)
    in_time(lambda: wait_for_a_beat(claimed.path()))
    getattr(claims, end)(*([] if end == "close" else [1]))
    claims.close()
    assert secret.read_bytes() == b"somebody's"
    assert secret.stat().st_mtime == 1
    assert not claimed.path().is_symlink()


def test_what_another_made_stays_where_making_fails(claimed: Claimed) -> None:
    claimed.plant(HELPER)
    with failing({"open"}, "ESTALE"):
        assert claimed.claims().take(1, is_own=True)
    assert claimed.says()["by"]["run"] == HELPER.run


def test_a_folder_that_can_not_tell_the_time(claimed: Claimed) -> None:
    claimed.plant(HELPER)
    claimed.folder.temporaries.rmdir()
    claims = claimed.claims()
    assert not claims.is_taken(1, is_own=True)
    assert not claimed.claims().take(1, is_own=False)
    assert claims.take(1, is_own=True)


def test_no_folder_for_claims(claimed: Claimed) -> None:
    claimed.folder.claims.rmdir()
    claims = claimed.claims()
    assert not claims.is_taken(1, is_own=True)
    assert not claims.take(1, is_own=False)
    assert claims.take(1, is_own=True)
    use(claims)
