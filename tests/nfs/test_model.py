"""What the model of NFS promises, and what it doesn't: each line of its docstrings, tried."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from nfs_share import Share

LONGER_THAN_ANYTHING_IS_KEPT = 61.0


@pytest.fixture
def folders(share: Share) -> tuple[Path, Path]:
    """The same folder, as the hosts a and b see it."""
    (share.folder("a") / "d").mkdir()
    return share.folder("a") / "d", share.folder("b") / "d"


def held(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)


def make(path: Path) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))


def test_what_was_not_there_is_believed_not_to_be(share: Share, folders: tuple[Path, Path]) -> None:
    a, b = folders
    assert not (b / "x").exists()
    (a / "x").write_bytes(b"new")
    assert not (b / "x").exists()
    with pytest.raises(FileNotFoundError):
        (b / "x").read_bytes()
    with pytest.raises(FileNotFoundError):
        (b / "x").unlink()
    share.advance(LONGER_THAN_ANYTHING_IS_KEPT)
    assert (b / "x").read_bytes() == b"new"


def test_opening_a_folder_by_its_name_asks_for_its_names_anew(folders: tuple[Path, Path]) -> None:
    a, b = folders
    assert not (b / "x").exists()
    folder = held(b)
    assert os.listdir(folder) == []
    (a / "x").write_bytes(b"new")
    os.close(os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=folder))
    assert not (b / "x").exists()
    assert os.listdir(folder) == []
    os.close(held(b))
    assert (b / "x").exists()
    assert os.listdir(b) == ["x"]
    os.close(folder)


def test_a_change_of_ones_own_tells_of_others(folders: tuple[Path, Path]) -> None:
    a, b = folders
    assert not (b / "x").exists()
    (a / "x").write_bytes(b"new")
    assert not (b / "x").exists()
    (b / "mine").write_bytes(b"")
    assert (b / "x").exists()


def test_a_look_may_be_old_where_opening_is_not(folders: tuple[Path, Path]) -> None:
    a, b = folders
    (a / "x").write_bytes(b"old")
    assert (b / "x").stat().st_size == 3
    (a / "new").write_bytes(b"another")
    os.replace(a / "new", a / "x")
    assert (b / "x").stat().st_size == 3
    with open(b / "x", "rb") as file:
        assert os.fstat(file.fileno()).st_size == 7
        assert file.read() == b"another"


def test_a_file_that_is_gone_can_be_looked_at_and_not_opened(folders: tuple[Path, Path]) -> None:
    a, b = folders
    (a / "x").write_bytes(b"old")
    (a / "y").write_bytes(b"old")
    assert (b / "x").exists()
    os.replace(a / "x", a / "y")
    assert (b / "x").exists()
    with pytest.raises(FileNotFoundError):
        (b / "x").read_bytes()
    assert not (b / "x").exists()


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_to_be_new_is_asked_for(kind: str, folders: tuple[Path, Path]) -> None:
    a, b = folders
    makes: dict[str, Callable[[Path], None]] = {
        "file": make,
        "folder": Path.mkdir,
        "link": lambda path: os.link(b / "mine", path),
    }
    (b / "mine").write_bytes(b"")
    assert not (b / "x").exists()
    make(a / "x")
    with pytest.raises(FileExistsError):
        makes[kind](b / "x")
    assert (b / "x").exists(), "what failed is forgotten"
    (a / "x").unlink()
    makes[kind](b / "x")


def test_data_are_there_when_the_file_was_closed_or_synced(folders: tuple[Path, Path]) -> None:
    a, b = folders
    with open(a / "x", "wb", buffering=0) as file:
        file.write(b"one")
        assert (b / "x").read_bytes() == b""
        os.fsync(file.fileno())
        assert (b / "x").read_bytes() == b"one"
        file.write(b", two")
        assert (b / "x").read_bytes() == b"one"
    assert (b / "x").read_bytes() == b"one, two"


def test_an_open_file_that_is_replaced_here_stays_till_it_is_closed(
    share: Share, folders: tuple[Path, Path]
) -> None:
    a, _ = folders
    (a / "x").write_bytes(b"old")
    (a / "new").write_bytes(b"new")
    with open(a / "x", "rb") as file:
        os.replace(a / "new", a / "x")
        names = sorted(os.listdir(share.there / "d"))
        assert [name[:4] for name in names] == [".nfs", "x"]
        assert file.read() == b"old"
    assert share.do("wait_asked", host="a", operation="REMOVE")
    assert os.listdir(share.there / "d") == ["x"]


def test_an_open_file_that_is_removed_elsewhere_is_stale(folders: tuple[Path, Path]) -> None:
    a, b = folders
    (a / "x").write_bytes(b"old")
    with open(b / "x", "r+b", buffering=0) as file:
        (a / "x").unlink()
        with pytest.raises(OSError) as read:
            file.read()
        assert read.value.errno == errno.ESTALE
        file.write(b"lost")
        with pytest.raises(OSError) as synced:
            os.fsync(file.fileno())
        assert synced.value.errno == errno.ESTALE


def test_a_held_folder_that_is_removed_elsewhere_is_stale(folders: tuple[Path, Path]) -> None:
    a, b = folders
    (a / "sub").mkdir()
    folder = held(b / "sub")
    (a / "sub").rmdir()
    with pytest.raises(OSError) as error:
        os.open("x", os.O_CREAT | os.O_WRONLY, dir_fd=folder)
    assert error.value.errno == errno.ESTALE
    os.close(folder)
    with pytest.raises(FileNotFoundError):
        held(b / "sub")


Lost = tuple[Callable[[Path], None], type[OSError], set[str]]
LOST: dict[str, Lost] = {
    "RENAME": (lambda a: os.replace(a / "x", a / "y"), FileNotFoundError, {"f", "y"}),
    "REMOVE": (lambda a: os.unlink(a / "x"), FileNotFoundError, {"f"}),
    "LINK": (lambda a: os.link(a / "x", a / "y"), FileExistsError, {"f", "x", "y"}),
    "MKDIR": (lambda a: os.mkdir(a / "y"), FileExistsError, {"f", "x", "y"}),
    "RMDIR": (lambda a: os.rmdir(a / "f"), FileNotFoundError, {"x"}),
}
"""What is done to a file x and an empty folder f, what its second time says, what is there then."""


@pytest.mark.parametrize("how", ["repeat", "done", "fail"])
@pytest.mark.parametrize("operation", LOST)
def test_an_answer_is_lost(
    how: str, operation: str, share: Share, folders: tuple[Path, Path]
) -> None:
    """Done, and said to have failed; or not done, and said the same where the mount is soft."""
    a, _ = folders
    work, error, left = LOST[operation]
    make(a / "x")
    (a / "f").mkdir()
    share.rule("lost", "a", operation, "*", how, last=1)
    with pytest.raises(error if how == "repeat" else OSError) as answered:
        work(a)
    if how != "repeat":
        assert answered.value.errno == errno.EIO
    assert {*os.listdir(share.there / "d")} == ({"f", "x"} if how == "fail" else left)


def test_an_exclusive_file_is_known_again(share: Share, folders: tuple[Path, Path]) -> None:
    """The second try of one client finds its own verifier; another client's does not."""
    a, b = folders
    share.rule("lost", "a", "CREATE", "*", "twice")
    make(a / "x")
    with pytest.raises(FileExistsError):
        make(b / "x")


