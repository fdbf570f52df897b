"""Pure: the folder of an array that runs on this machine in the background.

lock             held by the process that runs the children, as long as it lives
pid              that process, for people who look for it
film-words.json  what main.py is told for the film; empty: there is none
cancelled        there once it is to end
state.json       each child's state and exit code, replaced as a whole
<i>.log          all that child i said; film.log, the film's job; array.log, what runs them
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..chunking.errors import EXIT_COMPLETE
from ..processes.process_lock import is_locked, lock_for_life
from ..publishing.open_elsewhere import once_closed
from .engine import ArrayState, ChildState, EngineFailed, State
from .output_lines import read_small
from .submissions import state_folder

FILM = "film"
GONE = "the process that ran the array is gone"
CANCELLED = "cancelled"


@dataclass(frozen=True)
class LocalJob:
    """The folder of one job, for the process that runs it and for those who ask."""

    root: Path

    @classmethod
    def of(cls, job: str) -> LocalJob:
        """Raises EngineFailed where this machine knows no such job."""
        root = state_folder() / "jobs" / job
        if "/" in job or not (root / "state.json").exists():
            raise EngineFailed(f"This machine ran no job {job!r}: its ids begin with 'local-'.")
        return cls(root)

    @classmethod
    def make(cls, job: str, size: int, film_words: Sequence[str]) -> LocalJob:
        """`film_words` are those of the film's job for main.py; none: there is no such job.

        Raises EngineFailed where the folder can't be made.
        """
        made = cls(state_folder() / "jobs" / job)
        try:
            state_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
            made.root.mkdir(parents=True)
            made.film_words.write_text(json.dumps(list(film_words)))
            names = [*map(str, range(size)), *([FILM] if film_words else [])]
            made.write({name: {"state": State.WAITING.value} for name in names})
        except OSError as error:
            raise EngineFailed(
                f"The job's folder {str(made.root)!r} can't be written: {error.strerror}. Name "
                "another place by XDG_STATE_HOME."
            ) from error
        return made

    def write(self, states: dict[str, Any]) -> None:
        temporary = self.root / "state.new"
        temporary.write_text(json.dumps(states), encoding="utf-8")
        once_closed(lambda: os.replace(temporary, self.root / "state.json"))

    def read(self) -> dict[str, Any]:
        """Raises EngineFailed where the file is not what was written."""
        path = self.root / "state.json"
        try:
            states = json.loads(read_small(path))
            for name, told in states.items():
                _child(name, told, "")
        except (OSError, ValueError, TypeError, AttributeError, RecursionError, KeyError) as error:
            raise EngineFailed(
                f"The job's state, {str(path)!r}, can't be read: it is not as it was written."
            ) from error
        return dict(states)

    @property
    def pid(self) -> Path:
        """Holds the id of the process that runs it, which may be another's once it has ended.

        It is for people: nothing here ends a process by it.
        """
        return self.root / "pid"

    @property
    def cancelled(self) -> Path:
        """There once somebody has cancelled it, which the process that runs it looks for."""
        return self.root / "cancelled"

    @property
    def film_words(self) -> Path:
        return self.root / "film-words.json"

    def log(self, name: str) -> Path:
        return self.root / f"{name}.log"

    def hold(self) -> IO[bytes]:
        """Be the process that runs it, as long as what is returned is open. Raises OSError."""
        return lock_for_life(self.root / "lock")

    @property
    def is_alive(self) -> bool:
        """Whether the process that runs it lives."""
        return is_locked(self.root / "lock")

    def state(self, job: str) -> ArrayState:
        """How the job is doing."""
        # Before the states are read: what ends meanwhile has written them.
        gone = "" if self.is_alive else CANCELLED if self.cancelled.exists() else GONE
        states = {name: _child(name, told, gone) for name, told in self.read().items()}
        film = states.pop(FILM, None)
        counts = dict.fromkeys(State, 0)
        for child in states.values():
            counts[child.state] += 1
        failed = [child for child in states.values() if child.state is State.FAILED]
        return ArrayState(job, counts, sorted(failed, key=lambda child: child.index), film)


def _child(name: str, told: dict[str, Any], gone: str) -> ChildState:
    """`gone`: why nobody runs what has not ended; empty: somebody does."""
    index = int(name) if name != FILM else 0
    state, code, reason = State(told["state"]), told.get("exit_code"), told.get("reason", "")
    if not isinstance(code, int | None) or not isinstance(reason, str):
        raise TypeError(f"The state of {name} has an exit code or a reason that is none.")
    if state in (State.WAITING, State.RUNNING) and gone:
        return ChildState(index, State.FAILED, gone, code)
    if not reason and state is State.FAILED:
        reason = f"exit code {code}"
    attempts = 0 if state is State.WAITING else 1
    return ChildState(index, state, reason, code, attempts)


class JobStates:
    """What the process that runs a job writes down, from several threads."""

    def __init__(self, job: LocalJob) -> None:
        self._job = job
        self._states = job.read()
        self._lock = threading.Lock()

    def set(self, name: str, state: State, exit_code: int | None = None, reason: str = "") -> None:
        told: dict[str, Any] = {"state": state.value, "exit_code": exit_code}
        if reason:
            told["reason"] = reason
        with self._lock:
            self._states[name] = told
            with contextlib.suppress(OSError):  # a full disk: the children's own business goes on
                self._job.write(self._states)

    def take(self, name: str, code: int | None) -> None:
        """A child, or the film's job, has started (None) or ended."""
        if code is None:
            self.set(name, State.RUNNING)
        else:
            ended = State.SUCCEEDED if code == EXIT_COMPLETE else State.FAILED
            self.set(name, ended, code)

    def on_line(self, name: str, line: str) -> None:
        with contextlib.suppress(OSError), open(self._job.log(name), "a", encoding="utf-8") as log:
            log.write(line + "\n")
