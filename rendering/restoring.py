"""Setting Blender's properties for a while, and putting back what was there."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from types import TracebackType
from typing import Any

log = logging.getLogger(__name__)


_NOT_READ = object()


@dataclass
class _Change:
    owner: Any
    name: str
    old: Any
    ours: Any = _NOT_READ
    """The value that we left; not read yet where the setting itself came to an early end."""


class Restorer:
    """Remembers properties before they are set, and puts them back at the end of a `with`.

    Only a value that is still ours is put back: what the artist changed in the meantime is the
    artist's. Setting one property can change others (a format changes the depth), so those are
    remembered too, and what counts as ours is read when all is set, by `seal`.
    """

    def __init__(self) -> None:
        self._changes: list[_Change] = []

    def __enter__(self) -> Restorer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.restore()

    def remember(self, owner: Any, *names: str) -> None:
        """Note the present values of these properties, those that this Blender has."""
        for name in names:
            if hasattr(owner, name):
                self._changes.append(_Change(owner, name, _value(owner, name)))

    def set(self, owner: Any, name: str, value: Any) -> None:
        self.remember(owner, name)
        setattr(owner, name, value)

    def seal(self) -> None:
        """Take the present values for ours."""
        for change in self._changes:
            change.ours = _value(change.owner, change.name)

    def restore(self) -> None:
        """Put back what is still ours, the last change first."""
        still_ours = [change for change in self._changes if _is_ours(change)]
        self._changes.clear()
        for change in reversed(still_ours):
            try:
                setattr(change.owner, change.name, change.old)
            except (AttributeError, TypeError, ValueError) as error:
                log.warning("Could not put %s back to %r: %s", change.name, change.old, error)


def _value(owner: Any, name: str) -> Any:
    value = getattr(owner, name)
    # A vector or color is a view of the data: without a copy it would change along.
    return tuple(value) if hasattr(value, "__len__") and not isinstance(value, str | set) else value


def _is_ours(change: _Change) -> bool:
    if change.ours is _NOT_READ:
        return True
    try:
        return bool(_value(change.owner, change.name) == change.ours)
    except ReferenceError:  # the data-block is gone, and its property with it
        return False
