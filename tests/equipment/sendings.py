"""Projects of small files, sent to a folder without any Blender."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from array_chunk_render.transport.layout import PRIVATE, Layout
from array_chunk_render.transport.progress import Progress
from array_chunk_render.transport.project import BLEND, LIBRARY, Project, ProjectFile
from array_chunk_render.transport.project_destination import ProjectDestination
from array_chunk_render.transport.project_folder import ProjectFolder
from array_chunk_render.transport.sending import Outcome, send

REWRITTEN = b"rewritten: "
OLD_SECONDS = 3600
"""What a file's times are put back by, so that it counts as settled."""


class Show:
    """A folder with a project in it, and another beside it with files of elsewhere."""

    def __init__(self, home: Path, name: str = "show") -> None:
        self.home = home
        self.root = home / name
        self.destination = home / "sent"
        self.root.mkdir(parents=True)

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files by their paths as seen from the project, such as `../tex/wood.png`."""
        for path, content in files.items():
            place = Path(os.path.normpath(self.root / path))
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            then = place.stat().st_mtime - OLD_SECONDS
            os.utime(place, (then, then))

    def project(self, blend: str, *paths: str, rules: str = "") -> Project:
        """What `blend` wants; of its files those that end with .blend are libraries."""
        files = {path: Path(os.path.normpath(self.root / path)) for path in (blend, *paths)}
        layout = Layout.of(self.root, files.values())
        return Project.of(
            layout,
            [
                ProjectFile(
                    place,
                    layout.place(place),
                    BLEND if path == blend else LIBRARY if path.endswith(".blend") else "image",
                    rules if path.endswith(".blend") else "",
                )
                for path, place in files.items()
            ],
        )

    def rewrite(self, files: Sequence[ProjectFile]) -> dict[str, Path]:
        """Another file for each .blend: what it is, with a word before it."""
        new = {}
        for number, each in enumerate(files):
            new[each.place] = self.home / f"rewritten-{number}"
            new[each.place].write_bytes(REWRITTEN + each.rules.encode() + each.source.read_bytes())
        return new

    def send(
        self,
        project: Project,
        progress: Progress | None = None,
        rewritten: Mapping[str, Path] | None = None,
        to: ProjectDestination | None = None,
    ) -> Outcome:
        """`rewritten` are new files for .blends, where they were made before."""
        folder = to or ProjectFolder(self.destination)
        rewrite = self.rewrite if rewritten is None else lambda files: rewritten
        return send(project, folder, rewrite, progress or Progress())

    def there(self) -> dict[str, bytes]:
        """What lies at the destination, by place, without its own notes."""
        return {
            path.relative_to(self.destination).as_posix(): path.read_bytes()
            for path in self.destination.rglob("*")
            if path.is_file() and PRIVATE not in path.parts
        }

    def manifests(self) -> list[dict[str, object]]:
        folder = self.destination / PRIVATE / "sent"
        return [json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))]

    def assert_manifests_hold(self) -> None:
        """What a manifest lists lies there, with the digest that it tells.

        While it is not complete, what is wanted no more may have been removed already.
        """
        there = self.there()
        for manifest in self.manifests():
            files = manifest["files"]
            assert isinstance(files, dict)
            for place, sent in files.items():
                if place not in there and not manifest["complete"]:
                    continue
                assert hashlib.sha256(there[place]).hexdigest() == sent["digest"], place


def states_below(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Inode, size and time of everything below a folder."""
    return {
        str(path.relative_to(folder)): (there.st_ino, there.st_size, there.st_mtime_ns)
        for path in folder.rglob("*")
        for there in [path.lstat()]
    }
