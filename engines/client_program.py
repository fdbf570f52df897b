"""Pure: asking a farm by its client, a program that may hang, or never end its answer."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from ..machine.child_process import NEW_GROUP, end_group
from .engine import EngineFailed

LONGEST_SECONDS = 300.0
"""Clients have time limits of their own; this is for one that waits for a person all the same."""
MOST_BYTES = 64 << 20
"""What a client may answer: five times what Slurm says of 10,000 tasks."""
LAST_BYTES_SECONDS = 2.0
"""How long the end of an answer is waited for once its client has ended, or was killed."""
_PART_BYTES = 1 << 16


@dataclass(frozen=True)
class ClientAnswer:
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

    Raises EngineFailed where it takes longer than LONGEST_SECONDS or writes more than `most_bytes`:
    its whole group is ended then. Raises OSError where it can't be started.
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
        raise EngineFailed(
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
        raise EngineFailed(
            f"{_name(command)} answered more than {most_bytes >> 20} MiB: try it by hand."
        )
    return ClientAnswer(child.returncode, *(bytes(stream.content) for stream in streams))


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
