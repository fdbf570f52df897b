"""Pure: what a project is sent to, whatever keeps it: a folder, or a bucket."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from .manifest import Mark

OnBytes = Callable[[int], None]
"""Called with each number of bytes that has come there since the last call."""


class ProjectDestination(Protocol):
    """Keeps files by their places (see layout.py), and manifests beside them.

    Everything raises OutputFailed where it can't be done, and SceneRefused where a file of the
    project can't be read.
    """

    def __str__(self) -> str:
        """What a person calls it."""

    def marks(self, places: Collection[str]) -> dict[str, Mark]:
        """Of those of the places that have a file its mark."""

    def digest(self, place: str) -> str:
        """The SHA-256 of a file that lies there."""

    def put(self, source: Path, place: str, on_bytes: OnBytes) -> tuple[str, Mark]:
        """Put a file there, in place of what there is; nobody ever sees half of it.

        Returns the digest of what was put, and its mark.
        """

    def remove(self, place: str) -> None:
        """Remove a file; one that is gone already is as good."""

    def manifests(self) -> list[bytes]:
        """All manifests, whoever wrote them."""

    def put_manifest(self, name: str, content: bytes) -> None:
        """Put a manifest there once everything that was put before is there to stay."""
