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
from typing import Any, BinaryIO

from ...chunking.errors import EXIT_COMPLETE
from ...chunking.file_names import is_one_name
from ...machine.process_lock import hold_lock, is_locked
from ...publishing.held_folder import HeldFolder
from ..engine import ArrayState, ChildState, EngineFailed, State
from ..submissions import MOST_BYTES, state_folder

FILM = "film"
STATES, FILM_WORDS, PID, LOCK = "state.json", "film-words.json", "pid", "lock"
CANCEL = "cancelled"
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
        if not is_one_name(job) or not (root / STATES).exists():
            raise EngineFailed(f"This machine ran no job {job!r}: its ids begin with 'local-'.")
        return cls(root)

    @classmethod
    def make(cls, job: str, size: int, film_words: Sequence[str]) -> LocalJob:
        """`film_words` are those of the film's job for main.py; none: there is no such job.

        Raises EngineFailed where the folder can't be made.
        """
        new = cls(state_folder() / "jobs" / job)
        try:
            state_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
            new.root.mkdir(parents=True)
            new._write(FILM_WORDS, json.dumps(list(film_words)))
            names = [*map(str, range(size)), *([FILM] if film_words else [])]
            new.write({name: {"state": State.WAITING.value} for name in names})
        except OSError as error:
            raise new.unwritable(error) from error
        return new

    def unwritable(self, error: OSError) -> EngineFailed:
        """What is to be raised where a file of the job could not be made."""
        return EngineFailed(
            f"The job's folder {str(self.root)!r} can't be written: {error.strerror}. Name "
            "another place by XDG_STATE_HOME."
        )

    def write(self, states: dict[str, Any]) -> None:
        """Raises OSError."""
        self._write("state.new", json.dumps(states))
        self._files.replace("state.new", STATES)

    def read(self) -> dict[str, Any]:
        """Raises EngineFailed where the file is not what was written."""
        states = self._read(STATES)
        try:
            for name, fields in states.items():
                _child(name, fields, "")
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise self._strange(STATES) from error
        return dict(states)

    def film_words(self) -> list[str]:
        """What main.py is to be told for the film; empty: there is none.

        Raises EngineFailed where the file is not what was written.
        """
        words = self._read(FILM_WORDS)
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise self._strange(FILM_WORDS)
        return words

    def write_pid(self, pid: int) -> None:
        """Keep which process runs it, for people: nothing here asks it. Raises OSError.

        The number may be another's once that process has ended.
        """
        self._write(PID, str(pid))

    def cancel(self) -> None:
        """Have the process that runs it end all. Raises EngineFailed where it can't be told so."""
        try:
            with contextlib.suppress(FileExistsError):
                self._files.create(CANCEL).close()
        except OSError as error:
            raise self.unwritable(error) from error

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody has cancelled it: anything of that name says so."""
        return os.path.lexists(self.root / CANCEL)

    def log(self, name: str) -> Path:
        return self.root / f"{name}.log"

    def open_log(self, name: str) -> BinaryIO:
        """Open a log to write at its end. Raises OSError, also where it was exchanged."""
        return self._files.append_to(self.log(name).name)

    def hold(self) -> BinaryIO:
        """Be the process that runs it, as long as what is returned is open.

        Raises EngineFailed where a process was that before, or the lock can't be made.
        """
        try:
            file = self._files.create(LOCK)
            hold_lock(file)
        except FileExistsError as error:
            raise EngineFailed(
                f"The job in {str(self.root)!r} is run, or was run, by another process: submit the "
                "array anew."
            ) from error
        except OSError as error:
            raise self.unwritable(error) from error
        return file

    @property
    def is_alive(self) -> bool:
        """Whether the process that runs it lives. Raises EngineFailed where that can't be told."""
        try:
            with self._files.open(LOCK) as file:
                return is_locked(file)
        except FileNotFoundError:  # nobody has held it yet
            return False
        except OSError as error:
            raise EngineFailed(
                f"Whether the job is running can't be told by its lock: {error.strerror}. Look for "
                f"its process by hand, and remove {str(self.root)!r} when it has ended."
            ) from error

    def state(self, job: str) -> ArrayState:
        """How the job is doing."""
        # Before the states are read: what ends meanwhile has written them.
        gone = "" if self.is_alive else CANCELLED if self.is_cancelled else GONE
        states = {name: _child(name, fields, gone) for name, fields in self.read().items()}
        film = states.pop(FILM, None)
        counts = dict.fromkeys(State, 0)
        for child in states.values():
            counts[child.state] += 1
        failed = [child for child in states.values() if child.state is State.FAILED]
        return ArrayState(job, counts, sorted(failed, key=lambda child: child.index), film)

    @property
    def _files(self) -> HeldFolder:
        return HeldFolder(self.root)

    def _write(self, name: str, text: str) -> None:
        with self._files.create_anew(name) as file:
            file.write(text.encode())

    def _read(self, name: str) -> Any:
        try:
            return json.loads(self._files.read(name, MOST_BYTES))
        except (OSError, ValueError, RecursionError) as error:
            raise self._strange(name) from error

    def _strange(self, name: str) -> EngineFailed:
        return EngineFailed(
            f"{str(self.root / name)!r}, a file of the job, can't be read: it is not as it was "
            "written. Submit the array anew."
        )


def _child(name: str, fields: dict[str, Any], gone: str) -> ChildState:
    """`gone`: why nobody runs what has not ended; empty: somebody does."""
    index = int(name) if name != FILM else 0
    state, code, reason = State(fields["state"]), fields.get("exit_code"), fields.get("reason", "")
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
        fields: dict[str, Any] = {"state": state.value, "exit_code": exit_code}
        if reason:
            fields["reason"] = reason
        with self._lock:
            self._states[name] = fields
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
        with contextlib.suppress(OSError), self._job.open_log(name) as log:
            log.write(f"{line}\n".encode(errors="backslashreplace"))
