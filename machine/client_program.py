"""Pure: asking a service by its client, a program that may hang, or never end its answer."""

from __future__ import annotations

import os
import queue
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, NamedTuple

from ..chunking.errors import ServiceFailed
from .child_process import NEW_GROUP, ChildProcess, end_group

LONGEST_SECONDS = 300.0
"""Clients have time limits of their own; this is for one that waits for a person all the same."""
MOST_BYTES = 64 << 20
"""What a client may answer: five times what Slurm says of 10,000 tasks."""
LAST_BYTES_SECONDS = 2.0
"""How long the end of an answer is waited for once its client has ended, or was killed."""
QUIET_SECONDS = 600.0
"""How long a client that says how far it is may say nothing: it tries several times by itself."""
LOOK_SECONDS = 1.0
"""Windows hears of Ctrl-C only when nothing is waited for."""
CLEANING_SECONDS = 10.0
"""How long an interrupted client may take to put away what it has begun."""
_PART_BYTES = 1 << 16


class ClientAnswer(NamedTuple):
    """How a client ended, and all that it wrote."""

    code: int
    output: bytes
    errors: bytes


def ask_client(
    command: Sequence[str],
    environ: Mapping[str, str],
    script: bytes = b"",
    most_bytes: int = MOST_BYTES,
) -> ClientAnswer:
    """Run a client to its end, `script` on its standard input.

    Raises ServiceFailed where it takes longer than LONGEST_SECONDS or writes more than
    `most_bytes`: its whole group is ended then. Raises OSError where it can't be started.
    """
    end = time.monotonic() + LONGEST_SECONDS
    with tempfile.TemporaryFile() as questions:
        questions.write(script)
        questions.seek(0)
        child = subprocess.Popen(
            list(command),
            env=dict(environ),
            stdin=questions,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            creationflags=NEW_GROUP,
        )
    assert child.stdout is not None and child.stderr is not None
    streams = [_Stream(child, pipe, most_bytes) for pipe in (child.stdout, child.stderr)]
    try:
        child.wait(LONGEST_SECONDS)
        for stream in streams:
            stream.join(min(LAST_BYTES_SECONDS, end - time.monotonic()))
    except subprocess.TimeoutExpired as late:
        raise ServiceFailed(
            f"{_name(command)} gave no answer in {LONGEST_SECONDS:.0f} seconds: try it by hand."
        ) from late
    finally:  # Ctrl-C, too
        # What the client has started, and left behind with its output still open, ends as well.
        if child.returncode is None or any(stream.is_alive() for stream in streams):
            end_group(child)
            child.wait()
            for stream in streams:
                stream.join(LAST_BYTES_SECONDS)
    if any(stream.is_too_long for stream in streams):
        raise ServiceFailed(
            f"{_name(command)} answered more than {most_bytes >> 20} MiB: try it by hand."
        )
    return ClientAnswer(child.returncode, *(bytes(stream.content) for stream in streams))


def watch_client(
    command: Sequence[str],
    environ: Mapping[str, str],
    on_line: Callable[[str], None],
    check: Callable[[], None] = lambda: None,
) -> int:
    """Run a client that takes as long as it takes; return its exit code.

    `on_line` is called with each line that it writes, one that a terminal would write over, too;
    `check` every second, and what either raises ends the waiting.
    Raises ServiceFailed where it says nothing for QUIET_SECONDS, and OSError where it can't be
    started. Whatever ends the waiting, the client is interrupted as by Ctrl-C, so that it can put
    away what is half, and then ended.
    """
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    child = ChildProcess(command, environ, lines.put, on_end=lambda code: lines.put(None))
    heard = time.monotonic()
    try:
        while time.monotonic() - heard < QUIET_SECONDS:
            check()
            try:
                line = lines.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                if child.is_running:
                    continue
                line = None  # what it has left behind may still hold its output
            if line is None:
                return child.exit_code
            on_line(line)
            heard = time.monotonic()
        raise ServiceFailed(
            f"{_name(command)} said nothing for {QUIET_SECONDS:.0f} seconds: see that the network "
            "is there, then try again."
        )
    finally:
        child.interrupt()
        child.wait(CLEANING_SECONDS)
        child.kill()


class _Stream(threading.Thread):
    """Reads what a client writes; ends the client where that is too much."""

    def __init__(self, child: subprocess.Popen[bytes], pipe: IO[bytes], most_bytes: int) -> None:
        super().__init__(daemon=True)
        self.content = bytearray()
        self.is_too_long = False
        self._child, self._pipe, self._most_bytes = child, pipe, most_bytes
        self.start()

    def run(self) -> None:
        with self._pipe:
            while part := os.read(self._pipe.fileno(), _PART_BYTES):
                self.content += part
                if len(self.content) > self._most_bytes:
                    self.is_too_long = True
                    end_group(self._child)
                    return


def _name(command: Sequence[str]) -> str:
    """The client and what it was to do, without the options."""
    words = [os.path.basename(command[0])]
    for word in command[1:]:
        if word.startswith("-"):
            break
        words.append(word)
    return f"`{' '.join(words)}`"
