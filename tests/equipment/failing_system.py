"""A system that fails: calls that end the process or are answered by errors, and two processes that
take turns."""

from __future__ import annotations

import builtins
import io
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, cycle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st


class Killed(BaseException):
    """The process is gone: nothing that it does from here on has an effect."""


Perform = Callable[[], Any]
Hook = Callable[[str, tuple[Any, ...], Perform], Any]
"""Is asked in place of every system call; decides whether to perform it.

Names that are told beside the descriptor of their folder come to it as whole paths.
"""

SYSTEM_CALLS = ("replace", "link", "unlink", "mkdir", "rmdir", "fsync", "open", "close", "stat")
FOLDERS_OF = {"replace": ("src_dir_fd", "dst_dir_fd"), "link": ("src_dir_fd", "dst_dir_fd")}
CREATING = os.O_CREAT | os.O_EXCL


def is_creating(name: str, arguments: tuple[Any, ...]) -> bool:
    """Whether a call makes a new file."""
    return name == "open" and arguments[1] & CREATING == CREATING


def whole_paths(name: str, arguments: tuple[Any, ...], more: dict[str, Any]) -> tuple[Any, ...]:
    folders = [more.get(each) for each in FOLDERS_OF.get(name, ("dir_fd",))]
    paths = [
        path if folder is None else Path(os.readlink(f"/proc/self/fd/{folder}"), path)
        for path, folder in zip(arguments, folders, strict=False)
    ]
    return (*paths, *arguments[len(paths) :])


@contextmanager
def system_calls(hook: Hook) -> Iterator[None]:
    """Have all calls that change files, and those that look at them, go through a hook."""

    def asked(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            paths = whole_paths(name, arguments, more)
            return hook(name, paths, lambda: original(*arguments, **more))

        return call

    def opened(original: Callable[..., Any]) -> Callable[..., Any]:
        call = asked("open file", original)
        # To make a file of a descriptor changes nothing, and fails nowhere.
        return lambda file, *rest, **more: (
            original(file, *rest, **more) if isinstance(file, int) else call(file, *rest, **more)
        )

    with pytest.MonkeyPatch.context() as patch:
        for name in SYSTEM_CALLS:
            patch.setattr(os, name, asked(name, getattr(os, name)))
        for module in (builtins, io):  # pathlib takes it from there
            patch.setattr(module, "open", opened(module.open))
        yield


CHANGES = {"replace", "link", "unlink"}
"""Those after which a reader may see something else than before."""


def perform_in_vain(name: str, perform: Perform) -> None:
    """Make a call whose result nobody will see: a file that it opens is closed."""
    result = perform()
    if name == "open":
        os.close(result)
    elif name == "open file":
        result.close()


@dataclass
class KillAt:
    """Ends the process at its n-th system call, before it or when it has just been done."""

    number: int
    performed: bool
    count: int = 0

    def __call__(self, name: str, arguments: tuple[Any, ...], perform: Perform) -> Any:
        self.count += 1
        if self.count == self.number and self.performed:
            perform_in_vain(name, perform)
        if self.count >= self.number:
            raise Killed
        return perform()


@dataclass
class FailAt:
    """Answers the n-th system call with an error, though it may have been done."""

    number: int
    error: int
    performed: bool
    count: int = 0
    failed: str = ""

    def __call__(self, name: str, arguments: tuple[Any, ...], perform: Perform) -> Any:
        self.count += 1
        if self.count != self.number:
            return perform()
        if self.performed or name == "close":
            perform_in_vain(name, perform)  # with an error of its own, where it has one
        self.failed = name
        raise OSError(self.error, os.strerror(self.error), str(arguments[0]))


@dataclass
class Watch:
    """Writes down what is done to which path, in order."""

    root: Path
    done: list[str] = field(default_factory=list)
    opened: dict[int, str] = field(default_factory=dict)

    def __call__(self, name: str, arguments: tuple[Any, ...], perform: Perform) -> Any:
        result = perform()
        if name in ("open", "open file"):
            descriptor = result if isinstance(result, int) else result.fileno()
            self.opened[descriptor] = self._short(arguments[0])
        elif name == "fsync":
            self.done.append(f"sync {self._short(os.readlink(f'/proc/self/fd/{arguments[0]}'))}")
        elif name == "replace":
            self.done.append(f"{self._short(arguments[0])} -> {self._short(arguments[1])}")
        elif name in ("unlink", "mkdir"):
            self.done.append(f"{name} {self._short(arguments[0])}")
        return result

    def _short(self, path: Any) -> str:
        """The path below the output folder, `tmp` for whatever is a temporary."""
        path = Path(path)
        if not path.is_relative_to(self.root):
            return path.name
        short = path.relative_to(self.root).as_posix()
        return "tmp" if short.startswith(".array_chunk/tmp/") else short


RUNS = st.lists(st.integers(1, 45), max_size=8)
ORDERS = RUNS.map(lambda runs: [n % 2 == 1 for n, run in enumerate(runs) for _ in range(run)])
"""Turns of one, then of the other, in runs: a process can be away for long."""


class Turns:
    """Runs two processes (threads here) one system call at a time, in an order that is given."""

    def __init__(self, after_each_change: Callable[[], None]) -> None:
        self._after_each_change = after_each_change
        self._has_changed = False
        self._may_go = [threading.Semaphore(0), threading.Semaphore(0)]
        self._waits = [threading.Semaphore(0), threading.Semaphore(0)]
        self._ended = [False, False]
        self._numbers: dict[int, int] = {}

    def run(
        self, first: Perform, second: Perform, order: list[bool]
    ) -> tuple[BaseException | None, BaseException | None]:
        """Run both to their ends; return what each of them raised."""
        with ThreadPoolExecutor(2) as pool, system_calls(self._hook):
            ends = [pool.submit(self._run_one, *each) for each in enumerate((first, second))]
            for waits in self._waits:
                waits.acquire()
            try:
                self._take_turns(order)
            finally:  # where something did not hold, so that both come to their ends
                for may_go in self._may_go:
                    may_go.release(10_000)
        return ends[0].exception(), ends[1].exception()

    def _take_turns(self, order: list[bool]) -> None:
        for number in chain(map(int, order), cycle((0,) * 99 + (1,) * 99)):
            if all(self._ended):
                return
            if not self._ended[number]:
                self._may_go[number].release()
                self._waits[number].acquire()
            if self._has_changed:
                self._has_changed = False
                self._after_each_change()

    def _hook(self, name: str, arguments: tuple[Any, ...], perform: Perform) -> Any:
        number = self._numbers.get(threading.get_ident())
        if number is not None:
            self._waits[number].release()
            self._may_go[number].acquire()
            self._has_changed = name in CHANGES
        return perform()

    def _run_one(self, number: int, work: Perform) -> None:
        self._numbers[threading.get_ident()] = number
        try:
            work()
        finally:
            del self._numbers[threading.get_ident()]
            self._ended[number] = True
            self._waits[number].release()
