"""Threads that wait for what is no file are let go; all others are left alone.

Each trial is a process of its own, as a thread that nobody lets go would hold this one up.
"""

from __future__ import annotations

import ctypes
import errno
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from array_chunk_render.command_line import blocked_reads
from array_chunk_render.command_line.blocked_reads import interrupted_reads

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/syscall").exists(), reason="this system shows no thread's system call"
)

LONG_SECONDS = 30
DONE = 42
"""How a trial ends that went as it should: by no other way."""
SYSTEM = ctypes.CDLL(None, use_errno=True)
"""As Blender does it: Python's own calls would begin again when they are interrupted."""


def ended(trial: Callable[[], None]) -> int | None:
    def child() -> None:
        trial()
        os._exit(DONE)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join(LONG_SECONDS)
    process.kill()
    process.join()
    return process.exitcode


def open_and_read(path: Path | str) -> list[int]:
    """What a reader gets that tries it twice: numbers of bytes, or of errors below zero."""
    descriptor = SYSTEM.open(os.fsencode(path), os.O_RDONLY)
    if descriptor < 0:
        return [-ctypes.get_errno()]
    buffer = ctypes.create_string_buffer(8)
    return [_read(descriptor, buffer), _read(descriptor, buffer)]


def _read(descriptor: int, buffer: ctypes.Array[ctypes.c_char]) -> int:
    size = SYSTEM.read(descriptor, buffer, len(buffer))
    return int(size) if size >= 0 else -ctypes.get_errno()


def test_a_pipe_without_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def trial() -> None:
        with interrupted_reads() as interrupted:
            assert open_and_read(path) == [-errno.EINTR]
        assert interrupted == {path: "a named pipe"}

    assert ended(trial) == DONE


def test_a_pipe_whose_writer_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    os.open(path, os.O_RDWR)

    def trial() -> None:
        with interrupted_reads() as interrupted:
            assert open_and_read(path) == [-errno.EINTR, 0]
        assert interrupted == {path: "a named pipe"}

    assert ended(trial) == DONE


@pytest.mark.parametrize("name", ["/dev/stdin", "/proc/self/fd/0"])
def test_a_name_of_the_standard_input(name: str) -> None:
    """No pipe with a name, but one that was open before, under the number 0."""
    reading, _ = os.pipe()

    def trial() -> None:
        os.dup2(reading, 0)
        with interrupted_reads() as interrupted:
            assert open_and_read(name) == [-errno.EINTR, 0]
        assert interrupted == {Path("/proc/self/fd/0"): "a named pipe"}

    assert ended(trial) == DONE


def test_a_device_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocked_reads, "DEVICE_SECONDS", 0.5)
    _, terminal = os.openpty()
    path = Path(os.ttyname(terminal))

    def trial() -> None:
        with interrupted_reads() as interrupted:
            assert open_and_read(path) == [-errno.EINTR, 0]
        assert interrupted == {path: "a device"}

    assert ended(trial) == DONE


def test_other_threads_and_a_path_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = [f"pipe {number}" for number in range(20)]
    for name in names:
        os.mkfifo(name)

    def trial() -> None:
        threads = [threading.Thread(target=open_and_read, args=(name,)) for name in names]
        with interrupted_reads() as interrupted:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert interrupted == dict.fromkeys(map(Path.absolute, map(Path, names)), "a named pipe")

    assert ended(trial) == DONE


def test_one_pipe_many_times(tmp_path: Path) -> None:
    """A file that names it a hundred times costs no hundred times the first wait."""
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def trial() -> None:
        with interrupted_reads() as interrupted:
            for _ in range(100):
                assert open_and_read(path) == [-errno.EINTR]
        assert interrupted == {path: "a named pipe"}

    assert ended(trial) == DONE


def test_what_is_not_named_or_was_open_before_is_left_alone(tmp_path: Path) -> None:
    """Pipes of this program's own: between its threads, and one that it had opened by a name."""
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def trial() -> None:
        own = os.open(path, os.O_RDWR)
        reading, writing = os.pipe()
        read: list[bytes] = []
        threads = [
            threading.Thread(target=lambda end=end: read.append(os.read(end, 8)))
            for end in (own, reading)
        ]
        for thread in threads:
            thread.start()
        with interrupted_reads() as interrupted:
            other = tmp_path / "other"
            os.mkfifo(other)
            assert open_and_read(other) == [-errno.EINTR]  # so it was looked
        assert interrupted == {other: "a named pipe"}
        for end in (own, writing):
            os.write(end, b"word")
        for thread in threads:
            thread.join()
        assert read == [b"word"] * 2

    assert ended(trial) == DONE


def test_files_are_left_alone_and_the_signal_too(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"words")
    before = signal.getsignal(signal.SIGURG)
    with interrupted_reads() as interrupted:
        assert open_and_read(path) == [5, 0]
        assert signal.getsignal(signal.SIGURG) is not before
    assert interrupted == {}
    assert signal.getsignal(signal.SIGURG) is before


def test_a_processor_whose_calls_are_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "another")
    before = threading.active_count()
    with interrupted_reads() as interrupted:
        assert threading.active_count() == before
    assert interrupted == {}
