"""Pure: what a project is sent to, whatever keeps it: a folder, or a bucket."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from .manifest import Mark
from .progress import Progress
from .project import Project


class ProjectDestination(Protocol):
    """Keeps files by their places (see layout.py), and manifests beside them.

    Everything raises OutputFailed or ServiceFailed where it can't be done, and SceneRefused where a
    file of the project can't be read, or can't be there.
    """

    def __str__(self) -> str:
        """What a person calls it."""

    def refuse_itself(self, project: Project) -> None:
        """Raise BadSetting where the project would be sent into itself."""

    def marks(self, places: Collection[str]) -> dict[str, Mark]:
        """Of those of the places that have a file its mark."""

    def holds(self, place: str, mark: Mark, digest: str, source: Path | None) -> bool:
        """Whether the file of this mark has this SHA-256; False, too, where it would take too long
        to find out. `source` is a file here with that digest, where there is one.
        """

    def put(self, files: Mapping[str, Path], progress: Progress) -> Iterator[tuple[str, str, Mark]]:
        """Put files at places, instead of what there is; nobody ever sees half of one.

        Gives the place of each once it is there, with the digest of what was put, and its mark.
        """

    def remove(self, places: Collection[str]) -> None:
        """Remove files; what is gone already is as good."""

    def manifests(self) -> Iterator[bytes]:
        """All manifests, whoever wrote them, one in memory at a time."""

    def put_manifest(self, name: str, content: bytes) -> None:
        """Put a manifest there once everything that was put before is there to stay."""
