"""Pure: what of a project lies at its destination already, and what is due."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..chunking.errors import SceneRefused
from ..publishing.fingerprint import whole_digest
from .manifest import Manifest, Mark, SentFile, name_for, read_manifests
from .project import Project, ProjectFile, state_of_source
from .project_destination import ProjectDestination


@dataclass(frozen=True)
class Comparison:
    """What is there as it should be, what is to be put there, and what is to go."""

    before: Manifest | None
    """What was sent of this .blend the last time, or begun to be."""
    kept: Mapping[str, SentFile]
    due: tuple[ProjectFile, ...]
    gone: tuple[str, ...]
    """Places of files that were sent before and that no .blend there wants any more."""

    @property
    def is_news(self) -> bool:
        """Whether anything is to be written there, be it the manifest alone."""
        if self.before is None or not self.before.is_complete:
            return True
        return bool(self.due or self.gone) or self.before.files != self.kept


def compare(project: Project, destination: ProjectDestination) -> Comparison:
    """Look what is there. Nothing is read whose size, time or mark tells that it is the same.

    Raises OutputFailed, and SceneRefused where a file of the project can't be read, or would take
    the place of one of another project.
    """
    manifests = read_manifests(destination.manifests())
    before = manifests.pop(name_for(project.blend.place), None)
    old = before.files if before else {}
    marks = destination.marks([*{each.place for each in project.files} | old.keys()])
    known: dict[str, SentFile] = {}
    for files in (*(other.files for other in manifests.values()), old):
        known.update(files)
    comparing = _Comparing(destination, marks, known)
    kept: dict[str, SentFile] = {}
    due: list[ProjectFile] = []
    for file in project.files:
        sent = comparing.sent_as(file)
        if sent is None:
            due.append(file)
        else:
            kept[file.place] = sent
    for file in due:
        _refuse_another_s(file, project, manifests, destination)
    places = {each.place for each in project.files}
    places.update(*(other.files for other in manifests.values()))
    gone = [
        place
        for place, sent in old.items()
        # What lies there now is what was sent, and for nobody else.
        if place not in places and marks.get(place) == sent.mark
    ]
    return Comparison(before, kept, tuple(due), tuple(sorted(gone)))


@dataclass(frozen=True)
class _Comparing:
    destination: ProjectDestination
    marks: Mapping[str, Mark]
    known: Mapping[str, SentFile]
    """What was sent last to each place, be it for another .blend."""

    def sent_as(self, file: ProjectFile) -> SentFile | None:
        """As what a file lies there, where it needs not be sent again."""
        mark = self.marks.get(file.place)
        if mark is None:
            return None
        size, state = source_state(file)
        known = self.known.get(file.place)
        if known is not None and known.rules == file.rules:
            is_same_here = (state and state == known.state) or source_digest(file) == known.origin
            is_same = is_same_here and self._is_same_there(file, mark, known)
            return replace(known, kind=file.kind, mark=mark, state=state) if is_same else None
        if file.rules or mark.bytes != size:
            return None
        # Put there before somebody was interrupted, or by somebody else.
        origin = source_digest(file)
        is_same = self.destination.holds(file.place, mark, origin, file.source)
        return SentFile(file.kind, origin, mark, origin, state) if is_same else None

    def _is_same_there(self, file: ProjectFile, mark: Mark, known: SentFile) -> bool:
        if mark == known.mark:
            return True
        source = None if file.rules else file.source
        is_as_long = mark.bytes == known.mark.bytes
        return is_as_long and self.destination.holds(file.place, mark, known.digest, source)


def source_state(file: ProjectFile) -> tuple[int, str]:
    """Size and state of a file here (see `state_of_source`). Raises SceneRefused."""
    try:
        return state_of_source(file.source)
    except OSError as error:
        raise unreadable(file, error) from None


def source_digest(file: ProjectFile) -> str:
    """The SHA-256 of a file here. Raises SceneRefused."""
    try:
        return whole_digest(file.source)
    except OSError as error:
        raise unreadable(file, error) from None


def unreadable(file: ProjectFile, error: OSError) -> SceneRefused:
    """What is said of a file of the project that can't be read."""
    reason = error.strerror or os.strerror(error.errno or 0)
    return SceneRefused(
        f"The {file.kind} {str(file.source)!r} can't be sent: {reason}. See that this user may "
        "read it."
    )


def _refuse_another_s(
    file: ProjectFile,
    project: Project,
    others: Mapping[str, Manifest],
    destination: ProjectDestination,
) -> None:
    for other in others.values():
        if other.root != project.root_name and file.place in other.files:
            raise SceneRefused(
                f"{file.place!r} of {str(destination)!r} is a file that {other.blend!r} of another "
                f"project wants as it is there, and {str(file.source)!r} is another one: send to "
                "another destination."
            )
