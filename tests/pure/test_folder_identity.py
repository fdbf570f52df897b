"""An output folder that is mounted anew is known again, and no other is taken for it.

New numbers are had without mounts: a copy of the folder in its place has another inode, and the
same things in it.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import OutputFailed
from array_chunk_render.publishing import patience
from array_chunk_render.publishing.folder_identity import FolderIdentity
from array_chunk_render.publishing.output_folder import FOLDER_ID, OutputFolder
from array_chunk_render.publishing.patience import PAUSES_SECONDS, Patience
from failing_system import Perform, system_calls
from publishing_trials import CONTENT, made_folder


def known(folder: OutputFolder, pauses: tuple[float, ...] = ()) -> Patience:
    """The folder as a child has it that has begun."""
    patient = Patience(folder, pauses)
    patient.make_folder()
    return patient


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    return OutputFolder(tmp_path / "out")


def unmount(folder: OutputFolder) -> Path:
    """Where it is from now on; in its place is an empty folder of this machine."""
    elsewhere = folder.root.with_name("elsewhere")
    folder.root.rename(elsewhere)
    folder.root.mkdir()
    return elsewhere


def mount_again(folder: OutputFolder, elsewhere: Path) -> None:
    folder.root.rmdir()
    shutil.copytree(elsewhere, folder.root)


def mount_another(folder: OutputFolder) -> None:
    """One that another child has begun in."""
    folder.root.rmdir()
    known(OutputFolder(folder.root))


def writes_a_note(folder: OutputFolder) -> Callable[[], object]:
    return lambda: folder.held.create(".array_chunk/notes/00001.1.node").close()


def link_to_its_like(path: Path) -> None:
    moved = path.rename(f"{path}2")
    path.symlink_to(moved)


def files_in(root: Path) -> list[str]:
    """All that is no folder."""
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_a_folder_that_is_mounted_again_goes_on(folder: OutputFolder) -> None:
    patient = known(folder)
    patient.repeat(lambda: None)  # its folders are held
    elsewhere = unmount(folder)
    mount_again(folder, elsewhere)
    patient.repeat(writes_a_note(folder))
    assert (folder.notes / "00001.1.node").exists()
    assert not (elsewhere / ".array_chunk" / "notes" / "00001.1.node").exists()
    patient.repeat(lambda: None)


def test_it_may_be_mounted_again_between_two_tries(
    folder: OutputFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = known(folder, PAUSES_SECONDS)
    elsewhere = unmount(folder)
    monkeypatch.setattr(patience.time, "sleep", lambda seconds: mount_again(folder, elsewhere))
    patient.repeat(writes_a_note(folder))
    assert (folder.notes / "00001.1.node").exists()


def test_nothing_is_put_into_the_empty_folder_beneath(folder: OutputFolder) -> None:
    patient = known(folder)
    unmount(folder)
    with pytest.raises(OutputFailed, match="see that it is mounted"):
        patient.repeat(writes_a_note(folder))
    assert list(folder.root.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda path: path.write_text("0" * 32), id="another id"),
        pytest.param(lambda path: path.unlink(), id="none"),
        pytest.param(lambda path: path.write_text(""), id="an empty one"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes() * 3), id="a longer one"),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), id="a folder"),
        pytest.param(lambda path: (path.unlink(), os.mkfifo(path)), id="a pipe"),
        pytest.param(link_to_its_like, id="a link"),
    ],
)
def test_another_folder_in_its_place_is_refused(
    folder: OutputFolder, change: Callable[[Path], object]
) -> None:
    patient = known(folder)
    mount_again(folder, unmount(folder))
    change(folder.root / FOLDER_ID)
    before = files_in(folder.root)
    with pytest.raises(OutputFailed, match="see that it is mounted") as refused:
        patient.repeat(writes_a_note(folder))
    assert refused.value.errno == errno.ENOENT
    assert files_in(folder.root) == before


@pytest.mark.parametrize("mount", [lambda folder: None, mount_another], ids=["empty", "another"])
def test_it_is_exchanged_in_the_middle_of_the_work(
    folder: OutputFolder, mount: Callable[[OutputFolder], None]
) -> None:
    """Another thread has just met an error, and let all folders go."""
    patient = known(folder)
    before: list[str] = []

    def work() -> None:
        unmount(folder)
        mount(folder)
        before.extend(files_in(folder.root))
        folder.held.let_go()
        with pytest.raises(OSError, match="another folder is in its place") as refused:
            folder.held.make(".array_chunk/tmp/00001.node")
        assert refused.value.errno == errno.ESTALE
        with pytest.raises(OSError, match="another folder is in its place"):
            folder.held.make("compositor/passes")
        raise OutputFailed("stale", errno.ESTALE)

    with pytest.raises(OutputFailed):
        patient.repeat(work)
    assert files_in(folder.root) == before
    assert not list(folder.root.rglob("00001*"))
    assert not (folder.root / "compositor").exists()


def test_a_folder_that_is_known_is_never_made_again(folder: OutputFolder) -> None:
    known(folder)
    shutil.rmtree(folder.root)
    with pytest.raises(OutputFailed):
        folder.make()
    assert not folder.root.exists()


def test_all_children_of_a_folder_know_it_by_one_id(folder: OutputFolder) -> None:
    known(folder)
    first = (folder.root / FOLDER_ID).read_text()
    known(OutputFolder(folder.root))
    assert (folder.root / FOLDER_ID).read_text() == first
    assert files_in(folder.root) == [FOLDER_ID]


def test_a_lane_works_in_its_child_s_folder(folder: OutputFolder) -> None:
    folder_id = known(folder).folder_id
    lane = Patience(OutputFolder(folder.root), ())
    lane.make_folder(folder_id)
    lane.repeat(writes_a_note(lane.folder))
    assert lane.folder_id == folder_id == (folder.root / FOLDER_ID).read_text()


@pytest.mark.parametrize("mount", [lambda folder: None, mount_another], ids=["empty", "another"])
def test_a_lane_begins_while_its_child_s_folder_is_away(
    folder: OutputFolder, mount: Callable[[OutputFolder], None]
) -> None:
    folder_id = known(folder).folder_id
    unmount(folder)
    mount(folder)
    before = files_in(folder.root)
    with pytest.raises(OutputFailed, match="see that it is mounted"):
        Patience(OutputFolder(folder.root), ()).make_folder(folder_id)
    assert files_in(folder.root) == before
    shutil.rmtree(folder.root)
    with pytest.raises(OutputFailed):
        Patience(OutputFolder(folder.root), ()).make_folder(folder_id)
    assert not folder.root.exists()


def test_a_folder_of_an_earlier_version_gets_an_id(folder: OutputFolder) -> None:
    made_folder(folder.root)
    (folder.root / "00001.png").write_bytes(CONTENT)
    patient = known(folder)
    mount_again(folder, unmount(folder))
    patient.repeat(lambda: None)
    assert files_in(folder.root) == [FOLDER_ID, "00001.png"]


@pytest.mark.parametrize("content", [b"", b"0" * 31, b"0" * 32 + b"\n", b"\xff" * 32, b"0" * 999])
def test_a_broken_id_is_replaced(folder: OutputFolder, content: bytes) -> None:
    made_folder(folder.root)
    (folder.root / FOLDER_ID).write_bytes(content)
    patient = known(folder)
    mount_again(folder, unmount(folder))
    patient.repeat(lambda: None)


def test_without_hard_links(folder: OutputFolder) -> None:
    def no_links(name: str, arguments: tuple[object, ...], perform: Perform) -> object:
        if name == "link":
            raise OSError(errno.EPERM, "no links")
        return perform()

    with system_calls(no_links):
        patient = known(folder)
    mount_again(folder, unmount(folder))
    patient.repeat(lambda: None)


def test_a_bad_moment_while_it_is_looked_at(
    folder: OutputFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is back, and its id can't be read at once."""
    patient = known(folder, PAUSES_SECONDS)
    monkeypatch.setattr(patience.time, "sleep", lambda seconds: None)
    mount_again(folder, unmount(folder))
    left = [errno.EIO, errno.ESTALE, errno.ENOTCONN]

    def hiccups(name: str, arguments: tuple[object, ...], perform: Perform) -> object:
        if name == "open" and str(arguments[0]).endswith(FOLDER_ID) and left:
            raise OSError(left.pop(), "a hiccup")
        return perform()

    with system_calls(hiccups):
        assert patient.repeat(lambda: "done") == "done"
    assert left == []


def test_what_stays_in_its_place_costs_one_look(folder: OutputFolder) -> None:
    made_folder(folder.root)
    identity = FolderIdentity(folder)
    identity.learn()
    calls = []

    def counted(name: str, arguments: tuple[object, ...], perform: Perform) -> object:
        calls.append((name, arguments[0]))
        return perform()

    with system_calls(counted):
        identity.check()
    assert calls == [("stat", folder.root)]


def test_an_id_has_the_modes_of_any_file(folder: OutputFolder) -> None:
    """Other users' children are to know the folder, too."""
    known(folder)
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((folder.root / FOLDER_ID).stat().st_mode) == 0o666 & ~umask
