"""A folder that is reached from a handle: never through a link, and as quick as by paths."""

from __future__ import annotations

import errno
import gc
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.publishing import folder_handles
from array_chunk_render.publishing.folder_handles import MOST_HELD, Odd
from array_chunk_render.publishing.held_folder import HeldFolder
from exchanged import state_of
from failing_system import system_calls
from hypothesis import given, settings
from hypothesis import strategies as st

Perform = Callable[[], Any]
SECRET = b"somebody's"


@pytest.fixture
def folder(tmp_path: Path) -> HeldFolder:
    """A folder with files at three levels, and another one beside it, which is not ours."""
    root, outside = tmp_path / "out", tmp_path / "outside"
    for home in (root, outside):
        (home / "a" / "b").mkdir(parents=True)
        for place in ("file", "a/file", "a/b/file"):
            (home / place).write_bytes(SECRET if home == outside else place.encode())
    return HeldFolder(root)


def outside_of(folder: HeldFolder) -> Path:
    return folder.root.with_name("outside")


Work = Callable[[HeldFolder, str], object]
ON_FILES: dict[str, Work] = {
    "read": lambda folder, name: folder.read(name, 100),
    "open": lambda folder, name: folder.open(name).close(),
    "look_at": lambda folder, name: folder.look_at(name),
    "create": lambda folder, name: folder.create(name).close(),
    "create_anew": lambda folder, name: folder.create_anew(name).close(),
    "append_to": lambda folder, name: folder.append_to(name).close(),
    "replace from": lambda folder, name: folder.replace(name, "moved"),
    "replace to": lambda folder, name: folder.replace("file", name),
    "link from": lambda folder, name: folder.link(name, "linked"),
    "link to": lambda folder, name: folder.link("file", name),
    "remove": lambda folder, name: folder.remove(name),
    "renew": lambda folder, name: folder.renew(name),
}
ON_FOLDERS: dict[str, Work] = {
    "make": lambda folder, name: folder.make(f"{name}/new"),
    "make itself": lambda folder, name: folder.make(name),
    "names": lambda folder, name: folder.names(name),
    "contents": lambda folder, name: folder.contents(name),
    "sync": lambda folder, name: folder.sync(name),
    "remove_folder": lambda folder, name: folder.remove_folder(f"{name}/b"),
}


@pytest.mark.parametrize("work", ON_FILES)
@pytest.mark.parametrize("name", ["file", "a/file", "a/b/file"])
def test_everything_can_be_done_with_files(folder: HeldFolder, name: str, work: str) -> None:
    if work in ("create", "link to"):
        (folder.root / name).unlink()
    if name != "file" or work not in ("replace from", "replace to", "link to"):
        ON_FILES[work](folder, name)