def test_times_are_the_servers(share: Share, folders: tuple[Path, Path]) -> None:
    a, _ = folders
    share.set(skew_seconds=3000.0)
    before = time.time()
    (a / "x").write_bytes(b"x")
    assert (a / "x").stat().st_mtime - before >= 3000.0
    os.utime(a / "x", (1.0, 1.0))
    assert (a / "x").stat().st_mtime == 1.0
    os.utime(a / "x")
    assert (a / "x").stat().st_mtime - before >= 3000.0


def test_mounted_anew(share: Share, folders: tuple[Path, Path]) -> None:
    a, _ = folders
    make(a / "x")
    folder, before = held(a), (a / "x").stat()
    share.do("remount", host="a")
    after = (a / "x").stat()
    assert after.st_dev != before.st_dev
    assert after.st_ino == before.st_ino
    with pytest.raises(OSError) as error:
        os.stat("x", dir_fd=folder)
    assert error.value.errno == errno.ESTALE
    os.close(folder)


def test_a_server_that_is_away_is_waited_for(share: Share, folders: tuple[Path, Path]) -> None:
    a, _ = folders
    share.set(is_away=True)
    done = threading.Event()

    def write() -> None:
        make(a / "x")
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    assert share.do("wait_waiting", count=1)
    assert not done.is_set()
    share.set(is_away=False)
    thread.join()
    assert (a / "x").exists()


def test_of_a_host_that_died_nothing_arrives(share: Share, folders: tuple[Path, Path]) -> None:
    a, b = folders
    with open(a / "x", "wb", buffering=0) as file:
        file.write(b"never written")
        share.rule("dies", "a", "MKDIR", "*", "die")
        with pytest.raises(OSError):
            (a / "y").mkdir()
        with pytest.raises(OSError):
            os.fsync(file.fileno())
    assert os.listdir(b) == ["x"]
    assert (b / "x").read_bytes() == b""
    share.do("revive", host="a")
    assert os.listdir(a) == ["x"]


def test_the_bucket_wins_a_conflict(share: Share, folders: tuple[Path, Path]) -> None:
    a, _ = folders
    (a / "x").write_bytes(b"ours")
    lost = share.do("put_from_bucket", path="/d/x", text=b"theirs".hex())
    assert (share.there / "d" / "x").read_bytes() == b"theirs"
    assert (share.there / lost.strip("/")).read_bytes() == b"ours"
