"""Setting Blender's properties for a while, and putting back what was there."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from .blender_versions.release import known_properties

log = logging.getLogger(__name__)


_NOT_READ = object()


@dataclass
class Change:
    """One property that was set, or may have changed along with another."""

    owner: Any
    name: str
    old: Any
    ours: Any = _NOT_READ
    """The value that we left; not read yet where the setting itself came to an early end."""

    def is_ours(self) -> bool:
        if self.ours is _NOT_READ:
            return True
        try:
            return bool(_value(self.owner, self.name) == self.ours)
        except ReferenceError:  # the data-block is gone, and its property with it
            return False

    def assign(self, value: Any) -> None:
        try:
            # What only a newer Blender has a name for can't be set again; mostly it needn't be.
            if _value(self.owner, self.name) != value:
                setattr(self.owner, self.name, value)
        except (AttributeError, TypeError, ValueError, ReferenceError) as error:
            log.warning("Could not set %s to %r: %s", self.name, value, error)


class Restorer:
    """Remembers properties before they are set, and puts them back at the end of a `with`.

    Only a value that is still ours is put back: what the artist changed in the meantime is the
    artist's. Setting one property can change others (a format changes the depth), so those are
    remembered too, and what counts as ours is read when all is set, by `seal`.
    """

    def __init__(self) -> None:
        self._changes: list[Change] = []
        self._set_aside: list[Change] = []

    def __enter__(self) -> Restorer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._restore(0)

    @contextlib.contextmanager
    def nested(self) -> Iterator[None]:
        """A `with` inside the other: what is set in it is put back at its own end."""
        first = len(self._changes)
        try:
            yield
        finally:
            self._restore(first)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is changed at present, the first change first."""
        return tuple(self._changes)

    def remember(self, owner: Any, *names: str) -> None:
        """Note the present values of these properties, those that this Blender has."""
        for name in known_properties(owner, names):
            old = _value(owner, name)
            # A choice that this Blender has no name for reads '', and can't be set again.
            if old != "" or owner.bl_rna.properties[name].type != "ENUM":
                self._changes.append(Change(owner, name, old))

    def expect(self, owner: Any, name: str, value: Any) -> None:
        """Note that Blender will set a property to this value; put it back if it stays so."""
        if (old := _value(owner, name)) != value:
            self._changes.append(Change(owner, name, old, value))

    def set(self, owner: Any, name: str, value: Any) -> None:
        self.remember(owner, name)
        setattr(owner, name, value)

    def set_anew(self, owner: Any, name: str, value: Any) -> None:
        """Set what was set before to another value of ours; what was there first comes back."""
        setattr(owner, name, value)
        for change in self._changes:
            if change.name == name and change.owner == owner:
                change.ours = _value(owner, name)

    def seal(self) -> None:
        """Take the present values for ours, of what was changed since the last time."""
        for change in self._changes:
            if change.ours is _NOT_READ:
                change.ours = _value(change.owner, change.name)

    def put_back_for_now(self) -> None:
        """Put everything back until `set_again`, as for a file that is saved in the middle."""
        self._set_aside = [change for change in self._changes if change.is_ours()]
        for change in reversed(self._set_aside):
            change.assign(change.old)

    def set_again(self) -> None:
        # In the same order: of a picture's format, say, what decides the rest is the last change.
        for change in reversed(self._set_aside):
            change.assign(change.ours)
        self._set_aside = []

    def _restore(self, first: int) -> None:
        """Put back what is still ours, the last change first, down to the `first`."""
        still_ours = [change for change in self._changes[first:] if change.is_ours()]
        del self._changes[first:]
        for change in reversed(still_ours):
            change.assign(change.old)


def _value(owner: Any, name: str) -> Any:
    value = getattr(owner, name)
    # A vector or color is a view of the data: without a copy it would change along.
    return tuple(value) if hasattr(value, "__len__") and not isinstance(value, str | set) else value
