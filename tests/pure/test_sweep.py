"""Sweeping: old temporaries go, by the file system's clock; those in work stay."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import OutputFailed
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.publishing import sweep as module
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.sweep import OLD_SECONDS, left_over, sweep
from failing_system import system_calls
from publishing_trials import made_folder

CHUNK = FrameSet.parse("-3-5x4")


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    """Temporaries of four frames and one of nobody, all old, and one that is new."""
    folder = made_folder(tmp_path / "out")
    for name in ("-0003.host-7", "00001.host-7", "00002.host-7", "00005.host.example-7"):
        (folder.temporaries / name).mkdir()
        (folder.temporaries / name / "a-0").write_bytes(b"half a picture")
        age(folder.temporaries / name, OLD_SECONDS + 60)
    (folder.temporaries / "0123abcd").write_bytes(b"half a record")
    age(folder.temporaries / "0123abcd", OLD_SECONDS + 60)
    (folder.temporaries / "00001.host-8").mkdir()
    age(folder.temporaries / "00001.host-8", OLD_SECONDS - 60)
    return folder


def age(path: Path, seconds: float) -> None:
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def test_a_child_sweeps_after_its_own_chunk(folder: OutputFolder) -> None:
    assert sorted(sweep(folder, CHUNK)) == ["-0003.host-7", "00001.host-7", "00005.host.example-7"]
    assert left_over(folder) == ["00001.host-8", "00002.host-7", "0123abcd"]


def test_verify_sweeps_after_everybody(folder: OutputFolder) -> None:
    assert len(sweep(folder)) == 5
    assert left_over(folder) == ["00001.host-8"]
    assert sweep(folder) == []


def test_where_nothing_is_to_be_swept_nothing_is_written(folder: OutputFolder) -> None:
    calls: list[str] = []
    with system_calls(lambda name, arguments, perform: (calls.append(name), perform())[1]):
        assert sweep(folder, FrameSet.parse("77")) == []
    assert "open file" not in calls


@pytest.mark.parametrize("hours", [-5, 5])
def test_the_clock_is_the_servers(folder: OutputFolder, hours: int) -> None:
    """The server's clock is 5 hours away from ours, which is all that our clock could tell."""

    def on_server(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        result = perform()
        if name == "open file" and "x" in arguments[1]:
            os.utime(arguments[0], (time.time() + hours * 3600,) * 2)
        return result

    for path in folder.temporaries.iterdir():
        os.utime(path, (path.stat().st_mtime + hours * 3600,) * 2)
    with system_calls(on_server):
        assert len(sweep(folder)) == 5
    assert left_over(folder) == ["00001.host-8"]


@pytest.mark.parametrize(
    "name", ["00001", "1.host-7", "0_1.host-7", "--1.host-7", "²", "x.00001", "tmp", "9" * 200]
)
def test_odd_names(tmp_path: Path, name: str) -> None:
    folder = made_folder(tmp_path)
    (folder.temporaries / name).write_bytes(b"")
    age(folder.temporaries / name, OLD_SECONDS + 60)
    is_of_frame_1 = name in ("00001", "1.host-7")
    assert sweep(folder, FrameSet.parse("1")) == [name] * is_of_frame_1


def test_a_link_is_removed_and_not_followed(folder: OutputFolder, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "picture").write_bytes(b"somebody's")
    link = folder.temporaries / "00001.link"
    link.symlink_to(kept)
    os.utime(link, (1, 1), follow_symlinks=False)
    assert "00001.link" in sweep(folder)
    assert (kept / "picture").exists()
    assert not link.is_symlink()


def test_two_sweep_at_once(folder: OutputFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one is always faster."""
    age = module._age

    def then_gone(entry: Any, now: float) -> float:
        seconds = float(age(entry, now))
        if entry.name == "0123abcd":
            os.unlink(entry.path)
        return seconds

    monkeypatch.setattr(module, "_age", then_gone)
    sweep(folder)
    assert left_over(folder) == ["00001.host-8"]


def test_a_folder_that_was_never_rendered_into(tmp_path: Path) -> None:
    assert sweep(OutputFolder(tmp_path)) == []
    assert left_over(OutputFolder(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(folder: OutputFolder) -> None:
    def fail(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        if name == "open file":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return perform()

    with system_calls(fail), pytest.raises(OutputFailed, match="clean.*Read-only"):
        sweep(folder)
