"""Sweeping: old temporaries go, by the file system's clock; those in work stay."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import OutputFailed
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.sweep import OLD_SECONDS, left_over, sweep
from failing_system import is_creating, system_calls
from publishing_trials import made_folder

TOKEN = "0123456789abcdef" * 2
CHUNK = FrameSet.parse("-3-5x4")


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    """Temporaries of four frames and one of nobody, all old, and one that is new."""
    folder = made_folder(tmp_path / "out")
    for name in ("-0003.host-7", "00001.host-7", "00002.host-7", "00005.host.example-7"):
        (folder.temporaries / name).mkdir()
        (folder.temporaries / name / f"{TOKEN}-0").write_bytes(b"half a picture")
        age(folder.temporaries / name, OLD_SECONDS + 60)
    (folder.temporaries / TOKEN).write_bytes(b"half a record")
    age(folder.temporaries / TOKEN, OLD_SECONDS + 60)
    (folder.temporaries / "00001.host-8").mkdir()
    age(folder.temporaries / "00001.host-8", OLD_SECONDS - 60)
    return folder


def age(path: Path, seconds: float) -> None:
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def test_a_child_sweeps_after_its_own_chunk(folder: OutputFolder) -> None:
    assert sorted(sweep(folder, CHUNK)) == ["-0003.host-7", "00001.host-7", "00005.host.example-7"]
    assert left_over(folder) == ["00001.host-8", "00002.host-7", TOKEN]


def test_verify_sweeps_after_everybody(folder: OutputFolder) -> None:
    assert len(sweep(folder)) == 5
    assert left_over(folder) == ["00001.host-8"]
    assert sweep(folder) == []


def test_where_nothing_is_to_be_swept_nothing_is_written(folder: OutputFolder) -> None:
    calls: list[bool] = []

    def watch(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        calls.append(is_creating(name, arguments))
        return perform()

    with system_calls(watch):
        assert sweep(folder, FrameSet.parse("77")) == []
    assert not any(calls)


@pytest.mark.parametrize("hours", [-5, 5])
def test_the_clock_is_the_servers(folder: OutputFolder, hours: int) -> None:
    """The server's clock is 5 hours away from ours, which is all that our clock could tell."""

    def on_server(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        result = perform()
        if is_creating(name, arguments):
            os.utime(arguments[0], (time.time() + hours * 3600,) * 2)
        return result

    for path in folder.temporaries.iterdir():
        os.utime(path, (path.stat().st_mtime + hours * 3600,) * 2)
    with system_calls(on_server):
        assert len(sweep(folder)) == 5
    assert left_over(folder) == ["00001.host-8"]


NOT_OURS = ["00001", "1.host-7", "0_1.host-7", "--1.host-7", "²", "x.00001", "tmp", "9" * 200]
NOT_OURS += ["00001.host", "00001.host-7x", "00001..-7", "0000001.host-7", "9999999.host-7"]
NOT_OURS += [TOKEN.upper(), TOKEN + "0", TOKEN[1:], f"{TOKEN}-0", "00001.png"]


@pytest.mark.parametrize("name", NOT_OURS)
@pytest.mark.parametrize("make", [Path.mkdir, Path.touch])
def test_what_has_no_name_of_ours_stays(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    folder = made_folder(tmp_path)
    make(folder.temporaries / name)
    age(folder.temporaries / name, OLD_SECONDS + 60)
    assert sweep(folder) == sweep(folder, FrameSet.parse("1")) == []
    assert left_over(folder) == [name]


@pytest.mark.parametrize(
    ("home", "name"),
    [
        ("temporaries", "00001.host-7"),
        ("temporaries", "00001.host-7-0123abcd"),
        ("temporaries", TOKEN),
        ("claims", "00001"),
    ],
)
def test_what_has_our_name_and_is_something_else_stays(
    folder: OutputFolder, tmp_path: Path, name: str, home: str
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / f"{TOKEN}-0").write_bytes(b"somebody's")
    (tmp_path / "link").symlink_to(kept)
    os.utime(tmp_path / "link", (1, 1), follow_symlinks=False)
    place = getattr(folder, home) / name
    if place.exists():
        (place.unlink if place.is_file() else partial(shutil.rmtree, place))()
    (tmp_path / "link").rename(place)
    assert name not in sweep(folder)
    assert name in left_over(folder)
    assert (kept / f"{TOKEN}-0").exists()


def test_a_claim_and_only_a_claim_is_swept(folder: OutputFolder) -> None:
    for name in ("00001", "1", "00001.png", "000001", "00002"):
        (folder.claims / name).touch()
        age(folder.claims / name, OLD_SECONDS + 60)
    (folder.claims / "00005").mkdir()
    age(folder.claims / "00005", OLD_SECONDS + 60)
    sweep(folder, CHUNK)
    assert sorted(path.name for path in folder.claims.iterdir()) == [
        *("000001", "00001.png", "00002", "00005", "1"),
    ]


def test_what_lies_in_a_folder_of_ours_and_is_not_ours_keeps_it(folder: OutputFolder) -> None:
    home = folder.temporaries / "00001.host-7"
    for name in ("kept.png", f"{TOKEN}-x"):
        (home / name).write_bytes(b"somebody's")
    (home / f"{TOKEN}-1").symlink_to(folder.root)
    age(home, OLD_SECONDS + 60)
    assert "00001.host-7" not in sweep(folder)
    assert sorted(path.name for path in home.iterdir()) == [f"{TOKEN}-x", "kept.png"]


@pytest.mark.parametrize("home", [".array_chunk/tmp", ".array_chunk/claims", ".array_chunk"])
def test_a_folder_that_is_a_link_is_not_swept(
    folder: OutputFolder, tmp_path: Path, home: str
) -> None:
    """Another shot's folder, of which everything has the shape that is swept."""
    other = made_folder(tmp_path / "other")
    (other.temporaries / "00001.host-7").mkdir()
    (other.claims / "00001").touch()
    for path in (other.temporaries / "00001.host-7", other.claims / "00001"):
        age(path, OLD_SECONDS + 60)
    shutil.rmtree(folder.root / home)
    (folder.root / home).symlink_to(other.root / home)
    folder.held.let_go()
    with contextlib.suppress(OutputFailed):
        sweep(folder)
    assert home in left_over(folder)
    assert left_over(other) == ["00001", "00001.host-7"]


def test_two_sweep_at_once(folder: OutputFolder) -> None:
    """The other one is always faster."""

    def then_gone(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        result = perform()
        if name == "stat" and Path(arguments[0]).name == TOKEN:
            os.unlink(folder.temporaries / TOKEN)
        return result

    with system_calls(then_gone):
        sweep(folder)
    assert left_over(folder) == ["00001.host-8"]


def test_a_folder_that_was_never_rendered_into(tmp_path: Path) -> None:
    assert sweep(OutputFolder(tmp_path)) == []
    assert left_over(OutputFolder(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(folder: OutputFolder) -> None:
    def fail(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        if is_creating(name, arguments):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return perform()

    with system_calls(fail), pytest.raises(OutputFailed, match="clean.*Read-only"):
        sweep(folder)