@pytest.fixture(params=["by handles", "as on Windows"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Python can't look up a name in an open folder, each on the way is looked at."""
    if request.param == "as on Windows":
        monkeypatch.setattr(folder_handles, "_HAS_HANDLES", False)


both_ways = pytest.mark.usefixtures("_way")


@both_ways
@pytest.mark.parametrize("work", ON_FILES)
@pytest.mark.parametrize("level", ["a", "a/b"])
def test_no_file_is_reached_through_a_link_to_a_folder(
    folder: HeldFolder, level: str, work: str
) -> None:
    put_link(folder, level)
    before = state_of(outside_of(folder))
    with pytest.raises(Odd, match="links are not followed"):
        ON_FILES[work](folder, "a/b/file")
    assert state_of(outside_of(folder)) == before


@both_ways
@pytest.mark.parametrize("work", ON_FOLDERS)
@pytest.mark.parametrize("level", ["a", "a/b"])
def test_no_folder_is_reached_through_a_link(folder: HeldFolder, level: str, work: str) -> None:
    put_link(folder, level)
    before = state_of(outside_of(folder))
    with pytest.raises(Odd, match="links are not followed"):
        ON_FOLDERS[work](folder, level)
    assert not folder.is_folder(level)
    assert state_of(outside_of(folder)) == before


def put_link(folder: HeldFolder, name: str) -> None:
    (folder.root / name).rename(folder.root / "aside")
    (folder.root / name).symlink_to(outside_of(folder) / name)


@both_ways
@pytest.mark.parametrize("work", ON_FILES)
@pytest.mark.parametrize("name", ["file", "a/b/file"])
def test_what_a_link_leads_to_is_not_touched(folder: HeldFolder, name: str, work: str) -> None:
    put_link(folder, name)
    (folder.root / "aside").rename(folder.root / "other")
    before = state_of(outside_of(folder))
    try:
        ON_FILES[work](folder, name)
    except Odd:
        assert work in ("read", "open", "append_to") or not folder_handles._HAS_HANDLES
    except FileExistsError:
        assert work in ("create", "link to")
    except FileNotFoundError:
        assert work in ("link to", "replace to")  # from another name, which is gone
    assert state_of(outside_of(folder)) == before


@both_ways
@pytest.mark.parametrize("work", [*ON_FILES, *ON_FOLDERS])
@pytest.mark.parametrize(
    "name",
    ["..", "../outside/file", "a/../../outside/file", "/etc/passwd", "a//file", "./file", "a/./b",
     "", "a/", "a\0b"],
    ids=ascii,
)  # fmt: skip
def test_names_that_lead_elsewhere(folder: HeldFolder, name: str, work: str) -> None:
    if name == "" and work in ON_FOLDERS:
        return  # the folder itself
    before = state_of(folder.root.parent)
    with pytest.raises((Odd, FileNotFoundError)):
        {**ON_FILES, **ON_FOLDERS}[work](folder, name)
    assert state_of(folder.root.parent) == before


def test_the_folder_itself_may_be_a_link(folder: HeldFolder, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder.root)
    assert HeldFolder(tmp_path / "link").read("a/b/file", 100) == b"a/b/file"


def bound_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


def huge(path: Path) -> None:
    with open(path, "wb") as file:
        file.truncate(3 << 30)


ODD_THINGS = [
    pytest.param(Path.mkdir, id="a folder"),
    pytest.param(lambda path: os.mkfifo(path), id="a pipe"),
    pytest.param(bound_socket, id="a socket"),
    pytest.param(huge, id="3 GB of holes"),
    pytest.param(lambda path: path.symlink_to("/dev/zero"), id="a link to a device"),
    pytest.param(lambda path: path.symlink_to(path.name), id="a link to itself"),
    pytest.param(lambda path: path.symlink_to("nothing"), id="a link to nothing"),
    pytest.param(lambda path: path.symlink_to("file"), id="a link to a file beside it"),
]


@both_ways
@pytest.mark.parametrize("make", ODD_THINGS)
def test_what_is_no_file_is_odd(folder: HeldFolder, make: Callable[[Path], object]) -> None:
    make(folder.root / "odd")
    folder.names("")
    before = open_files()
    with pytest.raises(Odd, match=str(folder.root / "odd")):
        folder.read("odd", 1 << 16)
    assert open_files() == before


@both_ways
@pytest.mark.parametrize("make", [each for each in ODD_THINGS if each.id != "3 GB of holes"])
def test_nothing_is_added_to_what_is_no_file(
    folder: HeldFolder, make: Callable[[Path], object]
) -> None:
    make(folder.root / "odd")
    folder.names("")
    before = open_files(), (folder.root / "file").read_bytes()
    with pytest.raises(Odd, match=str(folder.root / "odd")):
        folder.append_to("odd")
    assert (open_files(), (folder.root / "file").read_bytes()) == before
    assert not (folder.root / "nothing").exists()


@both_ways
def test_what_is_added_stands_at_the_end(folder: HeldFolder) -> None:
    for part in (b"one\n", b"two\n"):
        with folder.append_to("log") as file:
            file.write(part)
    assert folder.read("log", 100) == b"one\ntwo\n"


def open_files() -> int:
    gc.collect()  # what other tests have left behind would be closed at any moment
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize(("size", "is_odd"), [(0, False), (10, False), (11, True)])
def test_a_file_of_so_many_bytes(folder: HeldFolder, size: int, is_odd: bool) -> None:
    (folder.root / "file").write_bytes(bytes(size))
    if is_odd:
        with pytest.raises(Odd, match="more than 10 bytes"):
            folder.read("file", 10)
    else:
        assert folder.read("file", 10) == bytes(size)


@both_ways
def test_files_and_folders_are_told_apart(folder: HeldFolder) -> None:
    (folder.root / "link").symlink_to("a")
    assert [sorted(each) for each in folder.contents("")] == [["a"], ["file", "link"]]
    assert sorted(folder.names("a")) == ["b", "file"]
    assert folder.contents("a") == (["b"], ["file"])


def test_two_listings_at_once_are_both_whole(folder: HeldFolder) -> None:
    """One descriptor has one place in its list: a listing needs one of its own."""
    for number in range(500):
        (folder.root / "a" / str(number)).touch()
    folder.names("a")
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.extend(len(folder.names("a")) for _ in range(20)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {502}


def test_folders_are_opened_once(folder: HeldFolder) -> None:
    opened: list[str] = []

    def watch(name: str, arguments: tuple[Any, ...], perform: Perform) -> Any:
        if name == "open":
            opened.append(str(arguments[0]))
        return perform()

    with system_calls(watch):
        for _ in range(3):
            folder.read("a/b/file", 100)
    assert [Path(each).name for each in opened] == ["out", "a", "b", "file", "file", "file"]


def test_folders_that_are_exchanged_are_seen_after_letting_go(folder: HeldFolder) -> None:
    folder.read("a/b/file", 100)
    (folder.root / "a").rename(folder.root / "moved")
    (folder.root / "a" / "b").mkdir(parents=True)
    assert folder.read("a/b/file", 100) == b"a/b/file", "still held"
    folder.let_go()
    with pytest.raises(FileNotFoundError):
        folder.read("a/b/file", 100)


def test_the_root_is_never_made(folder: HeldFolder) -> None:
    folder.root.rename(folder.root.with_name("away"))
    with pytest.raises(FileNotFoundError):
        folder.make("new/folder")
    assert not folder.root.exists()


@pytest.mark.parametrize("count", [MOST_HELD, 3 * MOST_HELD])
def test_no_more_folders_than_that_are_held(folder: HeldFolder, count: int) -> None:
    before = open_files()
    for number in range(count):
        folder.make(f"a/{number}")
        folder.create(f"a/{number}/file").close()
    assert open_files() - before <= MOST_HELD
    folder.let_go()
    assert open_files() == before


def test_letting_go_closes_nothing_that_is_in_use(folder: HeldFolder) -> None:
    """Else the number may be another folder's by then, and the file would be made in that."""

    def let_go(name: str, arguments: tuple[Any, ...], perform: Perform) -> Any:
        if name == "open" and Path(arguments[0]).name == "new":
            folder.let_go()
            for descriptor in [os.open(folder.root.parent, os.O_RDONLY) for _ in range(9)]:
                os.close(descriptor)
        return perform()

    folder.make("a/b")
    with system_calls(let_go):
        folder.create("a/b/new").close()
    assert (folder.root / "a" / "b" / "new").exists()


def test_one_thread_lets_go_while_others_work(folder: HeldFolder) -> None:
    ended = threading.Event()
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(300):
                folder.create(f"a/b/{number}").close()
                folder.replace(f"a/b/{number}", f"a/{number}")
                assert folder.read(f"a/{number}", 10) == b""
                folder.remove(f"a/{number}")
        except (OSError, AssertionError) as fault:
            faults.append(fault)

    def let_go() -> None:
        while not ended.is_set():
            folder.let_go()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    letting = threading.Thread(target=let_go)
    for thread in (letting, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    ended.set()
    letting.join()
    assert faults == []


@pytest.mark.parametrize("error", [errno.EINVAL, errno.ENOTSUP])
def test_a_folder_that_has_no_fsync(folder: HeldFolder, error: int) -> None:
    with system_calls(failing("fsync", error)):
        folder.sync("a")


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC, errno.EBADF])
def test_a_folder_whose_fsync_fails(folder: HeldFolder, error: int) -> None:
    with system_calls(failing("fsync", error)), pytest.raises(OSError, match=r".") as raised:
        folder.sync("a")
    assert raised.value.errno == error


def failing(name: str, error: int, performed: bool = False) -> Callable[..., Any]:
    """Answers every call of one name with an error, though it may have been done."""

    def hook(called: str, arguments: tuple[Any, ...], perform: Perform) -> Any:
        if called != name:
            return perform()
        if performed:
            perform()
        raise OSError(error, os.strerror(error))

    return hook


def test_a_folder_that_was_made_all_the_same(folder: HeldFolder) -> None:
    with system_calls(failing("mkdir", errno.EIO, performed=True)):
        folder.make("x/y")
    assert folder.is_folder("x/y")


def test_a_folder_that_can_t_be_made(folder: HeldFolder) -> None:
    with (
        system_calls(failing("mkdir", errno.ENOSPC)),
        pytest.raises(OSError, match="No space left"),
    ):
        folder.make("x/y")


class TestReplace:
    """A rename that is answered by an error may have been done all the same, as on NFS."""

    @pytest.fixture
    def home(self, tmp_path: Path) -> HeldFolder:
        (tmp_path / "source").write_bytes(b"new")
        (tmp_path / "target").write_bytes(b"old")
        return HeldFolder(tmp_path)

    def test_done(self, home: HeldFolder) -> None:
        home.replace("source", "target")
        assert home.path("target").read_bytes() == b"new"
        assert not home.path("source").exists()

    def test_failed_and_done(self, home: HeldFolder) -> None:
        with system_calls(failing("replace", errno.EIO, performed=True)):
            home.replace("source", "target")
        assert home.path("target").read_bytes() == b"new"

    def test_failed(self, home: HeldFolder) -> None:
        with (
            system_calls(failing("replace", errno.EIO)),
            pytest.raises(OSError, match="Input/output error"),
        ):
            home.replace("source", "target")
        assert home.path("target").read_bytes() == b"old"

    def test_failed_and_nothing_is_there(self, home: HeldFolder) -> None:
        home.path("target").unlink()
        with (
            system_calls(failing("replace", errno.EIO)),
            pytest.raises(OSError, match="Input/output error"),
        ):
            home.replace("source", "target")

    def test_equal_bytes_are_not_taken_for_the_same_file(self, home: HeldFolder) -> None:
        home.path("target").write_bytes(b"new")
        with (
            system_calls(failing("replace", errno.EIO)),
            pytest.raises(OSError, match="Input/output error"),
        ):
            home.replace("source", "target")


PARTS = st.sampled_from(["a", "b", "link", "file", "loop", "..", ".", "new"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from([*ON_FILES, *ON_FOLDERS]),
        st.lists(PARTS, min_size=1, max_size=4).map("/".join),
        st.booleans(),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def quick_disk() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@settings(max_examples=300)
@given(steps=STEPS, where=st.sampled_from(["", "a", "a/b"]))
def test_whatever_is_done_nothing_outside_is_touched(
    steps: list[tuple[str, str, bool]], where: str, quick_disk: None
) -> None:
    with tempfile.TemporaryDirectory() as home:
        root, outside = Path(home, "out"), Path(home, "outside")
        for place in (root, outside):
            (place / "a" / "b").mkdir(parents=True)
            (place / "file").write_bytes(SECRET)
            (place / "a" / "b" / "file").write_bytes(SECRET)
        (root / where / "link").symlink_to(outside / where)
        (root / where / "loop").symlink_to("loop")
        (root / "b").symlink_to(outside / "a" / "b" / "file")
        before = state_of(outside)
        folder = HeldFolder(root)
        for work, name, lets_go in steps:
            if lets_go:
                folder.let_go()
            try:
                {**ON_FILES, **ON_FOLDERS}[work](folder, name)
            except OSError:
                continue
        assert state_of(outside) == before
        assert set(os.listdir(home)) == {"out", "outside"}


def test_a_file_that_grows_after_it_was_opened_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim is empty for a moment: whoever opens it then must not take half of it for all."""
    (tmp_path / "claim").write_bytes(b"")
    look = os.fstat
    looks: list[int] = []

    def grow(descriptor: int) -> os.stat_result:
        there = look(descriptor)
        looks.append(there.st_size)
        if len(looks) == 2:  # the first asks what kind of file it is
            (tmp_path / "claim").write_bytes(b"whole" * 100_000)
        return there

    monkeypatch.setattr(os, "fstat", grow)
    content, _ = HeldFolder(tmp_path).read_with_state("claim", 1 << 20)
    assert content == b"whole" * 100_000
