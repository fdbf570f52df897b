"""Pure: environment variables while a script runs, with a note of those that it reads itself."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any


class WatchedEnvironment(dict[str, str]):
    """What stands for `os.environ`: reads by the script's own code are noted, writes handed on.

    It is a dictionary so that a copy of the whole (`{**os.environ}`, for another process) reads no
    single variable.
    """

    def __init__(self, real: MutableMapping[str, str], folder: Path) -> None:
        """Code in files below `folder` is the script's own."""
        super().__init__(real)
        self._real = real
        self._folder = folder
        self._written: set[str] = set()
        self.values_read: dict[str, str] = {}
        """What was read and came from outside, by the variable's name."""

    def __getitem__(self, name: str) -> str:
        self._note(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._note(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self._note(name)
        return super().__contains__(name)

    def __setitem__(self, name: str, value: str) -> None:
        self._real[name] = value
        self._written.add(name)
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self._written.add(name)
        del self._real[name]

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self

    # A dictionary's own would pass by the methods above.
    setdefault: Any = MutableMapping.setdefault
    update: Any = MutableMapping.update
    pop: Any = MutableMapping.pop
    popitem: Any = MutableMapping.popitem
    clear: Any = MutableMapping.clear

    def _note(self, name: object) -> None:
        if isinstance(name, str) and name not in self._written and self._is_asked_by_script():
            value = super().get(name)
            if value is not None:
                self.values_read[name] = value

    def _is_asked_by_script(self) -> bool:
        asking: Any = sys._getframe(2)
        while asking is not None and _asks_for_others(asking.f_globals.get("__name__", "")):
            asking = asking.f_back
        return asking is not None and self._folder in Path(asking.f_code.co_filename).parents


def _asks_for_others(module: str) -> bool:
    """Whether it reads a variable for whoever called it, as `os.getenv` and `expandvars` do."""
    return module == __name__ or module.partition(".")[0] in sys.stdlib_module_names


@contextlib.contextmanager
def watched_environment(folder: Path) -> Iterator[WatchedEnvironment]:
    """Have `os.environ` watched for code in files below this folder."""
    real = os.environ
    watched = WatchedEnvironment(real, folder)
    # What is assigned hands every change on: the process' environment stays the same one.
    os.environ = watched  # type: ignore[assignment]  # noqa: B003
    try:
        yield watched
    finally:
        os.environ = real  # noqa: B003
