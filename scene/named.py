"""Finding data-blocks by the names that settings give."""

from __future__ import annotations

from typing import Any

from ..chunking.errors import SceneRefused


def named(collection: Any, name: str, what: str) -> Any:
    """The member of this name. Raises SceneRefused, which tells the names that there are."""
    found = next((each for each in collection if each.name == name), None)
    if found is None:
        there = ", ".join(repr(each.name) for each in collection) or "none"
        raise SceneRefused(f"There is no {what} {name!r} in the file; there is: {there}.")
    return found
