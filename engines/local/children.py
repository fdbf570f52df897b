"""Pure: the array on this machine, each child a process with AWS Batch's variables set."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from ...chunking.errors import EXIT_COMPLETE, Interrupted
from ...machine.child_process import NEW_GROUP, ask_group_to_end, end_group
from ...machine.environment import child_of_array, fresh_array_id
from ...machine.output_lines import lines_of

GRACE_SECONDS = 30.0
"""From being asked to end to being ended, as on AWS Batch."""

OnLine = Callable[[int, str], None]
OnChild = Callable[[int, int | None], None]
"""Called with a child's index when it starts, and with its exit code when it has ended."""


@dataclass
class LocalArray:
    """An array of children on this machine."""

    command: Sequence[str]
    environ: Mapping[str, str]
    size: int
    jobs: int
    on_line: OnLine
    on_child: OnChild = lambda index, code: None
    array_id: str = field(default_factory=fresh_array_id)
    _running: dict[int, subprocess.Popen[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> list[int]:
        """Run all children, `jobs` at a time; return their exit codes by index."""
        with ThreadPoolExecutor(max_workers=self.jobs) as pool:
            return list(pool.map(self._run_child, range(self.size)))

    def end(self) -> None:
        """End all children, now and to come: asked first, killed after the grace."""
        self._ended.set()
        self._to_all(ask_group_to_end)
        late = threading.Timer(GRACE_SECONDS, self._to_all, [end_group])
        late.daemon = True
        late.start()

    def _to_all(self, act: Callable[[subprocess.Popen[Any]], None]) -> None:
        with self._lock:
            for child in self._running.values():
                act(child)

    def _run_child(self, index: int) -> int:
        code = self._code_of(index)
        self.on_child(index, code)
        return code

    def _code_of(self, index: int) -> int:
        with self._lock:
            if self._ended.is_set():
                return Interrupted.exit_code
            child = self._start(index)
            self._running[index] = child
        self.on_child(index, None)
        assert child.stdout is not None
        with child.stdout:
            for line in lines_of(child.stdout):
                self.on_line(index, line)
        code = child.wait()
        with self._lock:
            del self._running[index]
        if code < 0:  # ended by a signal: what a shell would say
            code = 128 - code
        return Interrupted.exit_code if self._ended.is_set() and code else code

    def _start(self, index: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command,
            env=child_of_array(self.environ, self.size, index, self.array_id),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            # A group of its own: Ctrl-C comes to us alone, and a wrapper script ends with its
            # Blender.
            start_new_session=True,
            creationflags=NEW_GROUP,
        )


def most_permanent(codes: Sequence[int]) -> int:
    """The exit code for the whole array: of the failures the one that trying again helps least.

    Our own codes are ordered by that. After a crash or a kill (128 and more) it may help, after
    Blender's own 1 it does not: a file that it can't open, for example.
    """
    failures = [code for code in codes if code != EXIT_COMPLETE]
    return min(
        failures,
        key=lambda code: (70 <= code < 80 or code >= 128, not 64 <= code < 80, code),
        default=EXIT_COMPLETE,
    )
