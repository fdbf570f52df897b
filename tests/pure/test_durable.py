"""Writing durably: whole files under their names, and errors that are neither lost nor made up."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import OutputFailed
from array_chunk_render.publishing.durable import (
    BLOCK_BYTES,
    copy_durably,
    output_errors,
    write_all_whole,
    write_temporary,
    write_whole,
)
from array_chunk_render.publishing.held_folder import HeldFolder
from failing_system import is_creating, system_calls

Perform = Callable[[], Any]


def failing(name: str, error: int, performed: bool = False) -> Callable[..., Any]:
    """Answers every call of one name with an error, though it may have been done."""

    def hook(called: str, arguments: tuple[Any, ...], perform: Perform) -> Any:
        if called != name and not (name == "create" and is_creating(called, arguments)):
            return perform()
        if performed:
            perform()
        raise OSError(error, os.strerror(error))

    return hook


@pytest.mark.parametrize("size", [0, 1, BLOCK_BYTES, BLOCK_BYTES + 1])
def test_a_copy_has_the_bytes_and_tells_their_digest(tmp_path: Path, size: int) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(size))
    digest = copy_durably(source, HeldFolder(tmp_path), "target")
    assert target.read_bytes() == source.read_bytes()
    assert (
        digest
        == hashlib.sha256(source.read_bytes()).hexdigest()
        == hashlib.sha256(target.read_bytes()).hexdigest()
    )


def test_a_copy_never_writes_over_a_file(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"new")
    target.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        copy_durably(source, HeldFolder(tmp_path), "target")
    assert target.read_bytes() == b"old"


def test_an_error_of_fsync_is_not_lost(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"new")
    with (
        system_calls(failing("fsync", errno.EIO)),
        pytest.raises(OSError, match="Input/output error"),
    ):
        copy_durably(tmp_path / "source", HeldFolder(tmp_path), "target")


def test_an_error_names_the_path_the_reason_and_what_to_do() -> None:
    path = Path("/mnt/out/00001.png")
    with (
        pytest.raises(OutputFailed, match=r"^Could not write '/mnt/out/00001.png': No space left"),
        output_errors(path, "write"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_error_without_a_number_is_named_too() -> None:
    with pytest.raises(OutputFailed, match="something odd"), output_errors(Path("x"), "write"):
        raise OSError("something odd")


def test_other_errors_pass() -> None:
    with pytest.raises(ZeroDivisionError), output_errors(Path("x"), "write"):
        raise ZeroDivisionError


class TestWriteWhole:
    @pytest.fixture
    def temporaries(self, tmp_path: Path) -> Path:
        (tmp_path / "tmp").mkdir()
        (tmp_path / "record").write_bytes(b"old")
        return tmp_path / "tmp"

    def test_replaces(self, temporaries: Path) -> None:
        write_whole(HeldFolder(temporaries.parent), "record", b"new", "tmp")
        assert temporaries.with_name("record").read_bytes() == b"new"
        assert list(temporaries.iterdir()) == []

    @pytest.mark.parametrize("call", ["fsync", "replace", "create"])
    def test_fails(self, temporaries: Path, call: str) -> None:
        with (
            system_calls(failing(call, errno.ENOSPC)),
            pytest.raises(OSError, match="No space left"),
        ):
            write_whole(HeldFolder(temporaries.parent), "record", b"new", "tmp")
        assert temporaries.with_name("record").read_bytes() == b"old"
        assert list(temporaries.iterdir()) == []


class TestWriteAllWhole:
    @pytest.fixture
    def temporaries(self, tmp_path: Path) -> Path:
        (tmp_path / "tmp").mkdir()
        return tmp_path / "tmp"

    def test_names_in_order_what_is_written_at_once(
        self, temporaries: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        both = threading.Barrier(2)
        fsync = os.fsync
        named = []

        def meet(descriptor: int) -> None:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                both.wait(timeout=60)
            fsync(descriptor)

        def replaced(source: str, target: str, **folders: int) -> None:
            named.append(target)
            os.rename(source, target, **folders)

        monkeypatch.setattr(os, "fsync", meet)
        monkeypatch.setattr(os, "replace", replaced)
        home = temporaries.parent
        write_all_whole(HeldFolder(home), {"log": [b"1", b"3"], "verdict": [b"2"]}, "tmp")
        assert named == ["log", "verdict"]
        assert [(home / name).read_bytes() for name in named] == [b"13", b"2"]
        assert list(temporaries.iterdir()) == []

    @pytest.mark.parametrize("call", ["fsync", "replace", "create"])
    def test_fails(self, temporaries: Path, call: str) -> None:
        home = temporaries.parent
        with (
            system_calls(failing(call, errno.ENOSPC)),
            pytest.raises(OSError, match="No space left"),
        ):
            write_all_whole(HeldFolder(home), {"log": [b"1"], "verdict": [b"2"]}, "tmp")
        assert [path.name for path in home.iterdir()] == ["tmp"]
        assert list(temporaries.iterdir()) == []

    def test_has_no_verdict_where_the_log_can_t_be_written(self, temporaries: Path) -> None:
        (temporaries.parent / "log").mkdir()
        files: dict[str, list[bytes]] = {"log": [b"1"], "verdict": [b"1"]}
        with pytest.raises(IsADirectoryError):
            write_all_whole(HeldFolder(temporaries.parent), files, "tmp")
        assert not (temporaries.parent / "verdict").exists()
        assert list(temporaries.iterdir()) == []


def test_temporaries_of_equal_content_do_not_meet(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    names = {write_temporary(HeldFolder(tmp_path), b"same", "tmp") for _ in range(20)}
    assert len(names) == 20
    assert {Path(name).suffix for name in names} == {""}
