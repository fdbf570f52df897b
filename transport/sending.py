"""Pure: a project brought to its destination, in an order by which interruptions lose nothing.

1. The manifest that is there is put again, as one that is not complete, without what will change.
2. Files are put there, whole each, those that others want first.
3. What is wanted no more is removed.
4. The manifest comes last.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..chunking.errors import SceneRefused
from ..publishing.fingerprint import state_of
from .comparing import Comparison, compare, source_digest, source_state
from .manifest import Manifest, SentFile
from .progress import Progress
from .project import Project, ProjectFile
from .project_destination import ProjectDestination

Rewrite = Callable[[Sequence[ProjectFile]], Mapping[str, Path]]
"""Rewrites the paths in .blends that have rules: by their places the files to send instead.

One that isn't given back is sent as it is.
"""


@dataclass(frozen=True)
class Outcome:
    """What was done: places of what was sent, rewritten (part of that), and removed."""

    project: Project
    sent: tuple[str, ...]
    rewritten: tuple[str, ...]
    removed: tuple[str, ...]
    manifest: Manifest

    @property
    def sent_bytes(self) -> int:
        return sum(self.manifest.files[place].mark.bytes for place in self.sent)

    @property
    def bytes(self) -> int:
        return sum(each.mark.bytes for each in self.manifest.files.values())


def send(
    project: Project,
    destination: ProjectDestination,
    rewrite: Rewrite,
    progress: Progress,
) -> Outcome:
    """Bring all that is new or has changed there. Where nothing has, nothing is written.

    Raises OutputFailed, ServiceFailed and SceneRefused. What has come there by then is not sent
    again.
    """
    comparison = compare(project, destination)
    transfer = _Transfer(project, destination, comparison)
    if not comparison.is_news:
        return Outcome(project, (), (), (), transfer.manifest(comparison.kept))
    before = {each.place: state_of(each.source) for each in comparison.due}
    instead = rewrite([each for each in comparison.due if each.rules])
    transfer.open()
    sent = transfer.put_all(instead, before, progress)
    destination.remove(comparison.gone)
    transfer.refuse_saved_meanwhile()
    manifest = transfer.manifest({**comparison.kept, **sent})
    destination.put_manifest(manifest.name, manifest.to_json())
    return Outcome(project, tuple(sent), tuple(instead), comparison.gone, manifest)


@dataclass(frozen=True)
class _Transfer:
    project: Project
    destination: ProjectDestination
    comparison: Comparison

    def manifest(self, files: Mapping[str, SentFile], is_complete: bool = True) -> Manifest:
        blend = self.project.blend.place
        return Manifest(blend, self.project.root_name, files, is_complete)

    def open(self) -> None:
        """Have the manifest that is there say nothing of what is going to be another file.

        What is going to be removed stays in it, so that it is removed after an interruption, too.
        """
        before, gone = self.comparison.before, self.comparison.gone
        if before is not None and (self.comparison.due or gone):
            files = {**self.comparison.kept, **{place: before.files[place] for place in gone}}
            left = self.manifest(files, is_complete=False)
            self.destination.put_manifest(left.name, left.to_json())

    def put_all(
        self, instead: Mapping[str, Path], before: Mapping[str, str], progress: Progress
    ) -> dict[str, SentFile]:
        """`before` are the states of the files when they were looked at."""
        due = self.comparison.due
        sources = {each.place: instead.get(each.place, each.source) for each in due}
        progress.begin(len(due), sum(map(_size, sources.values())))
        sent: dict[str, SentFile] = {}
        try:
            for _, turn in itertools.groupby(due, lambda file: file.turn):
                files = {file.place: file for file in turn}
                for place, sent_file in self._put(files, sources, progress):
                    sent[place] = sent_file
                    if state_of(files[place].source) != before[place]:
                        raise _saved_meanwhile(files[place])
        finally:
            progress.end()
        return sent

    def _put(
        self, files: Mapping[str, ProjectFile], sources: Mapping[str, Path], progress: Progress
    ) -> Iterator[tuple[str, SentFile]]:
        # Their states before they are read: what is written meanwhile changes them.
        states = {place: source_state(file)[1] for place, file in files.items()}
        these = {place: sources[place] for place in files}
        for place, digest, mark in self.destination.put(these, progress):
            file, state = files[place], states[place]
            origin = digest if sources[place] == file.source else source_digest(file)
            yield place, SentFile(file.kind, digest, mark, origin, state, file.rules)

    def refuse_saved_meanwhile(self) -> None:
        """Raise SceneRefused where the .blend is another by now than the one that was opened."""
        blend, opened = self.project.blend, self.project.opened_state
        if opened and state_of(blend.source) != opened:
            raise _saved_meanwhile(blend)


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):  # whoever reads it says why
        return os.path.getsize(path)
    return 0


def _saved_meanwhile(file: ProjectFile) -> SceneRefused:
    return SceneRefused(
        f"The {file.kind} {str(file.source)!r} was saved while it was sent: send again, to have "
        "there what was saved."
    )
