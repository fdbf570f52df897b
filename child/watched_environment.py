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

    Whoever goes through it, shows it or copies it has read all of it: nobody can tell what becomes
    of a copy. Only what `subprocess` hands on to another process is not read.
    """

    def __init__(self, real: MutableMapping[str, str], folder: Path) -> None:
        """Code in files below `folder` is the script's own."""
        super().__init__(real)
        self._real = real
        self.from_outside = dict(real)
        """What was there before the script."""
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

    def __iter__(self) -> Iterator[str]:
        # Dictionaries are copied by this too, as soon as it is another one than their own.
        self._note_all()
        return super().__iter__()

    def keys(self) -> Any:
        self._note_all()
        return super().keys()

    def values(self) -> Any:
        self._note_all()
        return super().values()

    def items(self) -> Any:
        self._note_all()
        return super().items()

    def __repr__(self) -> str:
        self._note_all()
        return super().__repr__()

    def copy(self) -> dict[str, str]:
        self._note_all()
        return dict(super().items())

    def __or__(self, other: Any) -> Any:
        return self.copy() | dict(other)

    def __ror__(self, other: Any) -> Any:
        return dict(other) | self.copy()

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

    def _note_all(self) -> None:
        if self._is_asked_by_script():
            own = {name: value for name, value in super().items() if name not in self._written}
            self.values_read |= own

    def _is_asked_by_script(self) -> bool:
        asking: Any = sys._getframe(2)
        while asking is not None:
            module = asking.f_globals.get("__name__", "")
            # Python's own modules ask for whoever called them, as `os.getenv` and `expandvars` do.
            if module != __name__ and module.partition(".")[0] not in sys.stdlib_module_names:
                return self._folder in Path(asking.f_code.co_filename).parents
            if module == "subprocess":
                return False
            asking = asking.f_back
        return False


class WatchedBytes(MutableMapping[bytes, bytes]):
    """What stands for `os.environb`: the watched environment by bytes."""

    def __init__(self, watched: WatchedEnvironment) -> None:
        self._watched = watched

    def __getitem__(self, name: bytes) -> bytes:
        return os.fsencode(self._watched[os.fsdecode(name)])

    def __setitem__(self, name: bytes, value: bytes) -> None:
        self._watched[os.fsdecode(name)] = os.fsdecode(value)

    def __delitem__(self, name: bytes) -> None:
        del self._watched[os.fsdecode(name)]

    def __iter__(self) -> Iterator[bytes]:
        return map(os.fsencode, self._watched)

    def __len__(self) -> int:
        return len(self._watched)


@contextlib.contextmanager
def watched_environment(folder: Path) -> Iterator[WatchedEnvironment]:
    """Have `os.environ` watched for code in files below this folder."""
    real = os.environ
    watched = WatchedEnvironment(real, folder)
    # What is assigned hands every change on: the process' environment stays the same one.
    os.environ = watched  # type: ignore[assignment]  # noqa: B003
    real_bytes = getattr(os, "environb", None)
    if real_bytes is not None:
        vars(os)["environb"] = WatchedBytes(watched)
    try:
        yield watched
    finally:
        os.environ = real  # noqa: B003
        if real_bytes is not None:
            vars(os)["environb"] = real_bytes
